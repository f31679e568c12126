/**
 * A program that fills a store until the system refuses: `embedded-full.ts DIRECTORY`, to be run with a limit on file sizes.
 * Then it makes room and goes on. Says on its last line what was acknowledged and what was not.
 */

import { argv, stdout } from 'node:process';
import { systemRandom } from '../../src/base/random.ts';
import { openEmbedded } from '../../src/store/embedded/engine.ts';
import { Unavailable } from '../../src/store/port.ts';
import { bytesOf, TestClock, World } from '../contract/engine/world.ts';
import { KILL_LIMITS } from './kill-protocol.ts';

const [, , path = ''] = argv;
const clock = new TestClock();
const limits = { ...KILL_LIMITS, inlineBytes: 32_768 };
const engine = await openEmbedded({ path, limits, clock, random: systemRandom });
const { blobGraceMs: graceMs, inlineBytes } = limits;
const world = new World({ engine, clock, graceMs, inlineBytes, close: () => engine.close() });
const bucket = await world.bucket();

const acknowledged: string[] = [];
const refused: string[] = [];

async function put(key: string): Promise<void> {
  try {
    await world.put(bucket, key, bytesOf(20_000));
    acknowledged.push(key);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    refused.push(key);
  }
}

for (let round = 0; refused.length < 40; round++) {
  await Promise.all(Array.from({ length: 8 }, (_, index) => put(`${round}-${index}`)));
}
for (const key of acknowledged.splice(0, 40)) await world.removeNull(bucket, key);
await put('again');
await engine.close();
stdout.write(`${JSON.stringify({ acknowledged, refused })}\n`);
