/**
 * A program that works on an embedded store until it is killed, and says on standard output what it begins and what was
 * acknowledged: one JSON line each, written before anything else happens.
 *
 *   node embedded-load.ts DIRECTORY NAME SEED
 *
 * Each lane has keys of its own and does one thing at a time, so that what a key may hold is known at any moment.
 */

import { strict as assert } from 'node:assert';
import { writeSync } from 'node:fs';
import { argv } from 'node:process';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { Bucket } from '../../src/model/entities.ts';
import { openEmbedded } from '../../src/store/embedded/engine.ts';
import { Conflict } from '../../src/store/port.ts';
import { bytesOf, TestClock, World } from '../contract/engine/world.ts';
import { KILL_LIMITS, type Line, placeOf } from './kill-protocol.ts';

const [, , path = '', name = '', seedText = '1', drives = '1'] = argv;
const seed = Number(seedText);
const engine = await openEmbedded({
  ...placeOf(path, Number(drives)),
  limits: KILL_LIMITS,
  clock: systemClock,
  random: systemRandom,
});
const world = new World({
  engine,
  clock: new TestClock(),
  graceMs: KILL_LIMITS.blobGraceMs,
  inlineBytes: KILL_LIMITS.inlineBytes,
  close: () => engine.close(),
});

/** Returns when the line is out: the parent may be busy and its end of the pipe full. */
function say(line: Line): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

async function bucketNamed(bucketName: string): Promise<Bucket> {
  const { bucket } = await engine.rows.getTarget({ bucket: bucketName });
  assert(bucket !== undefined, 'the parent made the buckets');
  return bucket;
}

const plain = await bucketNamed('plain');
const versioned = await bucketNamed('versioned');

/** Says, does, says: what is acknowledged is on record with the version it made. */
async function step(line: Omit<Line, 'did'>, act: () => Promise<{ readonly versionId?: string } | undefined>) {
  say({ ...line, did: 'begin' });
  try {
    const { versionId } = (await act()) ?? {};
    say({ ...line, did: 'done', ...(versionId === undefined ? {} : { versionId }) });
  } catch (error) {
    // With so short a grace, a body can be given up, or a copied one swept, before its commit comes.
    if (!(error instanceof Conflict) || error.what !== 'source') throw error;
    say({ ...line, did: 'refused' });
  }
}

async function lostPart(key: string, bytes: Buffer): Promise<void> {
  const upload = await world.upload(plain, key, `lost-${Math.random()}`);
  try {
    await world.part(upload, 1, bytes);
  } catch (error) {
    if (!(error instanceof Conflict) || error.what !== 'source') throw error;
  }
}

async function multipart(bucket: Bucket, key: string, content: { readonly size: number; readonly seed: number }) {
  const bytes = bytesOf(content.size, content.seed);
  const upload = await world.upload(bucket, key, `${name}-${key}-${content.seed}-${Math.random()}`);
  const third = Math.ceil(bytes.length / 3);
  const parts = await Promise.all(
    [0, 1, 2].map((at) => world.part(upload, at + 1, bytes.subarray(at * third, (at + 1) * third))),
  );
  return world.complete(bucket, upload, parts);
}

async function lane(number: number): Promise<never> {
  for (let count = 0; ; count++) {
    const content = {
      size: [50, 900, 5000, 30_000, 200_000][count % 5] ?? 0,
      seed: (seed * 31 + number * 7 + count) % 997,
    };
    const key = `${name}/${number}/${count % 3}`;
    const bytes = () => bytesOf(content.size, content.seed);
    switch ((count + number) % 6) {
      case 0:
        await step({ bucket: 'plain', key, content: undefined }, () => world.removeNull(plain, key));
        break;
      case 1:
        await step({ bucket: 'plain', key, content }, () => multipart(plain, key, content));
        break;
      case 2:
        await step({ bucket: 'versioned', key, content }, () => world.put(versioned, key, bytes()));
        break;
      case 3:
        // A body that nobody names, and an upload that nobody finishes.
        await world.body(bytes());
        await lostPart(key, bytes());
        break;
      case 4: {
        const copied = await world.get(plain, key);
        if (copied?.body === undefined) break;
        const was = { size: copied.size, seed: Number(copied.etag) };
        if (Number.isNaN(was.seed)) break;
        await step({ bucket: 'plain', key, content: was }, () =>
          world.put(plain, key, copied.body, { draft: { etag: copied.etag } }),
        );
        break;
      }
      default:
        await step({ bucket: 'plain', key, content }, () =>
          world.put(plain, key, bytes(), { draft: { etag: String(content.seed) } }),
        );
    }
  }
}

async function sweeping(): Promise<never> {
  for (;;) {
    await engine.upkeep.sweep({ now: systemClock.now(), limit: 20 });
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

await Promise.all([lane(0), lane(1), lane(2), lane(3), sweeping()]);
