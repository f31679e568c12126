/** GetObjectAttributes: what is asked for by name and nothing else, of any version, for those who may read it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, digest, element, elements, header, md5Hex, overEngines } from '../support/s3-world.ts';
import { etagOf, PART_MIN, PARTS, type Sent, Upload, WHOLE } from '../support/upload.ts';

const ALL = 'ETag,Checksum,ObjectParts,StorageClass,ObjectSize';
const SUMS = PARTS.map((part) => digest('sha256', part));
const COMPOSITE = digest('sha256', Buffer.concat(SUMS.map((sum) => Buffer.from(sum, 'base64'))));

const attributes = (client: Client, bucket: string, headers: Readonly<Record<string, string>>, versionId?: string) =>
  client.send('GET', {
    bucket,
    key: 'key',
    query: { attributes: '', ...(versionId !== undefined && { versionId }) },
    headers,
  });

const asked = (names: string) => ({ 'x-amz-object-attributes': names });

/** An upload whose parts bring their checksums; `numbers` are theirs. */
async function composite(client: Client, bucket: string, numbers: readonly number[]): Promise<void> {
  const upload = await Upload.begin(client, bucket, { 'x-amz-checksum-algorithm': 'SHA256' });
  const sent: Sent[] = [];
  for (const [index, body] of PARTS.entries()) {
    const [number, sum] = [numbers[index] ?? 0, SUMS[index] ?? ''];
    const answer = await upload.part(number, body, { 'x-amz-checksum-sha256': sum });
    sent.push({ number, etag: header(answer, 'etag'), extra: `<ChecksumSHA256>${sum}</ChecksumSHA256>` });
  }
  const done = await upload.complete(sent);
  assert.equal(done.status, 200, done.text);
}

overEngines(
  (world) => {
    test('each attribute is told when it is asked for, and none else', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      await alice.put(name, 'key', '123456789', { 'x-amz-checksum-crc32c': '4waSgw==' });
      const expected = {
        ETag: md5Hex('123456789'),
        Checksum: '<ChecksumCRC32C>4waSgw==</ChecksumCRC32C><ChecksumType>FULL_OBJECT</ChecksumType>',
        StorageClass: 'STANDARD',
        ObjectSize: '9',
      };
      for (const [attribute, value] of Object.entries(expected)) {
        const answer = await attributes(alice, name, asked(attribute));
        const root = answer.text.match(/<GetObjectAttributesResponse [^>]*>(.*)<\/GetObjectAttributesResponse>/)?.[1];
        assert.deepEqual([answer.status, root], [200, `<${attribute}>${value}</${attribute}>`]);
      }
      const all = await attributes(alice, name, asked(` ${ALL.replaceAll(',', ' , ')}`));
      for (const [attribute, value] of Object.entries(expected)) assert(all.text.includes(`<${attribute}>${value}<`));
      assert.equal(element(all.text, 'ObjectParts'), undefined, 'put in one piece');
      const head = await alice.head(name, 'key');
      assert.equal(header(all, 'last-modified'), header(head, 'last-modified'));
      assert.deepEqual([header(all, 'content-type'), header(all, 'etag')], ['application/xml', '']);
    });

    test('a list that is missing or empty is InvalidRequest, an unknown name InvalidArgument', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      await alice.put(name, 'key', 'x');
      for (const headers of [{}, asked(''), asked(' , ')]) {
        const answer = await attributes(alice, name, headers);
        assert.deepEqual([answer.status, answer.code], [400, 'InvalidRequest']);
      }
      for (const word of ['etag', 'Owner', 'ETag;ObjectSize']) {
        const answer = await attributes(alice, name, asked(`ETag,${word}`));
        assert.deepEqual([answer.status, answer.code], [400, 'InvalidArgument'], word);
        assert.equal(element(answer.text, 'ArgumentName'), 'x-amz-object-attributes');
        assert.equal(element(answer.text, 'ArgumentValue'), word);
      }
      for (const [limit, value] of [
        ['x-amz-max-parts', '-1'],
        ['x-amz-max-parts', 'many'],
        ['x-amz-part-number-marker', '1.5'],
      ] as const) {
        const answer = await attributes(alice, name, { ...asked('ObjectParts'), [limit]: value });
        assert.deepEqual([answer.code, element(answer.text, 'ArgumentName')], ['InvalidArgument', limit]);
      }
    });

    test('the parts of a composite object are listed in pages, with their own numbers and checksums', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      const numbers = [1, 3, 10];
      await composite(alice, name, numbers);
      const all = await attributes(alice, name, asked(ALL));
      assert.equal(element(all.text, 'ETag'), etagOf(...PARTS).slice(1, -1));
      assert.equal(element(all.text, 'ObjectSize'), String(WHOLE.length));
      assert(all.text.includes(`<Checksum><ChecksumSHA256>${COMPOSITE}</ChecksumSHA256><ChecksumType>COMPOSITE<`));
      const seen: string[] = [];
      let marker = '0';
      for (const [page, number] of numbers.entries()) {
        const answer = await attributes(alice, name, {
          ...asked('ObjectParts'),
          'x-amz-max-parts': '1',
          'x-amz-part-number-marker': marker,
        });
        const one = (what: string): string => element(answer.text, what) ?? '';
        assert.deepEqual([one('PartsCount'), one('MaxParts'), one('PartNumberMarker')], ['3', '1', marker]);
        assert.deepEqual([one('PartNumber'), one('NextPartNumberMarker')], [String(number), String(number)]);
        assert.deepEqual([one('Size'), one('ChecksumSHA256')], [String(PARTS[page]?.length), SUMS[page]]);
        assert.equal(one('IsTruncated'), String(page < 2));
        marker = one('NextPartNumberMarker');
        seen.push(...elements(answer.text, 'Part'));
      }
      assert.deepEqual(elements(all.text, 'Part'), seen);
      assert.equal(element(all.text, 'MaxParts'), '1000');
      const behind = await attributes(alice, name, { ...asked('ObjectParts'), 'x-amz-part-number-marker': '10' });
      assert.deepEqual([elements(behind.text, 'Part'), element(behind.text, 'IsTruncated')], [[], 'false']);
      const none = await attributes(alice, name, { ...asked('ObjectParts'), 'x-amz-max-parts': '0' });
      assert.deepEqual([elements(none.text, 'Part'), element(none.text, 'IsTruncated')], [[], 'false']);
      const cut = await attributes(alice, name, { ...asked('ObjectParts'), 'x-amz-max-parts': '5000' });
      assert.equal(element(cut.text, 'MaxParts'), '1000');
    });

    test('parts without a checksum of their own, or of a FULL_OBJECT one, are counted only', async () => {
      const { alice, bucket } = world();
      const full = { 'x-amz-checksum-algorithm': 'CRC32', 'x-amz-checksum-type': 'FULL_OBJECT' };
      for (const headers of [{}, full]) {
        const name = await bucket();
        const upload = await Upload.begin(alice, name, headers);
        const done = await upload.complete(await upload.fill());
        assert.equal(done.status, 200, done.text);
        const answer = await attributes(alice, name, asked('ObjectParts'));
        assert(answer.text.includes('<ObjectParts><PartsCount>3</PartsCount></ObjectParts>'), answer.text);
      }
    });

    test('a version is described by its id; a delete marker is 404, or 405 by its id', async () => {
      const { alice, bucket, setVersioning } = world();
      const name = await bucket();
      await setVersioning(name, 'enabled');
      const first = header(await alice.put(name, 'key', 'first'), 'x-amz-version-id');
      await alice.put(name, 'key', 'the second');
      const marker = header(await alice.delete(name, 'key'), 'x-amz-version-id');
      const old = await attributes(alice, name, asked('ObjectSize'), first);
      assert.deepEqual([element(old.text, 'ObjectSize'), header(old, 'x-amz-version-id')], ['5', first]);
      const current = await attributes(alice, name, asked('ObjectSize'));
      assert.deepEqual([current.code, header(current, 'x-amz-delete-marker')], ['NoSuchKey', 'true']);
      assert.equal((await attributes(alice, name, asked('ObjectSize'), marker)).status, 405);
      assert.equal((await attributes(alice, name, asked('ObjectSize'), 'gone')).code, 'NoSuchVersion');
    });

    test('a policy must allow both the attributes and the object, of a version both actions of versions', async () => {
      const { alice, bob, bucket, setVersioning } = world();
      const name = await bucket();
      await setVersioning(name, 'enabled');
      const versionId = header(await alice.put(name, 'key', 'x'), 'x-amz-version-id');
      const allow = async (...actions: readonly string[]): Promise<void> => {
        const Statement = { Effect: 'Allow', Principal: { AWS: bob.account.id }, Action: actions };
        const policy = { Version: '2012-10-17', Statement: [{ ...Statement, Resource: `arn:aws:s3:::${name}/*` }] };
        const body = JSON.stringify(policy);
        assert.equal((await alice.send('PUT', { bucket: name, query: { policy: '' }, body })).status, 204);
      };
      const cases = [
        [['s3:GetObject'], 403, 403],
        [['s3:GetObjectAttributes'], 403, 403],
        [['s3:GetObject', 's3:GetObjectAttributes'], 200, 403],
        [['s3:GetObjectVersion', 's3:GetObjectAttributes'], 403, 403],
        [['s3:GetObjectVersion', 's3:GetObjectVersionAttributes'], 403, 200],
      ] as const;
      for (const [actions, current, named] of cases) {
        await allow(...actions);
        const statuses = [
          (await attributes(bob, name, asked('ETag'))).status,
          (await attributes(bob, name, asked('ETag'), versionId)).status,
        ];
        assert.deepEqual(statuses, [current, named], actions.join());
      }
    });

    test('conditions hold as on a read', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      await alice.put(name, 'key', 'x');
      const [etag, other] = [`"${md5Hex('x')}"`, `"${md5Hex('y')}"`];
      const same = await attributes(alice, name, { ...asked('ETag'), 'if-none-match': etag });
      assert.deepEqual([same.status, same.text, header(same, 'etag')], [304, '', etag]);
      assert.equal((await attributes(alice, name, { ...asked('ETag'), 'if-match': other })).code, 'PreconditionFailed');
      assert.equal((await attributes(alice, name, { ...asked('ETag'), 'if-match': etag })).status, 200);
    });
  },
  { partBytesMin: PART_MIN },
);
