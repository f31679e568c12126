/** The account API's operations on objects and of operators, each once; and what they need to be there. */

import assert from 'node:assert/strict';
import { type ApiWorld, member, type Person, text } from './api-world.ts';

/** Copies, explanations, links, usage, health and errors. */
export async function lookTour(api: ApiWorld): Promise<void> {
  await copiesTour(api);
  await explainTour(api);
  await sharesTour(api);
  await operateTour(api);
}

/** An object of `owner`'s, with a body of its own. */
export async function putObject({ engine }: ApiWorld, owner: Person, bytes: number): Promise<void> {
  const { id, canonicalId } = owner.account;
  const grantee = { type: 'account', canonicalId } as const;
  const acl = { owner: canonicalId, grants: [{ grantee, permission: 'FULL_CONTROL' as const }] };
  const bucket = { id: `b-${id}`, name: `bucket-of-${owner.account.name}`, owner: id, ownerCanonicalId: canonicalId };
  const more = { region: 'us-east-1', createdAt: 0, versioning: 'enabled', acl, configuration: {} } as const;
  await engine.rows.commit({ type: 'createBucket', bucket: { ...bucket, ...more } });
  async function* content() {
    yield Buffer.alloc(bytes, 1);
  }
  const body = await engine.blobs.write(content(), bytes);
  const draft = {
    ...({ kind: 'object', body, etag: '0'.repeat(32), size: bytes, modifiedAt: 0, acl } as const),
    ...{ owner: id, ownerCanonicalId: canonicalId, headers: { userMetadata: new Map<string, string>() } },
  };
  await engine.rows.commit({ type: 'putVersion', bucketId: bucket.id, key: 'a/ü', versioning: 'enabled', draft });
}

export const COPIES = '/copies?bucket=bucket-of-ana&key=a/%C3%BC';
const RULES = { bucket: 'bucket-of-ana', key: 'a/ü', unsaved: { policy: null } };

async function explainTour({ call, engine, ana, bob, olga }: ApiWorld): Promise<void> {
  const asked = '/access/explain?operation=GetObject&bucket=bucket-of-ana&key=a/%C3%BC';
  assert.equal((await call('GET', asked, { as: ana })).status, 200);
  const stranger = await call('GET', `${asked}&as=${bob.account.id}`, { as: ana });
  assert.equal(text(stranger.json, 'answer'), 'denied');
  assert.ok(Object(member(stranger.json, 'remedies')).length > 0);
  assert.equal((await call('GET', `${asked}&as=anonymous&insecure=true&from=192.0.2.7`, { as: olga })).status, 200);
  await call('POST', '/access/explain', { as: ana, body: { operation: 'GetObject', ...RULES } });
  await call('GET', '/access/visibility?bucket=bucket-of-ana', { as: ana });
  assert.equal(text((await call('POST', '/access/visibility', { as: ana, body: RULES })).json, 'who'), 'private');
  const record = { method: 'GET', remoteAddress: '192.0.2.7', secure: true, status: 403, code: 'AccessDenied' };
  const said = { ...record, message: 'Access Denied', asker: bob.account.id, owner: ana.account.id };
  const refusal = { requestId: '0123456789ABCDEF', at: Date.now(), accounts: [bob.account.id, ana.account.id] };
  await engine.rows.noteRefusals([{ ...refusal, record: JSON.stringify(said) }]);
  const seen = await call('GET', '/access/refusals?requestId=0123456789ABCDEF', { as: bob });
  assert.equal(text(seen.json, 'code'), 'AccessDenied');
}

async function operateTour({ call, ana, olga }: ApiWorld): Promise<void> {
  const own = await call('GET', '/accounts/ana/usage', { as: ana });
  assert.deepEqual(
    ['bucket', 'versioning', 'objects', 'bytes', 'complete'].map((name) => member(own.json, 'buckets', 0, name)),
    ['bucket-of-ana', 'Enabled', 1, 100_000, true],
  );
  assert.equal((await call('GET', '/usage', { as: olga })).status, 200);
  const health = await call('GET', '/health', { as: olga });
  assert.deepEqual([text(health.json, 'state'), text(health.json, 'copies', 0, 'state')], ['whole', 'up']);
  assert.deepEqual(member((await call('GET', '/errors', { as: olga })).json, 'errors'), []);
}

async function sharesTour({ call, ana }: ApiWorld): Promise<void> {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const body = { bucket: 'bucket-of-ana', key: 'a/ü', expiresAt };
  const made = await call('POST', '/accounts/ana/shares', { as: ana, body });
  assert.match(text(made.json, 'url'), /^http:\/\/127\.0\.0\.1:9000\/bucket-of-ana\/a\/%C3%BC\?X-Amz-/);
  const listed = await call('GET', '/accounts/ana/shares', { as: ana });
  assert.deepEqual(member(listed.json, 'shares'), [made.json]);
  assert.equal((await call('DELETE', `/accounts/ana/shares/${text(made.json, 'id')}`, { as: ana })).status, 204);
}

async function copiesTour(api: ApiWorld): Promise<void> {
  const { call, olga, ana, bob } = api;
  await putObject(api, ana, 100_000);
  const seen = await call('GET', COPIES, { as: olga });
  assert.equal(member(seen.json, 'copies', 0, 'verified'), true);
  assert.ok(Object.keys(Object(member(seen.json, 'copies', 0, 'place'))).length > 0);
  const own = await call('GET', COPIES, { as: ana });
  assert.deepEqual(Object.keys(Object(member(own.json, 'copies', 0))).sort(), ['end', 'start', 'verified']);
  const missing = await call('GET', COPIES.replace('%C3%BC', 'x'), { as: ana });
  const other = await call('GET', COPIES, { as: bob });
  assert.deepEqual([missing.status, other.status], [404, 404]);
}
