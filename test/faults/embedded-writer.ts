/**
 * A program that shares an embedded store with others and races them: `embedded-writer.ts DIRECTORY NAME ROUNDS`.
 *
 * Raises a counter by conditional puts, claims bucket names, changes a bucket's document with an audit event each time, notes
 * refused requests and the use of a key, and says on its last line what it won.
 */

import { strict as assert } from 'node:assert';
import { argv, stdout } from 'node:process';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { openEmbedded } from '../../src/store/embedded/engine.ts';
import { Conflict } from '../../src/store/port.ts';
import { TestClock, World } from '../contract/engine/world.ts';
import { KILL_LIMITS } from './kill-protocol.ts';

const [, , path = '', name = '', rounds = '1'] = argv;
const engine = await openEmbedded({ path, limits: KILL_LIMITS, clock: systemClock, random: systemRandom });
const { blobGraceMs: graceMs, inlineBytes } = KILL_LIMITS;
const world = new World({ engine, clock: new TestClock(), graceMs, inlineBytes, close: () => engine.close() });
const { bucket } = await engine.rows.getTarget({ bucket: 'counters' });
assert(bucket !== undefined);

let raised = 0;
let lost = 0;
const claimed: string[] = [];
/** Ids of the events of changes that were acknowledged. */
const changed: string[] = [];

async function raise(key: string): Promise<void> {
  assert(bucket !== undefined);
  const { version, revision: expect } = await engine.rows.getTarget({ bucket: 'counters', key, withBody: true });
  const value = version === undefined ? 0 : Number(await world.read(version.body));
  try {
    await world.put(bucket, key, Buffer.from(String(value + 1)), { expect });
    raised++;
  } catch (error) {
    if (!(error instanceof Conflict) || error.what !== 'revision') throw error;
    lost++;
  }
  // What was just acknowledged, by whomever, is what the next read sees at least.
  const after = await engine.rows.getTarget({ bucket: 'counters', key, withBody: true });
  assert(Number(await world.read(after.version?.body)) > value, 'a read went back in time');
}

async function claim(round: number): Promise<void> {
  try {
    await world.bucket(`wanted-${round}`, 'unversioned', 'alice', `id-${name}-${round}`);
    claimed.push(`wanted-${round}`);
  } catch (error) {
    if (!(error instanceof Conflict) || error.what !== 'exists') throw error;
  }
}

async function change(round: number): Promise<void> {
  const { bucket: found } = await engine.rows.getTarget({ bucket: 'counters' });
  assert(found !== undefined);
  const { revision: expect, ...rest } = found;
  const id = `${String(round).padStart(4, '0')}-${name}`;
  const actor = { kind: 'local' } as const;
  const event = { id, at: round, actor, action: 'bucket.change', target: 'counters', from: 'local', details: {} };
  const configuration = { policy: id };
  try {
    await engine.rows.commit(
      { type: 'updateBucket', bucket: { ...rest, configuration }, expect },
      { ...event, accountId: 'alice' },
    );
    changed.push(id);
  } catch (error) {
    if (!(error instanceof Conflict) || error.what !== 'revision') throw error;
  }
}

async function note(round: number): Promise<void> {
  const requestId = `${name}-${round}`;
  await engine.rows.noteRefusals([{ requestId, at: systemClock.now(), accounts: [], record: '{}' }]);
  assert.equal((await engine.rows.getRefusal(requestId))?.requestId, requestId);
  await engine.rows.noteKeyUses(new Map([['K', 1000 + round]]));
}

for (let round = 0; round < Number(rounds); round++) {
  await Promise.all([raise('one'), raise('one'), raise('two'), claim(round), change(round), note(round)]);
}
await engine.close();
stdout.write(`${JSON.stringify({ raised, lost, claimed, changed })}\n`);
