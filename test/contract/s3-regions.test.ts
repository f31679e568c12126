/** Several regions behind one front end: where buckets are made, what may be signed for, and who is sent elsewhere. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Regions } from '../../src/model/regions.ts';
import { createMemoryEngine } from '../support/memory-engine.ts';
import { hostOf, rawRequest } from '../support/raw-client.ts';
import { element } from '../support/s3-world.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signV4 } from '../support/signer.ts';

const BERLIN = 's3.berlin.example.org';
/** The front end under test. */
const ZURICH: Regions = {
  home: 'ch-zurich',
  others: [
    { name: 'ch-geneva', served: 'here' },
    { name: 'de-berlin', served: 'elsewhere', host: BERLIN },
    { name: 'de-munich', served: 'elsewhere' },
  ],
};
const engine = createMemoryEngine();
let server: TestServer;

before(async () => {
  server = await startTestServer({ engine, regions: ZURICH });
});
after(async () => {
  await server.stop();
  await engine.close();
});

const wanting = (region: string): string =>
  `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;

async function send(method: string, target: string, how: { readonly body?: string; readonly region?: string } = {}) {
  const { body = '', region = 'ch-zurich' } = how;
  const { accessKeyId, secret: secretAccessKey } = server.operator;
  const credentials = { accessKeyId, secretAccessKey };
  const { origin } = server;
  const headers = signV4({ credentials, region, method, target, headers: { host: hostOf(origin) }, payload: body });
  const answer = await rawRequest({ origin, method, target, headers, body: Buffer.from(body) });
  const text = answer.body.toString();
  return { ...answer, text, code: element(text, 'Code') };
}

/** As a front end of that region would have made it. */
async function madeIn(region: string, name: string): Promise<void> {
  const { account } = server.operator;
  const acl = { owner: account.canonicalId, grants: [] };
  const { id: owner, canonicalId: ownerCanonicalId } = account;
  const rest = { owner, ownerCanonicalId, createdAt: 1, versioning: 'unversioned', acl, configuration: {} } as const;
  await engine.rows.commit({ type: 'createBucket', bucket: { id: `id-${name}`, name, region, ...rest } });
}

test('a bucket is made in the region that was asked for, or in that of the front end', async () => {
  assert.equal((await send('PUT', '/at-home')).status, 200);
  assert.equal((await send('HEAD', '/at-home')).headers['x-amz-bucket-region'], 'ch-zurich');
  assert.equal((await send('PUT', '/near', { body: wanting('ch-geneva') })).status, 200);
  assert.equal(element((await send('GET', '/near?location')).text, 'LocationConstraint'), 'ch-geneva');
});

test('a region that nobody has is refused, and one served elsewhere with the place to ask', async () => {
  const unknown = await send('PUT', '/nowhere', { body: wanting('mars-1') });
  assert.deepEqual([unknown.status, unknown.code], [400, 'InvalidLocationConstraint']);
  assert.match(unknown.text, /ch-zurich, ch-geneva, de-berlin, de-munich/);
  const elsewhere = await send('PUT', '/nowhere', { body: wanting('de-berlin') });
  assert.deepEqual([elsewhere.status, elsewhere.code], [400, 'IllegalLocationConstraintException']);
  assert.ok(elsewhere.text.includes(BERLIN));
  assert.equal((await send('HEAD', '/nowhere')).status, 404);
});

test('a signature may name any region that is served here, and no other', async () => {
  await send('PUT', '/signed');
  assert.equal((await send('GET', '/signed', { region: 'ch-geneva' })).status, 200);
  for (const region of ['de-berlin', 'mars-1']) {
    const refused = await send('GET', '/signed', { region });
    assert.deepEqual([refused.status, refused.code], [400, 'AuthorizationHeaderMalformed'], region);
    assert.equal(element(refused.text, 'Region'), 'ch-zurich');
  }
});

test('a bucket that is served elsewhere answers a redirect to whoever asks, with its region', async () => {
  await madeIn('de-berlin', 'far');
  await madeIn('de-munich', 'farther');
  for (const [method, target] of [
    ['GET', '/far'],
    ['PUT', '/far/key'],
    ['DELETE', '/far'],
    ['GET', '/far?acl'],
  ] as const) {
    const answer = await send(method, target);
    assert.deepEqual([answer.status, answer.code], [301, 'PermanentRedirect'], `${method} ${target}`);
    assert.equal(answer.headers['x-amz-bucket-region'], 'de-berlin');
    assert.equal(element(answer.text, 'Endpoint'), BERLIN);
    assert.equal(element(answer.text, 'Bucket'), 'far');
  }
  const head = await send('HEAD', '/farther');
  assert.deepEqual([head.status, head.headers['x-amz-bucket-region']], [301, 'de-munich']);
  assert.equal(element((await send('GET', '/farther')).text, 'Endpoint'), undefined);
});

test('its location can be asked anywhere, and its name is taken everywhere', async () => {
  assert.equal(element((await send('GET', '/far?location')).text, 'LocationConstraint'), 'de-berlin');
  const taken = await send('PUT', '/far');
  assert.deepEqual([taken.status, taken.code], [409, 'BucketAlreadyOwnedByYou']);
});
