/** PostObject: a browser's form puts its file as its fields say, under a signed policy or in a bucket that everybody may write. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  type Fields,
  type FilePart,
  formOf,
  type SentForm,
  signFormV2,
  signFormV4,
  type ToSignForm,
} from '../support/form.ts';
import { type Answer, assertBytes, element, header, md5Hex, overEngines } from '../support/s3-world.ts';

const CONTENT = 'the content of the file';
/** What stands for the file's name, in pieces: in one it would look like a template. */
const FILENAME = ['$', '{filename}'].join('');
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

  for (const [version, sign] of [
    ['4', signFormV4],
    ['2', signFormV2],
  ] as const) {
    test(`a form under a policy signed by version ${version} puts its file`, async () => {
      const { alice, bucket, server } = world();
      const name = await bucket();
      const content = randomBytes(300_000);
      const fields: Fields = [
        ['key', 'user/anna/ü &.jpg'],
        ['acl', 'public-read'],
        ['Content-Type', 'image/jpeg'],
        ['Cache-Control', 'max-age=60'],
        ['Content-Disposition', 'inline'],
        ['Content-Encoding', 'identity'],
        ['Expires', 'Thu, 01 Dec 2050 16:00:00 GMT'],
        ['x-amz-meta-UUID', '14365123651274'],
        ['x-amz-meta-city', 'Zürich'],
        ['x-amz-storage-class', 'STANDARD'],
        ['x-amz-website-redirect-location', '/elsewhere'],
      ];
      const form = formOf(sign({ credentials: alice.credentials, bucket: name, fields }), { content });
      const answer = await post(name, form);
      assert.deepEqual([answer.status, answer.text], [204, '']);
      assert.equal(header(answer, 'etag'), `"${md5Hex(content)}"`);
      assert.match(header(answer, 'location'), new RegExp(`/${name}/user%2Fanna%2F%C3%BC%20%26\\.jpg$`));
      assert.equal(header(answer, 'content-type'), '');
      const got = await world().nobody.get(name, 'user/anna/ü &.jpg');
      assertBytes(got.body, content);
      const kept = [
        'content-type',
        'cache-control',
        'content-disposition',
        'content-encoding',
        'expires',
        'x-amz-meta-uuid',
      ];
      assert.deepEqual(
        kept.map((each) => header(got, each)),
        ['image/jpeg', 'max-age=60', 'inline', 'identity', 'Thu, 01 Dec 2050 16:00:00 GMT', '14365123651274'],
      );
      assert.equal(Buffer.from(header(got, 'x-amz-meta-city'), 'latin1').toString(), 'Zürich');
      assert.equal(header(got, 'x-amz-website-redirect-location'), '/elsewhere');
      const record = server.records().findLast(({ operation }) => operation === 'PostObject');
      assert.deepEqual(
        [record?.bucket, record?.key, record?.accessKeyId],
        [name, 'user/anna/ü &.jpg', alice.credentials.accessKeyId],
      );
    });
  }

  test('anybody posts into a bucket that everybody may write, and into no other', async () => {
    const { bucket, alice, nobody } = world();
    const [shared, own] = [await open(), await bucket()];
    const form = formOf(
      [
        ['key', 'foo.txt'],
        ['acl', 'public-read'],
        ['submit', 'Go'],
      ],
      FILE,
    );
    assert.equal((await post(shared, form)).status, 204);
    assert.equal((await nobody.get(shared, 'foo.txt')).text, CONTENT);
    const refused = await post(own, form);
    assert.deepEqual([refused.status, refused.code], [403, 'AccessDenied']);
    assert.equal((await alice.get(own, 'foo.txt')).code, 'NoSuchKey');
    assert.equal((await post('no-such-bucket', form)).code, 'NoSuchBucket');
  });

  test('who signs with another account’s key may do what that account may', async () => {
    const { bob, bucket } = world();
    const name = await bucket();
    const fields = signFormV4({ credentials: bob.credentials, bucket: name, fields: [['key', 'k']] });
    const refused = await post(name, formOf(fields, FILE));
    assert.deepEqual([refused.status, refused.code], [403, 'AccessDenied']);
  });

  test('a request signed in its header brings a form without a policy', async () => {
    const { alice, bob, bucket } = world();
    const name = await bucket();
    const form = formOf([['key', 'signed']], FILE);
    const refused = await bob.send('POST', { bucket: name, ...form });
    assert.deepEqual([refused.status, refused.code], [403, 'AccessDenied']);
    assert.equal((await alice.send('POST', { bucket: name, ...form })).status, 204);
    assert.equal((await alice.get(name, 'signed')).text, CONTENT);
    const twice = await alice.send('POST', { bucket: name, ...formOf(signed(name, [['key', 'k']]), FILE) });
    assert.deepEqual([twice.status, twice.code], [400, 'InvalidArgument']);
  });

  test('the file’s name stands where a field says so, without its path', async () => {
    const { alice } = world();
    const name = await open();
    for (const [filename, key] of [
      ['photo.jpg', 'in/photo.jpg'],
      ['C:\\Program Files\\dir\\file.txt', 'in/file.txt'],
      ['a/b/c.txt', 'in/c.txt'],
      ['say \\"hi\\".txt', 'in/say "hi".txt'],
      ['$&.txt', 'in/$&.txt'],
      ['', 'in/'],
      [null, `in/${FILENAME}`],
    ] as const) {
      const fields: Fields = [
        ['key', `in/${FILENAME}`],
        ['x-amz-meta-name', `<${FILENAME}>`],
      ];
      const answer = await post(name, shared(fields, { content: 'x', filename }));
      assert.equal(answer.status, 204, answer.text);
      const got = await alice.get(name, key);
      assert.deepEqual([got.status, header(got, 'x-amz-meta-name')], [200, `<${key.slice('in/'.length)}>`], key);
    }
  });

  test('only the part named file is the file, whatever other parts carry a file name', async () => {
    const { alice } = world();
    const name = await open();
    const form = shared(
      [
        ['key"; filename="other.txt', 'real'],
        ['submit"; filename="x', 'X'],
      ],
      FILE,
    );
    assert.equal((await post(name, form)).status, 204);
    assert.equal((await alice.get(name, 'real')).text, CONTENT);
    const upper = Buffer.from(
      shared([['key', 'upper']], FILE)
        .body.toString('latin1')
        .replace('name="file"', 'name="FiLe"'),
      'latin1',
    );
    assert.equal((await post(name, { ...form, body: upper })).status, 204);
    assert.equal((await alice.get(name, 'upper')).text, CONTENT);
  });

  test('what comes after the file is ignored, but for a second file', async () => {
    const { alice } = world();
    const name = await open();
    const after: Fields = [
      ['x-amz-meta-late', 'x'],
      ['key', 'late'],
      ['submit', 'Upload'],
    ];
    assert.equal((await post(name, shared([['key', 'k']], FILE, after))).status, 204);
    const got = await alice.get(name, 'k');
    assert.deepEqual([got.text, header(got, 'x-amz-meta-late')], [CONTENT, '']);
    const two = await post(name, shared([['key', 'two']], FILE, [['file', 'another']]));
    assert.deepEqual(
      [two.code, element(two.text, 'Message')],
      ['InvalidArgument', 'POST requires exactly one file upload per request.'],
    );
    assert.deepEqual([element(two.text, 'ArgumentName'), element(two.text, 'ArgumentValue')], ['file', '2']);
    assert.equal((await alice.get(name, 'two')).code, 'NoSuchKey');
    const late = await post(name, shared([], FILE, [['key', 'late']]));
    assert.deepEqual([late.status, late.code, element(late.text, 'ArgumentName')], [400, 'InvalidArgument', 'key']);
  });

  test('success_action_status is 200, 201 with the document, or 204', async () => {
    const name = await open();
    for (const [wanted, status] of [
      ['200', 200],
      ['204', 204],
      ['404', 204],
      ['', 204],
    ] as const) {
      const answer = await post(
        name,
        shared(
          [
            ['key', 'k'],
            ['success_action_status', wanted],
          ],
          FILE,
        ),
      );
      assert.deepEqual([answer.status, answer.text], [status, ''], wanted);
    }
    const answer = await post(
      name,
      shared(
        [
          ['key', 'a/é.txt'],
          ['success_action_status', '201'],
        ],
        FILE,
      ),
    );
    assert.deepEqual([answer.status, header(answer, 'content-type')], [201, 'application/xml']);
    assert.deepEqual(
      ['Bucket', 'Key', 'ETag', 'Location'].map((each) => element(answer.text, each)),
      [name, 'a/é.txt', `"${md5Hex(CONTENT)}"`, header(answer, 'location')],
    );
    assert.match(header(answer, 'location'), new RegExp(`^http://127\\.0\\.0\\.1:\\d+/${name}/a%2F%C3%A9\\.txt$`));
    assert.match(answer.text, /<PostResponse>/);
  });

  test('success_action_redirect gets bucket, key and ETag, and is nothing but a URL of the web', async () => {
    const name = await open();
    const result = (key: string) => `bucket=${name}&key=${key}&etag=%22${md5Hex(CONTENT)}%22`;
    for (const [field, url, location] of [
      ['success_action_redirect', 'http://shop.test/done', `http://shop.test/done?${result('a%2Fb+c.txt')}`],
      ['redirect', 'https://shop.test', `https://shop.test?${result('a%2Fb+c.txt')}`],
      ['success_action_redirect', 'http://shop.test/?q=1#part', `http://shop.test/?q=1&${result('a%2Fb+c.txt')}#part`],
      [
        'success_action_redirect',
        'http://shop.test/ü\r\nSet-Cookie: a=b',
        `http://shop.test/%C3%BC%0D%0ASet-Cookie:%20a=b?${result('a%2Fb+c.txt')}`,
      ],
    ] as const) {
      const answer = await post(
        name,
        shared(
          [
            ['key', 'a/b c.txt'],
            [field, url],
            ['success_action_status', '201'],
          ],
          FILE,
        ),
      );
      assert.deepEqual([answer.status, header(answer, 'location'), answer.text], [303, location, '']);
      assert.equal(answer.headers['set-cookie'], undefined);
    }
    for (const url of ['/relative', 'javascript:alert(1)', 'data:text/html,x', 'http://', 'file:///etc/passwd', '']) {
      const answer = await post(
        name,
        shared(
          [
            ['key', 'k'],
            ['success_action_redirect', url],
          ],
          FILE,
        ),
      );
      assert.deepEqual([answer.status, header(answer, 'location').includes(`/${name}/k`)], [204, true], url);
    }
  });

  test('a form into a bucket with versions makes one, and says which', async () => {
    const { alice, setVersioning } = world();
    const name = await open();
    await setVersioning(name, 'enabled');
    const ids = [];
    for (const content of ['one', 'two']) {
      const answer = await post(name, shared([['key', 'k']], { content }));
      ids.push(header(answer, 'x-amz-version-id'));
    }
    assert.equal(new Set(ids).size, 2);
    const got = await alice.send('GET', { bucket: name, key: 'k', query: { versionId: ids[0] ?? '' } });
    assert.equal(got.text, 'one');
  });
});
