/**
 * The engine's own shards under load, on simulated tables: every schedule differs, hundreds run in a minute. `SHARD_ROUNDS`
 * sets how many; the number of a failed one is in its message, but as timers take part it may need several tries.
 */

import assert from 'node:assert/strict';
import { env } from 'node:process';
import { test } from 'node:test';
import { runLoad } from '../support/shard-load.ts';
import { ShardTables } from '../support/shard-tables.ts';

const ROUNDS = Number(env.SHARD_ROUNDS ?? 10);
const FIRST = Number(env.SHARD_SEED ?? 1);

function load(seed: number, blind: boolean) {
  const tables = new ShardTables();
  return runLoad({
    seed,
    sessions: (hooks) => tables.sessions(hooks),
    bucketId: 'b',
    operations: 800,
    pauseMs: 0,
    blind,
  });
}

test('no acknowledged change is lost or shown wrongly while shards move under dying workers', async () => {
  const total: Record<string, number> = {};
  for (let seed = FIRST; seed < FIRST + ROUNDS; seed++) {
    const { problems, counts } = await load(seed, false);
    assert.deepEqual(problems, [], `round ${seed}`);
    for (const [what, count] of Object.entries(counts)) total[what] = (total[what] ?? 0) + count;
  }
  for (const what of ['split', 'merge', 'vacuum', 'modes', 'kept', 'deaths', 'listings'])
    assert.ok((total[what] ?? 0) > 0, `a load without ${what} shows nothing`);
});

test('without the look after the store the load finds what is lost', async () => {
  const { problems } = await load(FIRST, true);
  assert.notEqual(problems.length, 0);
});
