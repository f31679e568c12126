/**
 * SECURITY over HTTP: who may do and learn what. Each test is named for its rule, takes the attacker's side, and proves that
 * the effect is not there, by state and bytes. docs/security.md says which rule is held where.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HANDLERS } from '../../src/ops/handlers.ts';
import { OPERATIONS, type OperationName, type OperationRow } from '../../src/ops/table.ts';
import { formOf } from '../support/form.ts';
import { type Answer, digest, element, elements, overEngines, type World } from '../support/s3-world.ts';
import { rawRequest, targetOf } from '../support/signer.ts';
import { PART_MIN, PARTS, Upload } from '../support/upload.ts';

/** All that is known of a bucket and one of its objects. */
async function stateOf({ server, alice }: World, bucket: string, key: string): Promise<unknown> {
  const { rows } = server.engine;
  const target = await rows.getTarget({ bucket, key });
  const { body: _, ...version } = target.version ?? {};
  const id = target.bucket?.id ?? '';
  const uploads = await rows.scanUploads(id, undefined, 100);
  const keys = (await rows.scanCurrent(id, undefined, 100)).map((row) => [row.key, row.etag, row.revision]);
  const bytes = version === undefined ? '' : (await alice.get(bucket, key)).body.toString('hex');
  return { bucket: target.bucket, version, keys, bytes, uploads: uploads.map(({ uploadId }) => uploadId) };
}

/** A request for an operation, as somebody would send it who may do it. */
function requestFor(name: OperationName, bucket: string) {
  const row: OperationRow = OPERATIONS[name];
  const query: Record<string, string> = {};
  for (const selector of row.select) {
    const [parameter = '', value = ''] = selector.split('=');
    query[parameter] = parameter === 'partNumber' ? '1' : parameter === 'uploadId' ? 'x' : value;
  }
  const headers = {
    ...(row.header === undefined ? {} : { [row.header]: `/${bucket}/secret` }),
    ...(name.endsWith('Acl') ? { 'x-amz-acl': 'public-read-write' } : {}),
  };
  const at = row.on === 'service' ? {} : row.on === 'bucket' ? { bucket } : { bucket, key: 'secret' };
  return { method: row.method, send: { ...at, query, headers, ...(row.body === 'object' && { body: 'overwritten' }) } };
}

const DELETE_BOTH = '<Delete><Object><Key>secret</Key></Object><Object><Key>absent</Key></Object></Delete>';
/** Of an answer, what tells something: not the ids that every answer has of its own. */
const told = (answer: Answer) => ({
  status: answer.status,
  code: answer.code,
  text: answer.text.replace(/<(RequestId|Resource|HostId|Key)>[^<]*</g, '<$1><'),
  headers: Object.entries(answer.headers).filter(([name]) => !/^(?:date|x-amz-request-id|x-amz-id-2)$/.test(name)),
});

overEngines(
  (world) => {
    test('rule 07: no operation of the table does or tells anything for a stranger', async () => {
      const { alice, bob, nobody, bucket } = world();
      const name = await bucket();
      await alice.put(name, 'secret', 'the secret');
      const before = await stateOf(world(), name, 'secret');
      const open: readonly string[] = ['ListBuckets', 'CreateBucket'];
      for (const operation of Object.keys(HANDLERS) as OperationName[]) {
        const row: OperationRow = OPERATIONS[operation];
        // Preflights tell of the CORS configuration, and carry no credentials ever.
        if (HANDLERS[operation] === undefined || open.includes(operation) || row.action === 'cors') continue;
        for (const stranger of [bob, nobody]) {
          const { method, send } = requestFor(operation, name);
          const answer = await (operation === 'DeleteObjects'
            ? stranger.send('POST', { bucket: name, query: { delete: '' }, ...proved(DELETE_BOTH) })
            : operation === 'PostObject'
              ? stranger.send('POST', { bucket: name, ...formOf([['key', 'secret']], { content: 'new' }) })
              : stranger.send(method, send));
          if (operation === 'DeleteObjects')
            assert.deepEqual(elements(answer.text, 'Code'), ['AccessDenied', 'AccessDenied']);
          else assert.equal(answer.status, 403, `${operation}: ${answer.status} ${answer.text}`);
          assert.doesNotMatch(answer.text, /the secret|etag/i, operation);
          assert.equal(answer.headers.etag, undefined);
        }
      }
      assert.deepEqual(await stateOf(world(), name, 'secret'), before);
    });

    test('rule 08: the source of a copy is authorised for itself, by its own ACL, in a copy and in a part', async () => {
      const { alice, bob, bucket } = world();
      const name = await bucket({ 'x-amz-acl': 'public-read-write' });
      await alice.put(name, 'secret', 'the secret');
      const denied = await bob.send('PUT', {
        bucket: name,
        key: 'copy',
        headers: { 'x-amz-copy-source': `/${name}/secret` },
      });
      assert.deepEqual([denied.status, denied.code], [403, 'AccessDenied']);
      assert.equal((await alice.get(name, 'copy')).code, 'NoSuchKey');
      const upload = await Upload.begin(bob, name);
      assert.equal((await upload.copy(1, `/${name}/secret`)).code, 'AccessDenied');
      assert.deepEqual(elements((await upload.list()).text, 'PartNumber'), []);
    });

    test('rule 08: an upload id is no authority: others can neither fill nor complete an upload that they see', async () => {
      const { alice, bob, nobody, bucket } = world();
      const name = await bucket({ 'x-amz-acl': 'public-read-write' });
      const upload = await Upload.begin(alice, name, { 'x-amz-acl': 'public-read' });
      const seen = await bob.send('GET', { bucket: name, query: { uploads: '' } });
      assert.deepEqual(elements(seen.text, 'UploadId'), [upload.uploadId]);
      const sent = await upload.fill();
      for (const stranger of [bob, nobody]) {
        const theirs = new Upload(stranger, upload.at, upload.uploadId);
        assert.equal((await theirs.part(1, Buffer.alloc(PART_MIN, 'evil'))).code, 'AccessDenied');
        assert.equal((await theirs.complete(sent.slice(0, 1))).code, 'AccessDenied');
      }
      await bob.put(name, 'mine', 'evil', { 'x-amz-acl': 'public-read' });
      assert.equal((await new Upload(bob, upload.at, upload.uploadId).copy(1, `/${name}/mine`)).code, 'AccessDenied');
      assert.equal((await upload.complete(sent)).status, 200);
      assert.equal((await new Upload(bob, upload.at, upload.uploadId).complete(sent)).code, 'AccessDenied');
      assert.equal((await nobody.get(name, 'key')).body.length, PARTS[0].length + PARTS[1].length + PARTS[2].length);
    });

    test('rule 09: to who may not look, what is there and what is not are the same, whatever is asked', async () => {
      const { alice, bob, nobody, bucket } = world();
      const name = await bucket();
      const { headers } = await alice.put(name, 'secret', 'the secret', { 'x-amz-meta-a': 'b' });
      const questions: readonly {
        readonly query?: Record<string, string>;
        readonly headers?: Record<string, string>;
      }[] = [
        {},
        { headers: { 'if-match': String(headers.etag) } },
        { headers: { 'if-none-match': '*' } },
        { headers: { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' } },
        { headers: { range: 'bytes=1000-' } },
        { query: { partNumber: '7' } },
        { query: { versionId: 'null' } },
        { query: { acl: '' } },
        { query: { tagging: '' } },
        { query: { uploadId: 'x' } },
      ];
      for (const stranger of [bob, nobody]) {
        for (const method of ['GET', 'HEAD'] as const) {
          for (const question of questions) {
            if (method === 'HEAD' && question.query !== undefined && !('versionId' in question.query)) continue;
            const there = await stranger.send(method, { bucket: name, key: 'secret', ...question });
            const absent = await stranger.send(method, { bucket: name, key: 'absent', ...question });
            assert.equal(there.status, 403, JSON.stringify(question));
            assert.deepEqual(told(there), told(absent), JSON.stringify(question));
          }
        }
      }
    });

    test('rule 09: who may not read but may write learns nothing from If-Match, and from If-None-Match only whether it writes', async () => {
      const { alice, bob, bucket } = world();
      const name = await bucket({ 'x-amz-acl': 'public-read-write' });
      const { headers } = await alice.put(name, 'secret', 'the secret');
      for (const etag of [String(headers.etag), '"0"', '*']) {
        const answer = await bob.put(name, 'secret', 'x', { 'if-match': etag });
        assert.deepEqual([answer.status, answer.code], [403, 'AccessDenied'], etag);
      }
      assert.equal((await alice.get(name, 'secret')).text, 'the secret');
    });

    test('rule 22: who can delete nothing in a bucket has no long list taken apart', async () => {
      const { alice, bob, nobody, bucket } = world();
      const name = await bucket();
      const list = `<Delete>${'<Object><Key>key</Key></Object>'.repeat(900)}${' '.repeat(64 * 1024)}</Delete>`;
      const send = (who: typeof alice) => who.send('POST', { bucket: name, query: { delete: '' }, ...proved(list) });
      for (const stranger of [bob, nobody]) assert.equal((await send(stranger)).code, 'MaxMessageLengthExceeded');
      assert.equal((await send(alice)).status, 200);
    });

    test('rule 27: strangers get terse and equal answers, and nobody a signature, a path or a stack', async () => {
      const { server, alice, bob, nobody, bucket } = world();
      const name = await bucket();
      await alice.put(name, 'secret', 'x', { 'x-amz-acl': 'private' });
      for (const stranger of [bob, nobody]) {
        const answer = await stranger.get(name, 'secret');
        assert.equal(element(answer.text, 'Message'), 'Access Denied');
        assert.deepEqual(
          [...answer.text.matchAll(/<([A-Za-z]+)>/g)].map((match) => match[1]),
          ['Error', 'Code', 'Message', 'Resource', 'RequestId', 'HostId'],
        );
      }
      const target = targetOf(name, 'secret');
      const headers = alice.headers('GET', target, {});
      const right = /Signature=([0-9a-f]+)/.exec(String(headers.authorization))?.[1] ?? '';
      const wrong = { ...headers, authorization: String(headers.authorization).replace(right, 'f'.repeat(64)) };
      const refused = (
        await rawRequest({ origin: server.origin, method: 'GET', target, headers: wrong })
      ).body.toString();
      assert.match(refused, /SignatureDoesNotMatch/);
      assert.ok(!refused.includes(right));
      assert.doesNotMatch(refused, /\.ts|node_modules|at [A-Z]\w+\./);
    });
  },
  { partBytesMin: PART_MIN },
);

/** A document and the checksum that proves it. */
function proved(body: string): { readonly body: string; readonly headers: Record<string, string> } {
  return { body, headers: { 'x-amz-checksum-sha256': digest('sha256', body) } };
}
