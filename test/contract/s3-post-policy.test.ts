/** Policies of browsers' forms: what they allow, what they refuse and how S3 says it, and that nothing is stored then. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOCAL } from '../../src/admin/means.ts';
import { type Fields, formOf, type SentForm, signFormV2, signFormV4, type ToSignForm } from '../support/form.ts';
import { type Answer, element, overEngines } from '../support/s3-world.ts';
import { hostOf, presignV4, rawRequest, targetOf } from '../support/signer.ts';

const FILE = { content: '0123456789' };
const DAY = 24 * 3600_000;

overEngines((world) => {
  const post = (bucket: string, form: SentForm): Promise<Answer> =>
    world().nobody.send('POST', { bucket, headers: form.headers, body: form.body });

  const signed = (bucket: string, fields: Fields, more: Partial<ToSignForm> = {}): Fields =>
    signFormV4({ credentials: world().alice.credentials, bucket, fields, ...more });

  /** Nothing was stored under the key that all of these forms name. */
  async function refused(bucket: string, form: SentForm, code: string, message?: string | RegExp): Promise<Answer> {
    const answer = await post(bucket, form);
    assert.equal(answer.code, code, `${message}: ${answer.status} ${answer.text}`);
    const said = element(answer.text, 'Message') ?? '';
    if (typeof message === 'string') assert.equal(said, message);
    else if (message !== undefined) assert.match(said, message);
    assert.equal((await world().alice.get(bucket, 'k')).code, 'NoSuchKey', said);
    return answer;
  }

  test('conditions are exact, by prefix, and anything; they are about what fields mean', async () => {
    const name = await world().bucket();
    const uncovered = ['key', 'Content-Type', 'x-amz-meta-tag'];
    const fields: Fields = [
      ['key', ['user/', '$', '{filename}'].join('')],
      ['Content-Type', 'image/jpg, image/png,image/gif'],
      ['x-amz-meta-tag', 'any'],
      ['x-ignore-me', 'whatever'],
    ];
    const conditions = [
      ['starts-with', '$key', 'user/photo'],
      ['eq', '$key', 'user/photo.jpg'],
      ['starts-with', '$content-type', 'image/'],
      ['starts-with', '$x-amz-meta-tag', ''],
      ['content-length-range', 1, 10],
      ['content-length-range', '10', '20'],
    ];
    const more = { conditions, uncovered: [...uncovered, 'x-ignore-me'] };
    const answer = await post(name, formOf(signed(name, fields, more), FILE));
    assert.equal(answer.status, 204, answer.text);
  });

  test('a condition that does not hold is told as it was written, and a field without one by its name', async () => {
    const name = await world().bucket();
    const uncovered = ['key', 'Content-Type'];
    const fields: Fields = [
      ['key', 'k'],
      ['Content-Type', 'image/jpg,text/plain'],
    ];
    const anyKey = ['starts-with', '$key', ''];
    const anyType = ['starts-with', '$Content-Type', ''];
    for (const [conditions, message] of [
      [[['eq', '$key', 'K'], anyType], 'Policy Condition failed: ["eq", "$key", "K"]'],
      [[{ key: 'other' }, anyType], 'Policy Condition failed: ["eq", "$key", "other"]'],
      [[['eq', 'key', 'k'], anyType], 'Policy Condition failed: ["eq", "key", "k"]'],
      [
        [anyKey, ['starts-with', '$Content-Type', 'image/']],
        'Policy Condition failed: ["starts-with", "$Content-Type", "image/"]',
      ],
      [[anyKey, anyType, ['starts-with', '$acl', '']], 'Policy Condition failed: ["starts-with", "$acl", ""]'],
      [[anyKey, anyType, { bucket: 'another' }], 'Policy Condition failed: ["eq", "$bucket", "another"]'],
      [
        [anyKey, anyType, ['content-length-range', 'x', '10']],
        'Policy Condition failed: ["content-length-range", "x", "10"]',
      ],
      [[anyKey], 'Extra input fields: Content-Type'],
      [[anyType], 'Extra input fields: key'],
    ] as const) {
      const form = formOf(signed(name, fields, { conditions, uncovered }), FILE);
      await refused(name, form, 'AccessDenied', `Invalid according to Policy: ${message}`);
    }
    const noBucket = { expiration: new Date(Date.now() + 60_000).toISOString(), conditions: [{ key: 'k' }] };
    const v2 = { credentials: world().alice.credentials, bucket: name, fields: [['key', 'k']] as Fields };
    const form = formOf(signFormV2({ ...v2, policy: JSON.stringify(noBucket) }), FILE);
    await refused(name, form, 'AccessDenied', 'Invalid according to Policy: Extra input fields: bucket');
    const elsewhere = await world().bucket();
    await refused(elsewhere, formOf(signed(name, [['key', 'k']]), FILE), 'AccessDenied', /\["eq", "\$bucket"/);
  });

  test('content-length-range is held while the file comes', async () => {
    const name = await world().bucket();
    const within = (min: number, max: number, content: string, after: Fields = []): SentForm =>
      formOf(signed(name, [['key', 'k']], { conditions: [['content-length-range', min, max]] }), { content }, after);
    const large = await refused(
      name,
      within(5, 10, '0123456789A'),
      'EntityTooLarge',
      'Your proposed upload exceeds the maximum allowed size',
    );
    assert.deepEqual([large.status, element(large.text, 'MaxSizeAllowed')], [400, '10']);
    const small = await refused(
      name,
      within(5, 10, '0123'),
      'EntityTooSmall',
      'Your proposed upload is smaller than the minimum allowed size',
    );
    assert.deepEqual([element(small.text, 'ProposedSize'), element(small.text, 'MinSizeAllowed')], ['4', '5']);
    await refused(name, within(0, 10, 'x'.repeat(500_000)), 'EntityTooLarge');
    await refused(name, within(10, 5, '0123456'), 'EntityTooLarge');
    for (const content of ['01234', '0123456789']) {
      assert.equal((await post(name, within(5, 10, content))).status, 204);
    }
  });

  test('a policy holds until its end', async () => {
    const name = await world().bucket();
    const late = formOf(signed(name, [['key', 'k']], { expiresAt: Date.now() - 1000 }), FILE);
    const answer = await refused(name, late, 'AccessDenied', 'Invalid according to Policy: Policy expired.');
    assert.equal(answer.status, 403);
  });

  test('a policy that cannot be read is InvalidPolicyDocument', async () => {
    const name = await world().bucket();
    const expiration = new Date(Date.now() + 60_000).toISOString();
    const conditions = [{ bucket: name }, { key: 'k' }];
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      ['{', /Invalid JSON/],
      ['[]', /must be a JSON object/],
      [{ conditions }, /missing expiration/],
      [{ expiration }, /missing conditions/],
      [{ expiration, conditions, Version: 1 }, /Unexpected: 'Version'/],
      [{ EXPIRATION: expiration, conditions }, /Unexpected: 'EXPIRATION'/],
      [{ expiration, conditions: {} }, /must be a List/],
      [{ expiration: '2050-01-01 12:00:00', conditions }, /Invalid 'expiration' value: '2050-01-01 12:00:00'/],
      [{ expiration: '2050-02-31T12:00:00Z', conditions }, /Invalid 'expiration'/],
      [{ expiration: '2050-01-01T12:00:00+02:00', conditions }, /Invalid 'expiration'/],
      [{ expiration: 5, conditions }, /Invalid 'expiration'/],
      [{ expiration, conditions: [{}] }, /exactly one property/],
      [{ expiration, conditions: [{ a: 'b', c: 'd' }] }, /exactly one property/],
      [{ expiration, conditions: [{ key: 5 }] }, /value must be a string/],
      [{ expiration, conditions: ['key'] }, /must be a List or Object/],
      [{ expiration, conditions: [[]] }, /missing operation identifier/],
      [{ expiration, conditions: [['ends-with', '$key', 'k']] }, /unknown operation 'ends-with'/],
      [{ expiration, conditions: [['eq', '$key']] }, /wrong number of arguments/],
      [{ expiration, conditions: [['content-length-range', 0]] }, /wrong number of arguments/],
      [{ expiration, conditions: [['content-length-range', -1, 0]] }, /content-length-range/],
      [{ expiration, conditions: [['content-length-range', 0, 1.5]] }, /content-length-range/],
      [`{"expiration":"${expiration}","expiration":"${expiration}","conditions":[]}`, /twice/],
    ];
    for (const [policy, message] of wrong) {
      const text = typeof policy === 'string' ? policy : JSON.stringify(policy);
      const answer = await refused(
        name,
        formOf(signed(name, [['key', 'k']], { policy: text }), FILE),
        'InvalidPolicyDocument',
        message,
      );
      assert.equal(answer.status, 400);
    }
  });

  test('rule 02: a form with any trace of credentials is verified or refused, and never anonymous', async () => {
    const { alice, server, bucket } = world();
    const open = await bucket({ 'x-amz-acl': 'public-read-write' });
    const fields: Fields = [['key', 'k']];
    const [v4, v2] = [signed(open, fields), signFormV2({ credentials: alice.credentials, bucket: open, fields })];
    const without = (all: Fields, ...names: readonly string[]): SentForm =>
      formOf(
        all.filter(([name]) => !names.includes(name)),
        FILE,
      );
    const withValue = (all: Fields, name: string, value: string): SentForm =>
      formOf(
        all.map(([each, text]) => [each, each === name ? value : text]),
        FILE,
      );
    const missing = (name: string): string =>
      `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`;
    for (const name of ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Signature', 'Policy']) {
      const answer = await refused(open, without(v4, name), 'InvalidArgument', missing(name));
      assert.equal(element(answer.text, 'ArgumentName'), name);
    }
    await refused(open, without(v2, 'signature'), 'InvalidArgument', missing('Signature'));
    await refused(open, without(v2, 'AWSAccessKeyId'), 'InvalidArgument', missing('AWSAccessKeyId'));
    await refused(open, without(v2, 'policy'), 'InvalidArgument', missing('Policy'));
    await refused(open, without(v2, 'AWSAccessKeyId', 'signature'), 'AccessDenied', /no signature/);
    await refused(open, formOf([...fields, ['x-amz-security-token', 'x']], FILE), 'AccessDenied', /no signature/);
    await refused(open, formOf([...v4, ...v2.slice(1)], FILE), 'InvalidArgument', /one auth mechanism/);
    const mismatch = await refused(open, withValue(v4, 'X-Amz-Signature', '0'.repeat(64)), 'SignatureDoesNotMatch');
    assert.equal(element(mismatch.text, 'StringToSign'), v4.find(([name]) => name === 'Policy')?.[1]);
    await refused(open, withValue(v2, 'signature', 'AAAA'), 'SignatureDoesNotMatch');
    await refused(open, withValue(v2, 'policy', 'e30='), 'SignatureDoesNotMatch');
    await refused(open, withValue(v2, 'AWSAccessKeyId', 'NOSUCHKEY00000000000'), 'InvalidAccessKeyId');
    await refused(open, withValue(v4, 'X-Amz-Algorithm', 'AWS4-ECDSA-P256-SHA256'), 'InvalidArgument', /only supports/);
    await refused(open, withValue(v4, 'X-Amz-Date', 'yesterday'), 'InvalidArgument', /ISO8601/);
    await refused(open, withValue(v4, 'X-Amz-Date', '20200101T000000Z'), 'InvalidArgument', /of the day/);
    await refused(open, withValue(v4, 'X-Amz-Credential', 'nothing'), 'InvalidArgument', /mal-formed/);
    const other = await refused(
      open,
      formOf(signed(open, fields, { region: 'eu-west-1' }), FILE),
      'InvalidArgument',
      "the region 'eu-west-1' is wrong; expecting 'us-east-1'",
    );
    assert.equal(element(other.text, 'Region'), 'us-east-1');
    const old = signed(open, fields, { at: Date.now() - 8 * DAY });
    await refused(open, formOf(old, FILE), 'AccessDenied', /expired/);
    const early = signed(open, fields, { at: Date.now() + 2 * DAY });
    await refused(open, formOf(early, FILE), 'AccessDenied', /not valid yet/);
    const erin = await server.addAccount(`erin-${open}`, { allowV2: false });
    const credentials = { accessKeyId: erin.accessKeyId, secretAccessKey: erin.secret };
    await refused(
      open,
      formOf(signFormV2({ credentials, bucket: open, fields }), FILE),
      'AccessDenied',
      /signature version 2/,
    );
    assert.equal(
      (await post(open, formOf(signFormV4({ credentials, bucket: open, fields: [['key', 'e']] }), FILE))).status,
      204,
    );
    const target = presignV4({
      credentials: alice.credentials,
      method: 'POST',
      target: targetOf(open),
      headers: { host: hostOf(server.origin) },
    });
    const form = formOf(fields, FILE);
    const presigned = await rawRequest({ origin: server.origin, method: 'POST', target, ...form });
    assert.match(presigned.body.toString(), /InvalidArgument.*not signed by its URL/);
  });

  test('temporary keys sign forms, with their token among the fields; scopes of keys hold for them', async () => {
    const { server, alice, bucket } = world();
    const name = await bucket();
    const { accessKeyId, secret, sessionToken } = await server.admin.keySession(
      alice.credentials.accessKeyId,
      {},
      LOCAL,
    );
    const credentials = { accessKeyId, secretAccessKey: secret.reveal() };
    const bare: Fields = [['key', 'k']];
    await refused(name, formOf(signFormV4({ credentials, bucket: name, fields: bare }), FILE), 'InvalidAccessKeyId');
    const withToken = (token: string, more: Partial<ToSignForm> = {}): SentForm =>
      formOf(
        signFormV4({ credentials, bucket: name, fields: [...bare, ['x-amz-security-token', token]], ...more }),
        FILE,
      );
    await refused(name, withToken(`${sessionToken}x`), 'InvalidToken');
    await refused(name, withToken(''), 'InvalidToken');
    const uncovered = withToken(sessionToken, { uncovered: ['x-amz-security-token'] });
    await refused(name, uncovered, 'AccessDenied', /Extra input fields: x-amz-security-token/);
    assert.equal((await post(name, withToken(sessionToken))).status, 204);

    const scope = { resources: [{ bucket: name, prefix: 'in/' }] };
    const key = await server.addKey(alice.account, { scope });
    const scoped = { accessKeyId: key.accessKeyId, secretAccessKey: key.secret };
    for (const [wanted, status] of [
      ['in/a', 204],
      ['out/a', 403],
    ] as const) {
      const fields: Fields = [['key', wanted]];
      assert.equal(
        (await post(name, formOf(signFormV4({ credentials: scoped, bucket: name, fields }), FILE))).status,
        status,
      );
    }
  });

  test('the bucket’s policy is asked of the object that the form puts, with its fields', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const statement = (rest: object) => ({
      Effect: 'Allow',
      Principal: '*',
      Action: ['s3:PutObject', 's3:PutObjectAcl'],
      ...rest,
    });
    const policy = {
      Version: '2012-10-17',
      Statement: [
        statement({
          Resource: `arn:aws:s3:::${name}/in/*`,
          Condition: { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } },
        }),
        statement({
          Effect: 'Deny',
          Resource: `arn:aws:s3:::${name}/post/*`,
          Condition: { StringEquals: { 's3:authType': 'POST' } },
        }),
      ],
    };
    const set = await alice.send('PUT', { bucket: name, query: { policy: '' }, body: JSON.stringify(policy) });
    assert.equal(set.status, 204, set.text);
    for (const [fields, status] of [
      [
        [
          ['key', 'in/a'],
          ['acl', 'bucket-owner-full-control'],
        ],
        204,
      ],
      [[['key', 'in/a']], 403],
      [
        [
          ['key', 'out/a'],
          ['acl', 'bucket-owner-full-control'],
        ],
        403,
      ],
      [signed(name, [['key', 'elsewhere']]), 204],
      [signed(name, [['key', 'post/a']]), 403],
    ] as const) {
      assert.equal((await post(name, formOf(fields, FILE))).status, status, JSON.stringify(fields[0]));
    }
    assert.equal((await alice.put(name, 'post/a', 'by header')).status, 200);
  });
});
