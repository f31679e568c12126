/**
 * Three front ends with clocks that differ by seconds, racing on few keys of a real cluster: blind puts and deletes,
 * creations, replacements and updates of what is there. What they saw must be what one register could have answered.
 */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, suite, test } from 'node:test';
import { sharedRing } from '../../scripts/testing/shared-ring.ts';
import type { Clock } from '../../src/base/clock.ts';
import type { Bucket } from '../../src/model/entities.ts';
import { globalKeyspace, regionKeyspace } from '../../src/store/cassandra/database/tables.ts';
import { TUNING } from '../../src/store/cassandra/tuning.ts';
import { Conflict, type Engine, Unavailable } from '../../src/store/port.ts';
import { accountOf, CANONICAL, draftOf, PRIVATE, piecesOf } from '../contract/engine/world.ts';
import { type CassandraStore, clientOf, createStore, openStore } from '../support/cassandra.ts';
import { type Action, judge, type Operation } from '../support/linearizability.ts';

const REGION = 'us-east-1';
const SKEWS_MS = [0, -5000, 5000];
const KEYS = ['a', 'b'];
/** Of each client; there are two at each front end. */
const OPERATIONS = 20;
const BUCKET = { id: 'id-races', name: 'races', owner: 'alice', ownerCanonicalId: CANONICAL } as const;

const place = sharedRing();

suite('races of front ends with different clocks', { skip: place === undefined && 'no ring in this run' }, () => {
  if (place === undefined) return;
  const store: CassandraStore = {
    ...{ place, prefix: `t${randomBytes(5).toString('hex')}`, tuning: TUNING, limits: {} },
    regions: { [REGION]: [place.dataCentre] },
  };
  const client = clientOf(place);
  after(async () => {
    await client.execute(`DROP KEYSPACE IF EXISTS ${globalKeyspace(store.prefix)}`);
    await client.execute(`DROP KEYSPACE IF EXISTS ${regionKeyspace(store.prefix, REGION)}`);
    await client.shutdown();
  });

  test('are explained by some order of their operations, and leave each key one version', async () => {
    await createStore(client, store, 1);
    const engines = await Promise.all(SKEWS_MS.map((skewMs) => openStore(store, skewed(skewMs))));
    try {
      const [engine] = engines;
      assert(engine !== undefined);
      const bucket = await makeBucket(engine);
      const done: Operation[] = [];
      const clients = [...engines, ...engines].map((one, index) => load(one, bucket, { index, done }));
      await Promise.all(clients);
      for (const key of KEYS) {
        await record(done, key, 'last', async () => ({ type: 'get', found: (await look(engine, key)).value }));
      }
      assert(done.length > clients.length * OPERATIONS * 0.8, 'most operations say something');
      assert.deepEqual(judge(done), []);
      const versions = await engine.rows.scanVersions(bucket.id, undefined, 100);
      const current = await engine.rows.scanCurrent(bucket.id, undefined, 100);
      assert.deepEqual(versions, current);
    } finally {
      for (const engine of engines) await engine.close();
    }
  });
});

const skewed = (skewMs: number): Clock => ({ now: () => Date.now() + skewMs, monotonic: () => performance.now() });

async function makeBucket({ rows }: Engine): Promise<Bucket> {
  await rows.commit({ type: 'putAccount', account: accountOf('alice'), replace: false });
  const bucket = {
    ...BUCKET,
    region: REGION,
    createdAt: 1,
    versioning: 'unversioned',
    acl: PRIVATE,
    configuration: {},
  } as const;
  const { revision } = await rows.commit({ type: 'createBucket', bucket });
  return { ...bucket, revision };
}

async function load(
  engine: Engine,
  bucket: Bucket,
  { index, done }: { readonly index: number; readonly done: Operation[] },
): Promise<void> {
  for (let number = 0; number < OPERATIONS; number++) {
    const [random = 0] = randomBytes(1);
    const key = KEYS[number % KEYS.length] ?? '';
    const value = `${index}.${number}`;
    await record(done, key, String(index), () => act(engine, bucket, { key, value, what: random % 6 }));
  }
}

async function record(
  done: Operation[],
  key: string,
  client: string,
  work: () => Promise<Action | undefined>,
): Promise<void> {
  const start = performance.now();
  const action = await work();
  if (action !== undefined) done.push({ key, client, start, end: performance.now(), action });
}

async function look({ rows }: Engine, key: string) {
  const { version, revision } = await rows.getTarget({ bucket: BUCKET.name, key });
  return { version, revision, value: version?.etag };
}

/** The value is the ETag. Undefined: it surely did nothing. */
async function act(
  engine: Engine,
  { id: bucketId, versioning }: Bucket,
  { key, value, what }: { readonly key: string; readonly value: string; readonly what: number },
): Promise<Action | undefined> {
  const { rows, blobs } = engine;
  const at = { bucketId, key, versioning };
  const put = async (expect?: string) => {
    const body = await blobs.write(piecesOf(Buffer.from(value)), undefined);
    const draft = draftOf(body, { etag: value });
    return rows.commit({ type: 'putVersion', ...at, draft, ...(expect !== undefined && { expect }) });
  };
  if (what === 0) return outcome({ type: 'put', value }, put());
  if (what === 1) return outcome({ type: 'delete' }, rows.commit({ type: 'removeNull', ...at }));
  const { version, revision, value: base } = await look(engine, key);
  if (what === 2) return { type: 'get', found: base };
  if (version === undefined || base === undefined) return outcome({ type: 'create', value }, put(revision));
  if (what === 3) return outcome({ type: 'replace', base, value }, put(revision));
  const changed = { ...version, etag: value };
  const update = { type: 'updateVersion', bucketId, version: changed, expect: version.revision } as const;
  return outcome({ type: 'replace', base, value }, rows.commit(update));
}

type Change = Extract<Action, { outcome: unknown }>;
type Asked<T> = T extends Change ? Omit<T, 'outcome'> : never;

async function outcome(asked: Asked<Change>, done: Promise<unknown>): Promise<Action | undefined> {
  const is = (what: Change['outcome']) => ({ ...asked, outcome: what }) as Change;
  try {
    await done;
    return is('applied');
  } catch (error) {
    if (error instanceof Conflict && error.what === 'revision') return is('refused');
    if (!(error instanceof Unavailable)) throw error;
    return error.mayHaveApplied ? is('unknown') : undefined;
  }
}
