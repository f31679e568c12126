/**
 * Who may do what, with several front ends over one store: what is taken away from a key or an account is taken away at the
 * next request, whichever front end gets it; and whenever a front end dies, no change is without its audit event.
 */

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { sharedRing } from '../../scripts/testing/shared-ring.ts';
import { systemClock } from '../../src/base/clock.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { systemRandom } from '../../src/base/random.ts';
import { auditId } from '../../src/model/audit.ts';
import type { AccessKey, Account, AuditEvent, Bucket } from '../../src/model/entities.ts';
import { Conflict, type Engine, type Identity, type Mutation, Unavailable } from '../../src/store/port.ts';
import { accountOf, keyOf, PRIVATE } from '../contract/engine/world.ts';
import { Death } from '../support/dying-sessions.ts';
import { createOwnStore, type OwnStore } from '../support/own-store.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { hostOf, rawRequest, signV4 } from '../support/signer.ts';

const REGION = 'us-east-1';
const place = sharedRing();
const skip = place === undefined ? 'npm test starts a ring' : false;

let own: OwnStore;
let first: Engine;
let second: Engine;
let names = 0;
const fresh = (): string => `n${++names}`;

before(async () => {
  if (place === undefined) return;
  own = await createOwnStore(place, REGION);
  first = await own.open();
  second = await own.open();
});

after(async () => {
  if (place === undefined) return;
  await first.close();
  await second.close();
  await own.remove();
});

// ------------------------------------------------------------------------------------------------------ short ways

const putAccount = (front: Engine, account: Account, replace = false) =>
  front.rows.commit({ type: 'putAccount', account, replace });
const putKey = (front: Engine, key: AccessKey, replace = false) => front.rows.commit({ type: 'putKey', key, replace });

function eventOf(action: string, target: string, accountId: string): AuditEvent {
  const at = systemClock.now();
  const id = auditId(at, systemRandom);
  return { id, at, actor: { kind: 'local' }, action, target, accountId, from: 'local', details: { target } };
}

interface Person {
  readonly account: Account;
  readonly key: AccessKey;
}

/** An account with a key, which both front ends have met. */
async function person(): Promise<Person> {
  const name = fresh();
  const made = { account: accountOf(name), key: keyOf(`K-${name}`, name) };
  await putAccount(first, made.account);
  await putKey(first, made.key);
  for (const front of [first, second, first, second])
    assert.deepEqual(await front.rows.getIdentity(made.key.accessKeyId), made);
  return made;
}

suite('access with several front ends', { skip }, () => {
  test('rule 12: what one front end takes away is gone at the next request, whichever front end gets it', async () => {
    const scope = { resources: [{ bucket: 'b', prefix: 'a/' }], actions: 'read-only', networks: [] } as const;
    const changes: readonly [string, (of: Person) => Promise<unknown>, (of: Person) => Identity | undefined][] = [
      [
        'a key is revoked',
        ({ key }) => putKey(first, { ...key, state: 'revoked' }, true),
        ({ account, key }) => ({ account, key: { ...key, state: 'revoked' } }),
      ],
      [
        'a key ends',
        ({ key }) => putKey(first, { ...key, expiresAt: 5 }, true),
        ({ account, key }) => ({ account, key: { ...key, expiresAt: 5 } }),
      ],
      [
        'a key is narrowed',
        ({ key }) => putKey(first, { ...key, scope }, true),
        ({ account, key }) => ({ account, key: { ...key, scope } }),
      ],
      [
        'a key is removed',
        ({ key }) => first.rows.commit({ type: 'removeKey', accessKeyId: key.accessKeyId }),
        () => undefined,
      ],
      [
        'its account is suspended',
        ({ account }) => putAccount(first, { ...account, state: 'suspended' }, true),
        ({ account, key }) => ({ account: { ...account, state: 'suspended' }, key }),
      ],
      [
        'its sessions are ended',
        ({ account }) => putAccount(first, { ...account, sessionsFrom: 7, passwordHash: 'h' }, true),
        ({ account, key }) => ({ account: { ...account, sessionsFrom: 7, passwordHash: 'h' }, key }),
      ],
      [
        'its account is removed',
        ({ account }) => first.rows.commit({ type: 'removeAccount', id: account.id }),
        () => undefined,
      ],
    ];
    for (const [what, change, expected] of changes) {
      const one = await person();
      const busy = new AbortController();
      // Requests with the key go on meanwhile, so that whatever may be remembered is.
      const asking = [first, second].map(async (front) => {
        while (!busy.signal.aborted) await front.rows.getIdentity(one.key.accessKeyId);
      });
      await change(one);
      const answers = await Promise.all([second, first].map((front) => front.rows.getIdentity(one.key.accessKeyId)));
      busy.abort();
      await Promise.all(asking);
      assert.deepEqual(answers, [expected(one), expected(one)], what);
      for (const front of [second, first]) {
        assert.deepEqual(await front.rows.getIdentity(one.key.accessKeyId), expected(one), what);
      }
    }
  });

  test('rule 12: a front end that another asked to revoke a key refuses the very next request with it', async (t) => {
    const server = await startTestServer({ engine: first });
    const other = await startTestServer({ engine: second, beside: server });
    t.after(async () => {
      await other.stop();
      await server.stop();
    });
    const get = async ({ origin }: TestServer, { accessKeyId, secret }: { accessKeyId: string; secret: string }) => {
      const credentials = { accessKeyId, secretAccessKey: secret };
      const headers = signV4({
        credentials,
        method: 'GET',
        target: '/',
        headers: { host: hostOf(origin) },
        payload: '',
      });
      const { status, body } = await rawRequest({ origin, method: 'GET', target: '/', headers });
      return `${status} ${/<Code>(\w+)/.exec(body.toString())?.[1] ?? ''}`;
    };
    for (const [refusal, change] of [
      ['403 InvalidAccessKeyId', ({ key }) => putKey(first, { ...key, state: 'revoked' }, true)],
      ['403 AccessDenied', ({ account }) => putAccount(first, { ...account, state: 'suspended' }, true)],
    ] satisfies [string, (of: Person) => Promise<unknown>][]) {
      const who = await server.addAccount(fresh());
      for (const one of [server, other, server, other]) assert.equal(await get(one, who), '200 ');
      await change(who);
      assert.equal(await get(other, who), refusal);
      assert.equal(await get(server, who), refusal);
    }
  });

  test('rule 37: whenever a front end dies, a change that others see has its event', async () => {
    const account = accountOf(fresh());
    await putAccount(first, account);
    const kinds: readonly [string, (name: string) => Mutation, (name: string) => Promise<boolean>][] = [
      [
        'key.create',
        (name) => ({ type: 'putKey', key: keyOf(name, account.id), replace: false }),
        async (name) => (await second.rows.getIdentity(name)) !== undefined,
      ],
      [
        'account.create',
        (name) => ({ type: 'putAccount', account: accountOf(name), replace: false }),
        async (name) => (await second.rows.getAccount({ id: name })) !== undefined,
      ],
    ];
    for (const [action, mutation, isMade] of kinds) {
      for (let step = 1; ; step++) {
        const name = fresh();
        const event = eventOf(action, name, account.id);
        const death = new Death(step);
        const dying = await own.open(death.sessions);
        const outcome = await dying.rows.commit(mutation(name), event).then(
          () => 'done',
          (error: unknown) => (error instanceof Unavailable ? 'unavailable' : assert.fail(String(error))),
        );
        await dying.close().catch((error: unknown) => assert(error instanceof Unavailable));
        const [made, told] = [await isMade(name), await second.rows.scanAudit({ account: account.id, limit: 1 })];
        if (made || outcome === 'done') assert.deepEqual(told, [event], `${action}, death after ${step}`);
        if (death.happened) continue;
        assert.deepEqual([outcome, made], ['done', true]);
        assert.ok(step > 3, 'some deaths');
        break;
      }
    }
  });

  test('events of two front ends are in one trail, and those of refused changes in none', async () => {
    const account = accountOf(fresh());
    const events = [eventOf('account.create', account.name, account.id), eventOf('key.create', 'K', account.id)];
    const [created = assert.fail(), keyed = assert.fail()] = events;
    await first.rows.commit({ type: 'putAccount', account, replace: false }, created);
    await assert.rejects(
      second.rows.commit(
        { type: 'putAccount', account, replace: false },
        eventOf('account.create', account.name, account.id),
      ),
      Conflict,
    );
    const key = keyOf(fresh(), account.id);
    await second.rows.commit({ type: 'putKey', key, replace: false }, keyed);
    const signIn = eventOf('signin', account.name, account.id);
    await first.rows.commit({ type: 'noteAudit', event: signIn });
    for (const front of [first, second]) {
      const told = await front.rows.scanAudit({ account: account.id, limit: 10 });
      assert.deepEqual(
        told,
        [...events, signIn].toSorted((a, b) => (a.id < b.id ? 1 : -1)),
      );
      const page = await front.rows.scanAudit({ limit: 2, before: told[0]?.id ?? '' });
      assert.deepEqual(page.length, 2);
      assert.ok(page.every(({ id }) => id < (told[0]?.id ?? '')));
    }
  });

  test('the latest use of a key counts, whichever front end notes it last; a key made anew has none', async () => {
    const { key, account } = await person();
    const id = key.accessKeyId;
    const used = async () => (await second.rows.getKeyUses([id, 'nobody'])).get(id);
    assert.equal(await used(), undefined);
    await first.rows.noteKeyUses(new Map([[id, 2000]]));
    await second.rows.noteKeyUses(new Map([[id, 1000] as const, ['nobody', 5] as const]));
    assert.equal(await used(), 2000);
    await putKey(first, { ...key, label: 'x' }, true);
    assert.equal(await used(), 2000, 'a change of the key is no other key');
    await first.rows.commit({ type: 'removeKey', accessKeyId: id });
    await second.rows.noteKeyUses(new Map([[id, 9000]]));
    assert.equal(await used(), undefined);
    await putKey(second, keyOf(id, account.id));
    assert.equal(await used(), undefined);
    await second.rows.noteKeyUses(new Map([[id, 500]]));
    assert.equal(await used(), 500);
  });

  test('a refusal can be explained through any front end, and expires after its days', async () => {
    const refusals = ['r1', 'r2'].map((requestId) => ({
      requestId,
      at: systemClock.now(),
      accounts: ['a'],
      record: '{"é":1}',
    }));
    await first.rows.noteRefusals(refusals);
    assert.deepEqual(await second.rows.getRefusal('r2'), refusals[1]);
    assert.equal(await second.rows.getRefusal('r3'), undefined);
    const { rows } = await own.client.execute(`SELECT TTL(v) AS ttl FROM ${own.regionKeyspace}.refusal`);
    assert.equal(rows?.length, 2);
    for (const { ttl } of rows ?? []) assert.ok(Math.abs(Number(ttl) - LIMITS.refusalDays * 86_400) < 600, String(ttl));
  });

  test('what is configured of a bucket stays through changes of its ACL and versioning', async () => {
    const account = accountOf(fresh());
    await putAccount(first, account);
    const configuration = { policy: '{"Statement":[] }', cors: '', requestPayment: '{"payer":"Requester"}' };
    const bucket: Omit<Bucket, 'revision'> = {
      ...{ id: `id-${account.name}`, name: account.name, owner: account.id, ownerCanonicalId: account.canonicalId },
      ...{ region: REGION, createdAt: 1, versioning: 'unversioned', acl: PRIVATE, configuration: {} },
    };
    let { revision } = await first.rows.commit({ type: 'createBucket', bucket });
    const steps: readonly Partial<Bucket>[] = [
      { configuration },
      { configuration, versioning: 'enabled' },
      { configuration, versioning: 'suspended', acl: { owner: account.canonicalId, grants: [] } },
      { configuration: { cors: '' }, versioning: 'suspended' },
    ];
    for (const step of steps) {
      const changed = { type: 'updateBucket', bucket: { ...bucket, ...step }, expect: revision } as const;
      ({ revision } = await second.rows.commit(changed, eventOf('bucket.PutBucketPolicy', bucket.name, account.id)));
      for (const query of [{ bucket: bucket.name }, { bucket: bucket.name, key: 'k' }]) {
        const { bucket: read } = await first.rows.getTarget(query);
        assert.deepEqual(read, { ...bucket, ...step, revision });
      }
      const [listed] = await first.rows.scanBuckets({ owner: account.id, limit: 1 });
      assert.deepEqual(listed?.configuration, step.configuration);
    }
  });
});
