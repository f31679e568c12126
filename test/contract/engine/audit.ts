/** The engine contract: the audit trail, when keys were used, and the requests that were refused. */

import { strict as assert } from 'node:assert';
import type { AuditActor, AuditEvent, Refusal } from '../../../src/model/entities.ts';
import type { Committed, Mutation } from '../../../src/store/port.ts';
import { accountOf, CANONICAL, conflicts, draftOf, keyOf, PRIVATE, type Test, type World } from './world.ts';

/** All engines under test keep at least so many refusals (`TEST_LIMITS.refusalsKept`). */
const NEWEST_REFUSALS = 50;
const WEEK_MS = 7 * 24 * 3600 * 1000;

const eventOf = (id: string, over: Partial<AuditEvent> = {}): AuditEvent => ({
  id,
  at: 1_700_000_000_123,
  actor: { kind: 'local' },
  action: 'account.create',
  target: 'alice',
  from: 'local',
  details: {},
  ...over,
});

const note = ({ engine }: World, event: AuditEvent): Promise<Committed> =>
  engine.rows.commit({ type: 'noteAudit', event });

async function idsOf(world: World, query: { account?: string; before?: string; limit?: number } = {}) {
  return (await world.engine.rows.scanAudit({ limit: 1000, ...query })).map(({ id }) => id);
}

export function auditContract(test: Test): void {
  test('an event is kept whole, alone and with an effect', async (world) => {
    const actors: readonly AuditActor[] = [
      { kind: 'local' },
      { kind: 'stranger' },
      { kind: 'account', accountId: 'a1', name: 'Älice "\\\u0001' },
      { kind: 'account', accountId: 'a1', name: '', accessKeyId: 'AKIA1' },
    ];
    const details = { state: 'active → suspended', '': 'no name', policy: `{\n${' '.repeat(9000)}}`, constructor: '1' };
    const events = [
      ...actors.map((actor, at) => eventOf(`1-${at}`, { actor })),
      eventOf('2', { accountId: 'a1', requestId: 'R1', from: '2001:db8::1', at: 0, details }),
      eventOf('3', { accountId: 'a2', action: 'bucket.PutBucketPolicy', target: 'è\u{1f600}\0' }),
      eventOf('4', { requestId: 'R2' }),
    ];
    for (const event of events.slice(1)) await note(world, event);
    const [first] = events;
    await world.engine.rows.commit({ type: 'putAccount', account: accountOf('alice'), replace: false }, first);
    await world.reopen();
    assert.deepEqual(await world.engine.rows.scanAudit({ limit: 100 }), events.toReversed());
    assert.notEqual(await world.engine.rows.getAccount({ id: 'alice' }), undefined);
  });

  test('every mutation takes its event along', async (world) => {
    let count = 0;
    const commit = async (mutation: Mutation): Promise<Committed> => {
      count++;
      const id = `${100 + count}-${mutation.type}`;
      const committed = await world.engine.rows.commit(mutation, eventOf(id));
      assert.equal((await idsOf(world, { limit: 1 }))[0], id);
      return committed;
    };
    await applyAll(world, commit);
    assert.equal((await idsOf(world)).length, count + 1, 'and noteAudit has one of its own besides');
    assert.deepEqual(await world.findings(), []);
  });

  test('a commit that is refused leaves no event', async (world) => {
    const { rows } = world.engine;
    const { revision, ...bucket } = await world.bucket();
    await world.put({ ...bucket, revision }, 'k', Buffer.from('x'));
    const refused = async (mutation: Mutation, what: Parameters<typeof conflicts>[1]) =>
      conflicts(rows.commit(mutation, eventOf('1', { accountId: 'alice' })), what);
    const account = accountOf('alice');
    const place = { bucketId: bucket.id, key: 'k' };
    const { version } = await rows.getTarget({ bucket: 'bucket', key: 'k' });
    assert(version !== undefined);
    await refused({ type: 'putAccount', account, replace: false }, 'exists');
    await refused({ type: 'putAccount', account: accountOf('bob', { name: 'alice' }), replace: false }, 'exists');
    await refused({ type: 'putAccount', account: accountOf('bob'), replace: true }, 'missing');
    await refused({ type: 'putAccount', account, replace: true, expect: accountOf('bob') }, 'revision');
    await refused({ type: 'removeAccount', id: 'alice' }, 'not-empty');
    await refused({ type: 'removeAccount', id: 'bob' }, 'missing');
    await refused({ type: 'putKey', key: keyOf('K', 'bob'), replace: false }, 'missing');
    await refused({ type: 'removeKey', accessKeyId: 'K' }, 'missing');
    await refused({ type: 'createBucket', bucket: { ...bucket, id: 'other' } }, 'exists');
    await refused({ type: 'updateBucket', bucket, expect: `${revision}1` }, 'revision');
    await refused({ type: 'deleteBucket', bucketId: bucket.id, name: bucket.name }, 'not-empty');
    await refused({ type: 'updateVersion', bucketId: bucket.id, version, expect: '1.other' }, 'revision');
    await refused({ type: 'removeNull', ...place, versioning: 'enabled' }, 'bucket');
    await refused({ type: 'abortUpload', ...place, uploadId: 'none' }, 'upload');
    assert.deepEqual(await idsOf(world), []);
    assert.deepEqual(await idsOf(world, { account: 'alice' }), []);
    assert.deepEqual(await world.findings(), []);
  });

  test('of many at once each refused commit leaves no event, and each other one has its own', async (world) => {
    const { rows } = world.engine;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, at) => {
        const account = accountOf(`a${at}`, { name: `name-${at % 4}` });
        return rows.commit({ type: 'putAccount', account, replace: false }, eventOf(`${10 + at}`));
      }),
    );
    const made = outcomes.flatMap(({ status }, at) => (status === 'fulfilled' ? [`${10 + at}`] : []));
    assert.equal(made.length, 4);
    assert.deepEqual(await idsOf(world), made.toReversed());
  });

  test('events are listed newest first, behind a given one, in pages', async (world) => {
    for (const id of ['c', 'a', 'e-1', 'b', 'e', 'd']) await note(world, eventOf(id));
    assert.deepEqual(await idsOf(world), ['e-1', 'e', 'd', 'c', 'b', 'a']);
    assert.deepEqual(await idsOf(world, { limit: 2 }), ['e-1', 'e']);
    assert.deepEqual(await idsOf(world, { before: 'e', limit: 2 }), ['d', 'c']);
    assert.deepEqual(await idsOf(world, { before: 'cc' }), ['c', 'b', 'a']);
    assert.deepEqual(await idsOf(world, { before: 'zzz', limit: 1 }), ['e-1']);
    assert.deepEqual(await idsOf(world, { before: 'a' }), []);
    assert.deepEqual(await idsOf(world, { before: '0' }), []);
  });

  test('the events of an account are its own and nobody else’s, in the same order', async (world) => {
    assert.deepEqual(await idsOf(world, { account: 'a' }), []);
    const owners = { 1: 'a', 2: 'b', 3: undefined, 4: 'a', 5: 'aa', 6: 'a', 7: 'á', 8: 'b' };
    for (const [id, accountId] of Object.entries(owners)) {
      await note(world, eventOf(id, accountId === undefined ? {} : { accountId }));
    }
    const actor = { kind: 'account', accountId: 'a', name: 'a' } as const;
    await note(world, eventOf('9', { actor, accountId: 'b' }));
    assert.deepEqual(await idsOf(world, { account: 'a' }), ['6', '4', '1']);
    assert.deepEqual(await idsOf(world, { account: 'a', limit: 2 }), ['6', '4']);
    assert.deepEqual(await idsOf(world, { account: 'a', before: '4' }), ['1']);
    assert.deepEqual(await idsOf(world, { account: 'a', before: '5' }), ['4', '1']);
    assert.deepEqual(await idsOf(world, { account: 'a', before: '1' }), []);
    assert.deepEqual(await idsOf(world, { account: 'aa' }), ['5']);
    assert.deepEqual(await idsOf(world, { account: 'á', before: '8' }), ['7']);
    assert.deepEqual(await idsOf(world, { account: 'b' }), ['9', '8', '2']);
    assert.deepEqual(await idsOf(world, { account: 'c' }), []);
    assert.deepEqual(await world.findings(), []);
  });

  test('events outlive the account they are about', async (world) => {
    const { rows } = world.engine;
    await world.account('alice');
    await note(world, eventOf('1', { accountId: 'alice' }));
    await rows.commit({ type: 'removeAccount', id: 'alice' }, eventOf('2', { accountId: 'alice' }));
    assert.deepEqual(await idsOf(world, { account: 'alice' }), ['2', '1']);
    assert.deepEqual(await world.findings(), []);
  });

  test('an event that is noted again is still one', async (world) => {
    await note(world, eventOf('1', { accountId: 'alice' }));
    await note(world, eventOf('1', { accountId: 'alice' }));
    assert.deepEqual(await idsOf(world), ['1']);
    assert.deepEqual(await idsOf(world, { account: 'alice' }), ['1']);
  });
}

/** One of each mutation, each of which has an effect. */
async function applyAll(world: World, commit: (mutation: Mutation) => Promise<Committed>): Promise<void> {
  const { rows } = world.engine;
  const owner = { owner: 'alice', ownerCanonicalId: CANONICAL };
  await commit({ type: 'putAccount', account: accountOf('alice'), replace: false });
  await commit({ type: 'putKey', key: keyOf('K', 'alice'), replace: false });
  await commit({ type: 'removeKey', accessKeyId: 'K' });
  await commit({ type: 'noteAudit', event: eventOf('000') });
  const [id, versioning] = ['id', 'unversioned'] as const;
  const bucket = { id, name: 'bucket', ...owner, region: 'us-east-1', createdAt: 1, acl: PRIVATE, configuration: {} };
  const { revision } = await commit({ type: 'createBucket', bucket: { ...bucket, versioning } });
  await commit({ type: 'updateBucket', bucket: { ...bucket, versioning }, expect: revision });
  const place = { bucketId: id, key: 'k', versioning };
  await commit({ type: 'putVersion', ...place, draft: draftOf(await world.body(Buffer.from('abc'))) });
  const { version } = await rows.getTarget({ bucket: 'bucket', key: 'k' });
  assert(version !== undefined);
  await commit({ type: 'updateVersion', bucketId: id, version, expect: version.revision });
  await commit({ type: 'removeNull', ...place });
  await commit({ type: 'removeNull', ...place });
  await commit({ type: 'putVersion', ...place, draft: draftOf(undefined) });
  const marker = (await rows.getTarget({ bucket: 'bucket', key: 'k' })).version;
  assert(marker !== undefined);
  const { versionId, revision: expect } = marker;
  await commit({ type: 'removeVersion', bucketId: id, key: 'k', versionId, expect });
  await uploadAll(world, place, commit);
  await commit({ type: 'removeNull', ...place });
  await commit({ type: 'deleteBucket', bucketId: id, name: 'bucket' });
  await commit({ type: 'removeAccount', id: 'alice' });
}

async function uploadAll(
  world: World,
  place: { readonly bucketId: string; readonly key: string; readonly versioning: 'unversioned' },
  commit: (mutation: Mutation) => Promise<Committed>,
): Promise<void> {
  const { bucketId, key } = place;
  const owner = { owner: 'alice', ownerCanonicalId: CANONICAL };
  const rest = { ...owner, acl: PRIVATE, initiatedAt: 5, headers: { userMetadata: new Map<string, string>() } };
  const etag = 'd41d8cd98f00b204e9800998ecf8427e';
  for (const uploadId of ['u1', 'u2']) {
    await commit({ type: 'createUpload', upload: { bucketId, key, uploadId, ...rest } });
    const body = await world.body(Buffer.from('part'));
    const part = { number: 1, size: body.size, etag, modifiedAt: 6, body };
    await commit({ type: 'putPart', bucketId, key, uploadId, part });
  }
  await commit({ type: 'abortUpload', bucketId, key, uploadId: 'u1' });
  const { body: _body, ...draft } = draftOf(undefined, { kind: 'object', etag: `${etag}-1`, size: 4, uploadId: 'u2' });
  await commit({ type: 'completeUpload', ...place, uploadId: 'u2', parts: [{ number: 1, etag }], draft });
}

const usesOf = async ({ engine }: World, ...ids: string[]) => Object.fromEntries(await engine.rows.getKeyUses(ids));

export function keyUseContract(test: Test): void {
  test('the latest use of a key is kept, whatever order they come in', async (world) => {
    await world.account('alice');
    for (const id of ['K1', 'K2', 'K3']) {
      await world.engine.rows.commit({ type: 'putKey', key: keyOf(id, 'alice'), replace: false });
    }
    assert.deepEqual(await usesOf(world, 'K1', 'K2', 'K3'), {});
    const { rows } = world.engine;
    await rows.noteKeyUses(
      new Map([
        ['K1', 1_700_000_000_500],
        ['K2', 7],
      ]),
    );
    await rows.noteKeyUses(
      new Map([
        ['K1', 1_700_000_000_400],
        ['K2', 8],
      ]),
    );
    await rows.noteKeyUses(new Map());
    assert.deepEqual(await usesOf(world, 'K1', 'K2', 'K3'), { K1: 1_700_000_000_500, K2: 8 });
    assert.deepEqual(await usesOf(world, 'K2', 'K9'), { K2: 8 });
    assert.deepEqual(await usesOf(world), {});
    await world.reopen();
    assert.deepEqual(await usesOf(world, 'K1', 'K2'), { K1: 1_700_000_000_500, K2: 8 });
  });

  test('who used a key last is kept with the latest use that tells, and goes with the key', async (world) => {
    await world.account('alice');
    const put = (id: string) => world.engine.rows.commit({ type: 'putKey', key: keyOf(id, 'alice'), replace: false });
    for (const id of ['K1', 'K2', 'K3']) await put(id);
    const { rows } = world.engine;
    const clients = async (...ids: string[]) => Object.fromEntries(await world.engine.rows.getKeyClients(ids));
    const [first, second] = [{ from: '192.0.2.7', agent: 'rclone/v1.70 é' }, { from: '2001:db8::1' }];
    await rows.noteKeyUses(new Map([['K1', 5]]), new Map([['K1', first]]));
    await rows.noteKeyUses(new Map([['K2', 5]]));
    assert.deepEqual(await clients('K1', 'K2', 'K3', 'K9'), { K1: first });
    await rows.noteKeyUses(
      new Map([
        ['K1', 4],
        ['K2', 6],
      ]),
      new Map([
        ['K1', second],
        ['K2', second],
        ['K3', second],
      ]),
    );
    await rows.noteKeyUses(new Map([['K1', 7]]));
    await world.reopen();
    assert.deepEqual(await clients('K1', 'K2', 'K3'), { K1: first, K2: second });
    assert.deepEqual(await usesOf(world, 'K1', 'K2'), { K1: 7, K2: 6 });
    await world.engine.rows.commit({ type: 'removeKey', accessKeyId: 'K1' });
    await put('K1');
    assert.deepEqual(Object.fromEntries(await world.engine.rows.getKeyClients(['K1'])), {});
    assert.deepEqual(await world.findings(), []);
  });

  test('the use of a key that is not there is passed over, and the others are kept', async (world) => {
    await world.account('alice');
    await world.engine.rows.commit({ type: 'putKey', key: keyOf('K1', 'alice'), replace: false });
    await world.engine.rows.noteKeyUses(
      new Map([
        ['K0', 5],
        ['K1', 6],
        ['K2', 7],
      ]),
    );
    assert.deepEqual(await usesOf(world, 'K0', 'K1', 'K2'), { K1: 6 });
    await world.engine.rows.commit({ type: 'putKey', key: keyOf('K2', 'alice'), replace: false });
    assert.deepEqual(await usesOf(world, 'K2'), {});
    assert.deepEqual(await world.findings(), []);
  });

  test('the use of a key goes with the key, and with its account, and stays while it is replaced', async (world) => {
    const { rows } = world.engine;
    await world.account('alice');
    await world.account('bob');
    const put = (id: string, owner: string, replace = false) =>
      rows.commit({ type: 'putKey', key: keyOf(id, owner), replace });
    for (const [id, owner] of [
      ['K1', 'alice'],
      ['K2', 'alice'],
      ['K3', 'bob'],
    ] as const)
      await put(id, owner);
    await rows.noteKeyUses(
      new Map([
        ['K1', 5],
        ['K2', 6],
        ['K3', 7],
      ]),
    );
    await put('K1', 'alice', true);
    assert.deepEqual(await usesOf(world, 'K1'), { K1: 5 });
    await rows.commit({ type: 'removeKey', accessKeyId: 'K1' });
    await put('K1', 'alice');
    assert.deepEqual(await usesOf(world, 'K1', 'K2', 'K3'), { K2: 6, K3: 7 });
    await rows.commit({ type: 'removeAccount', id: 'alice' });
    await world.account('alice');
    await put('K2', 'alice');
    assert.deepEqual(await usesOf(world, 'K1', 'K2', 'K3'), { K3: 7 });
    assert.deepEqual(await world.findings(), []);
  });
}

const refusalOf = (world: World, requestId: string, over: Partial<Refusal> = {}): Refusal => ({
  requestId,
  at: world.clock.time,
  accounts: ['alice'],
  record: `{"of":"${requestId}"}`,
  ...over,
});

export function refusalContract(test: Test): void {
  test('a refused request is found by its id, whole', async (world) => {
    const { rows } = world.engine;
    const record = JSON.stringify({ key: 'è\u{1f600}"', long: 'x'.repeat(16_000) });
    const refusals = [
      refusalOf(world, 'R1', { accounts: [] }),
      refusalOf(world, 'R2', { accounts: ['alice', 'bob'], record }),
      refusalOf(world, 'R22', { record: '' }),
    ];
    await rows.noteRefusals(refusals);
    for (const refusal of refusals) assert.deepEqual(await rows.getRefusal(refusal.requestId), refusal);
    for (const id of ['R', 'R222', 'r1', 'R1 ']) assert.equal(await rows.getRefusal(id), undefined);
    await rows.noteRefusals([]);
    assert.deepEqual(await world.findings(), []);
  });

  test('of two refusals with one id the last is told', async (world) => {
    const { rows } = world.engine;
    const last = refusalOf(world, 'R1', { record: 'last', accounts: ['bob'] });
    await rows.noteRefusals([refusalOf(world, 'R1'), refusalOf(world, 'R1', { record: 'second' })]);
    assert.equal((await rows.getRefusal('R1'))?.record, 'second');
    await rows.noteRefusals([last, refusalOf(world, 'R2')]);
    assert.deepEqual(await rows.getRefusal('R1'), last);
    assert.deepEqual(await world.findings(), []);
  });

  test('the newest refusals are there, however many came before', async (world) => {
    const { rows } = world.engine;
    const all = Array.from({ length: 3 * NEWEST_REFUSALS }, (_, at) =>
      refusalOf(world, `R${at % 140}`, { at: at + world.clock.time }),
    );
    for (let at = 0; at < all.length; at += 30) await rows.noteRefusals(all.slice(at, at + 30));
    for (const refusal of all.slice(-NEWEST_REFUSALS)) {
      assert.deepEqual(await rows.getRefusal(refusal.requestId), refusal);
    }
    assert.deepEqual(await world.findings(), []);
  });

  test('a refusal is told for a week', async (world) => {
    const { rows } = world.engine;
    const early = refusalOf(world, 'early');
    await rows.noteRefusals([early]);
    world.clock.time += WEEK_MS / 2;
    const late = refusalOf(world, 'late');
    await rows.noteRefusals([late]);
    world.clock.time += WEEK_MS / 2 - 1000;
    assert.deepEqual(await rows.getRefusal('early'), early);
    world.clock.time += 2000;
    assert.equal(await rows.getRefusal('early'), undefined);
    assert.deepEqual(await rows.getRefusal('late'), late);
    await rows.noteRefusals([refusalOf(world, 'next')]);
    assert.equal(await rows.getRefusal('early'), undefined);
    assert.deepEqual(await rows.getRefusal('late'), late);
    assert.deepEqual(await world.findings(), []);
  });
}
