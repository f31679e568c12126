/**
 * Random lists of S3 requests: a small model of S3 in memory and Moraine over each engine give the same answers, and the same
 * state at the end.
 *
 * S3_MODEL_COMMANDS sets about how many commands are tried, S3_MODEL_SEED which; a failure prints the
 * seed and the shortest list.
 */

import { strict as assert } from 'node:assert';
import { env } from 'node:process';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Clock } from '../../src/base/clock.ts';
import { ENGINES } from '../support/engines.ts';
import { EPOCH } from './s3-answers.ts';
import { S3Model } from './s3-model.ts';
import { MoraineServers } from './s3-moraine.ts';
import { type Command, commands, Seen, type Store } from './s3-requests.ts';

/** Of one list, on average. */
const COMMANDS = 40;
const RUNS = Math.ceil(Number(env.S3_MODEL_COMMANDS ?? 1000) / COMMANDS);
const SEED = Number(env.S3_MODEL_SEED ?? Date.now() % 1_000_000_000);

/** A second passes with each command. */
class ListClock implements Clock {
  #seconds = 0;
  readonly now = (): number => EPOCH + this.#seconds * 1000;
  readonly seconds = (): number => this.#seconds;
  readonly monotonic = (): number => performance.now();
  restart(): void {
    this.#seconds = 0;
  }
  tick(): void {
    this.#seconds += 1;
  }
}

/** How every list ends: all that is left is looked at. */
const ENDING: readonly Command[] = (['first', 'second'] as const).flatMap((bucket) =>
  (['V1', 'versions', 'uploads'] as const).map((kind) => ({
    do: 'list' as const,
    bucket,
    kind,
    prefix: '',
    delimiter: '',
    after: undefined,
    limit: 1000,
  })),
);

async function history(store: Store, list: readonly Command[], clock: ListClock): Promise<readonly unknown[]> {
  const seen = new Seen();
  const outcomes: unknown[] = [];
  clock.restart();
  for (const command of [CREATE, ...list, ...ENDING]) {
    clock.tick();
    const request = seen.request(command);
    const outcome = request === undefined ? 'no upload' : seen.outcome(request, await store.ask(request));
    outcomes.push([command, outcome]);
  }
  return outcomes;
}

const CREATE: Command = { do: 'createBucket', bucket: 'first' };

for (const engine of ENGINES) {
  const numRuns = engine.name === 'cassandra' ? Math.ceil(RUNS / 4) : RUNS;
  test(`equal answers of the model of S3 and of Moraine over ${engine.name} (S3_MODEL_SEED=${SEED})`, async (t) => {
    const clock = new ListClock();
    const opened = await engine.open();
    const servers = await MoraineServers.start(opened, clock);
    let count = 0;
    try {
      await fc.assert(
        fc.asyncProperty(commands, async (list) => {
          count += list.length;
          const expected = await history(new S3Model(clock.seconds), list, clock);
          const found = await history(servers.list(clock.now), list, clock);
          found.forEach((outcome, at) => {
            assert.deepEqual(outcome, expected[at]);
          });
        }),
        { numRuns, seed: SEED, endOnFailure: false },
      );
      t.diagnostic(`${count} commands without a difference`);
    } finally {
      await servers.stop();
      await opened.close();
    }
  });
}
