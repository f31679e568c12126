/** Fields of browsers' forms: what a header says of an object, its field says too, and is honoured or refused alike. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type Fields, type FilePart, formOf, type SentForm, signFormV4, type ToSignForm } from '../support/form.ts';
import { type Answer, elements, header, overEngines } from '../support/s3-world.ts';

const CONTENT = 'the content of the file';
const FILE = { content: CONTENT };

overEngines((world) => {
  /** By nobody, as browsers send forms. */
  const post = (bucket: string, form: SentForm): Promise<Answer> =>
    world().nobody.send('POST', { bucket, headers: form.headers, body: form.body });

  const signed = (bucket: string, fields: Fields, more: Partial<ToSignForm> = {}): Fields =>
    signFormV4({ credentials: world().alice.credentials, bucket, fields, ...more });

  const open = (): Promise<string> => world().bucket({ 'x-amz-acl': 'public-read-write' });
  /** What nobody's signature stands behind is nobody's: the bucket's owner is let in by its ACL. */
  const shared = (fields: Fields, file: FilePart = FILE, after: Fields = []): SentForm =>
    formOf([['acl', 'bucket-owner-full-control'], ...fields], file, after);

  test('checksums and Content-MD5 among the fields are those of the file', async () => {
    const { alice } = world();
    const name = await open();
    const sha = createHash('sha256').update(CONTENT).digest('base64');
    const md5 = createHash('md5').update(CONTENT).digest('base64');
    const fields: Fields = [
      ['x-amz-checksum-algorithm', 'SHA256'],
      ['x-amz-checksum-sha256', sha],
      ['Content-MD5', md5],
    ];
    const good = await post(name, shared([['key', 'good'], ...fields], FILE));
    assert.deepEqual([good.status, header(good, 'x-amz-checksum-sha256')], [204, sha]);
    for (const [fields, code] of [
      [[['x-amz-checksum-sha256', sha]], 'BadDigest'],
      [[['Content-MD5', md5]], 'BadDigest'],
      [[['x-amz-checksum-sha256', 'sailorjerry']], 'InvalidRequest'],
      [[['x-amz-checksum-algorithm', 'SHA256']], 'InvalidRequest'],
      [[['Content-MD5', 'no']], 'InvalidDigest'],
    ] as const) {
      const answer = await post(name, shared([['key', 'bad'], ...fields], { content: 'something else' }));
      assert.deepEqual([answer.status, answer.code], [400, code]);
      assert.equal((await alice.get(name, 'bad')).code, 'NoSuchKey');
    }
  });

  test('tags come as a document, and retention as it does in headers', async () => {
    const { alice, bucket } = world();
    const name = await open();
    const tagging = (...tags: readonly string[]): string =>
      `<Tagging><TagSet>${tags.map((tag) => `<Tag><Key>${tag}</Key><Value>v/${tag} &amp;</Value></Tag>`).join('')}</TagSet></Tagging>`;
    const tagged = [['key', 'k'] as const, ['tagging', tagging('a', 'b c').replaceAll(' &amp;', ' +')] as const];
    assert.equal((await post(name, shared(tagged))).status, 204);
    const kept = await alice.send('GET', { bucket: name, key: 'k', query: { tagging: '' } });
    assert.deepEqual(
      [elements(kept.text, 'Key'), elements(kept.text, 'Value')],
      [
        ['a', 'b c'],
        ['v/a +', 'v/b c +'],
      ],
    );
    for (const [document, code] of [
      ['not-xml', 'MalformedXML'],
      ['<Other/>', 'MalformedXML'],
      [tagging('a'), 'InvalidTag'],
      [tagging('a', 'a').replaceAll(' &amp;', ''), 'InvalidArgument'],
    ] as const) {
      const answer = await post(
        name,
        shared([
          ['key', 'bad'],
          ['tagging', document],
        ]),
      );
      assert.deepEqual([answer.status, answer.code], [400, code], document);
    }
    assert.equal((await alice.get(name, 'bad')).code, 'NoSuchKey');
    const until = new Date(Date.now() + 3600_000).toISOString();
    const lock: Fields = [
      ['x-amz-object-lock-mode', 'GOVERNANCE'],
      ['x-amz-object-lock-retain-until-date', until],
    ];
    const unlocked = await post(name, shared([['key', 'k'], ...lock]));
    assert.deepEqual([unlocked.status, unlocked.code], [400, 'InvalidRequest']);
    const locked = await bucket({ 'x-amz-bucket-object-lock-enabled': 'true' });
    const md5 = createHash('md5').update(CONTENT).digest('base64');
    const fields = signed(locked, [['key', 'k'], ['Content-MD5', md5], ...lock]);
    assert.equal((await post(locked, formOf(fields, FILE))).status, 204);
    assert.equal(header(await alice.head(locked, 'k'), 'x-amz-object-lock-mode'), 'GOVERNANCE');
  });

  test('a form asks for encryption as a header does', async () => {
    const { alice } = world();
    const name = await open();
    const content = Buffer.alloc(300_000, 'secret');
    const sse: Fields = [
      ['key', 'k'],
      ['x-amz-server-side-encryption', 'AES256'],
    ];
    const answer = await post(name, shared(sse, { content }));
    assert.deepEqual([answer.status, header(answer, 'x-amz-server-side-encryption')], [204, 'AES256']);
    const got = await alice.get(name, 'k');
    assert.deepEqual([got.body.equals(content), header(got, 'x-amz-server-side-encryption')], [true, 'AES256']);
    const customer: Fields = [
      ['key', 'c'],
      ['x-amz-server-side-encryption-customer-algorithm', 'AES256'],
    ];
    assert.equal((await post(name, shared(customer))).status, 400);
    assert.equal((await alice.get(name, 'c')).code, 'NoSuchKey');
  });

  test('fields are honoured or refused as their headers are', async () => {
    const { alice } = world();
    const name = await open();
    for (const [field, value, code] of [
      ['acl', 'no-such-acl', 'InvalidArgument'],
      ['x-amz-storage-class', 'GLACIER', 'InvalidStorageClass'],
      ['x-amz-website-redirect-location', 'elsewhere', 'InvalidRedirectLocation'],
      ['x-amz-meta-big', 'x'.repeat(3000), 'MetadataTooLarge'],
      ['x-amz-copy-source', '/other/key', 'NotImplemented'],
      ['x-amz-no-such-thing', '1', 'NotImplemented'],
      ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD', 'InvalidArgument'],
      ['x-amz-meta-in valid', '1', 'InvalidArgument'],
      ['x-amz-meta-lines', 'one\r\nx-amz-acl: public-read', 'InvalidArgument'],
      ['x-amz-expected-bucket-owner', 'somebody', 'AccessDenied'],
      ['bucket', 'another', 'InvalidArgument'],
    ] as const) {
      const answer = await post(
        name,
        shared(
          [
            ['key', 'k'],
            [field, value],
          ],
          FILE,
        ),
      );
      assert.equal(answer.code, code, field);
    }
    assert.equal((await alice.get(name, 'k')).code, 'NoSuchKey');
    const twice = shared(
      [
        ['key', 'k'],
        ['x-amz-meta-tag', 'Ninja'],
        ['X-Amz-Meta-Tag', 'Stallman'],
        ['bucket', name],
      ],
      FILE,
    );
    assert.equal((await post(name, twice)).status, 204);
    assert.equal(header(await alice.get(name, 'k'), 'x-amz-meta-tag'), 'Ninja,Stallman');
  });

  test('names of fields are compared without case, in the policy too', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const fields = signed(
      name,
      [
        ['kEy', 'foo.txt'],
        ['aCl', 'private'],
        ['cOnTeNt-TyPe', 'text/plain'],
      ],
      {
        policy: JSON.stringify({
          expiration: new Date(Date.now() + 60_000).toISOString().replace(/\.\d+/, ''),
          conditions: [
            { bUcKeT: name },
            ['StArTs-WiTh', '$KeY', 'foo'],
            { AcL: 'private' },
            ['StArTs-WiTh', '$CoNtEnT-TyPe', 'text/'],
            ...['algorithm', 'credential', 'date'].map((each) => ['starts-with', `$x-amz-${each}`, '']),
          ],
        }),
      },
    );
    const shouted: Fields = fields.map(([each, value]) => [each.toUpperCase(), value]);
    const answer = await post(name, formOf(shouted, FILE));
    assert.equal(answer.status, 204, answer.text);
    assert.equal(header(await alice.get(name, 'foo.txt'), 'content-type'), 'text/plain');
  });
});
