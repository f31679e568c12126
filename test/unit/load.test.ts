/**
 * The load and the judge together, on one server: a store that keeps its promises is found innocent, and each way of
 * breaking them is found out.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Body, ObjectVersion } from '../../src/model/entities.ts';
import type { Engine, Mutation, Target, TargetQuery } from '../../src/store/port.ts';
import { judge } from '../support/linearizability.ts';
import { type Load, MIX, type Mix, startLoad } from '../support/load.ts';
import { createMemoryEngine } from '../support/memory-engine.ts';
import { startTestServer } from '../support/server.ts';
import { signedRequest, targetOf } from '../support/signer.ts';

const KEYS = ['a', 'b/c', 'd'];
const BUCKET = 'load';
/** Operations that are enough to meet what is wrong. */
const OPERATIONS = 1_500;

/** Two servers over one engine under load; `wrap` may break what they see. */
async function underLoad(wrap: (engine: Engine) => Engine, mix: Mix = MIX): Promise<Load> {
  const inner = createMemoryEngine();
  const engine = wrap(inner);
  const first = await startTestServer({ engine: inner });
  const servers = [first, await startTestServer({ engine, beside: first })];
  try {
    const { accessKeyId, secret } = await first.addAccount('alice');
    const credentials = { accessKeyId, secretAccessKey: secret };
    const created = await signedRequest({ origin: first.origin, credentials, method: 'PUT', target: targetOf(BUCKET) });
    assert.equal(created.status, 200);
    const origins = servers.map(({ origin }) => origin);
    const load = startLoad({
      origins,
      credentials,
      bucket: BUCKET,
      keys: KEYS,
      workers: 6,
      seed: 7,
      sizes: [0, 50, 70_000],
      mix,
    });
    while (load.history.length < OPERATIONS) await sleep(5);
    await load.stop();
    await load.lookAtAll();
    return load;
  } finally {
    for (const server of servers) await server.stop();
    await inner.close();
  }
}

/** The engine with one of its calls answered otherwise. */
function broken(
  engine: Engine,
  change: {
    readonly commit?: (mutation: Mutation) => Promise<Awaited<ReturnType<Engine['rows']['commit']>>>;
    readonly getTarget?: (query: TargetQuery) => Promise<Target>;
    readonly scanCurrent?: () => Promise<readonly ObjectVersion[]>;
    readonly read?: (body: Body, start: number, end: number) => AsyncIterable<Uint8Array>;
  },
): Engine {
  const over = <T extends object>(target: T, changes: object): T =>
    new Proxy(target, {
      get(object, name) {
        const changed: unknown = Reflect.get(changes, name);
        const value: unknown = changed ?? Reflect.get(object, name);
        return typeof value === 'function' ? value.bind(changed === undefined ? object : undefined) : value;
      },
    });
  const { read, ...rows } = change;
  return { ...engine, rows: over(engine.rows, rows), blobs: over(engine.blobs, read === undefined ? {} : { read }) };
}

/** True once in so many times. */
function oneIn(times: number): () => boolean {
  let count = 0;
  return () => {
    count += 1;
    return count % times === 0;
  };
}

test('a store that keeps its promises is found innocent', async () => {
  const load = await underLoad((engine) => engine);
  assert.deepEqual(load.complaints, []);
  assert.deepEqual(judge(load.history), []);
  const types = new Set(
    load.history.map(({ action }) => `${action.type} ${'outcome' in action ? action.outcome : ''}`),
  );
  for (const wanted of ['put applied', 'delete applied', 'create applied', 'create refused', 'replace applied', 'get '])
    assert(types.has(wanted), `${wanted}: ${[...types]}`);
});

test('an acknowledged write that is not made is found out', async () => {
  const lose = oneIn(10);
  const load = await underLoad((engine) =>
    broken(engine, {
      commit: async (mutation) => {
        if (mutation.type === 'putVersion' && lose()) return { versionId: 'null', isNull: true, revision: 'lost' };
        return engine.rows.commit(mutation);
      },
    }),
  );
  assert.notDeepEqual(judge(load.history), []);
});

test('a read that is answered from memory is found out', async () => {
  const known = new Map<string, Target>();
  const remember = oneIn(10);
  const load = await underLoad((engine) =>
    broken(engine, {
      getTarget: async (query) => {
        const name = `${query.bucket}/${query.key}`;
        const stale = known.get(name);
        if (query.withBody === true && stale !== undefined && remember()) return stale;
        const target = await engine.rows.getTarget(query);
        if (query.withBody === true) known.set(name, target);
        return target;
      },
    }),
  );
  assert.notDeepEqual(judge(load.history), []);
});

test('a condition that is not checked is found out', async () => {
  // Only two conditional writes that cross show it: most of the load is those, and each is open for long enough to be met.
  const load = await underLoad(
    (engine) =>
      broken(engine, {
        commit: async (mutation) => {
          if (mutation.type !== 'putVersion') return engine.rows.commit(mutation);
          const { expect: _ignored, ...rest } = mutation;
          await sleep(5);
          return engine.rows.commit(rest);
        },
      }),
    { ...MIX, delete: 30, create: 40, replace: 40 },
  );
  assert.notDeepEqual(judge(load.history), []);
});

test('a listing that lags behind is found out', async () => {
  let last: readonly ObjectVersion[] = [];
  const load = await underLoad((engine) =>
    broken(engine, {
      scanCurrent: async (...query: readonly unknown[]) => {
        const before = last;
        last = await Reflect.apply(engine.rows.scanCurrent, engine.rows, query);
        return before;
      },
    }),
  );
  assert.notDeepEqual(judge(load.history), []);
});

test('a body that is mixed of two is found out', async () => {
  const mix = oneIn(20);
  const load = await underLoad((engine) =>
    broken(engine, {
      read: async function* (body, start, end) {
        const wrong = mix();
        for await (const piece of engine.blobs.read(body, start, end)) {
          const copy = Buffer.from(piece);
          if (wrong && copy.length > 100) copy.fill(0, copy.length - 50);
          yield copy;
        }
      },
    }),
  );
  assert.match(load.complaints.join('\n'), /bytes that nobody wrote/);
});
