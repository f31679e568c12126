/**
 * kill -9 of the real server, workers and all, while others write to it; then a new start over what is on the disk.
 *
 * Five rounds by default. A longer run: `KILL_ROUNDS=100 node --test test/faults/server-kill.test.ts`, and `KILL_SEED`
 * for the operations of an earlier one (when exactly the server dies cannot be repeated).
 */

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { systemRandom } from '../../src/base/random.ts';
import { openEmbedded } from '../../src/store/embedded/engine.ts';
import { dice, type Value, Writer } from '../support/kill-load.ts';
import {
  ACCESS_KEY,
  moraine,
  SECRET_KEY,
  type ServerProcess,
  startServer,
  temporaryFolder,
} from '../support/processes.ts';
import { signedRequest, targetOf } from '../support/signer.ts';

const ROUNDS = Number(env.KILL_ROUNDS ?? 5);
const SEED = Number(env.KILL_SEED ?? Date.now() % 1_000_000);
const WRITERS = 8;
const WORKERS = 2;
const BUCKET = 'under-fire';
const credentials = { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY };

const send = (server: ServerProcess, method: string, target: string) =>
  signedRequest({ origin: server.origin, credentials, method, target });

/** Lets everybody write, and kills the server after a random while. */
async function killUnderLoad(server: ServerProcess, writers: readonly Writer[], afterMs: number): Promise<void> {
  let gone = false;
  const working = writers.map((writer) => writer.work(server.origin, credentials, () => gone));
  await Promise.race([sleep(afterMs), ...working]);
  gone = true;
  await server.kill();
  await Promise.all(working);
}

/** Every key as promised, and the listing shows these objects and no other, with their sizes. */
async function verify(server: ServerProcess, writers: readonly Writer[]): Promise<void> {
  const maps = await Promise.all(writers.map((writer) => writer.verify(server.origin, credentials)));
  const promised = new Map<string, Value>(maps.flatMap((map) => [...map]));
  const listing = (await send(server, 'GET', targetOf(BUCKET, undefined, { 'list-type': '2' }))).body.toString();
  const listed = [...listing.matchAll(/<Key>(.*?)<\/Key>.*?<Size>(\d+)<\/Size>/gs)].map((match) => [
    match[1],
    Number(match[2]),
  ]);
  const expected = [...promised]
    .map(([key, value]) => [key, value.size])
    .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  assert.deepEqual(listed, expected);
}

async function check(data: string): Promise<void> {
  const { code, stdout, stderr } = await moraine(['check', '--data', data]);
  assert.equal(code, 0, `moraine check:\n${stdout}${stderr}`);
}

/** Graces after one another: when a composed object goes, its pieces begin to wait. */
const GRACES = 3;

/** Sweeps as a server would that had run on for a while. */
async function sweep(data: string): Promise<void> {
  let later = 0;
  const clock = { now: () => systemClock.now() + later, monotonic: () => systemClock.monotonic() };
  const engine = await openEmbedded({ path: data, limits: LIMITS, clock, random: systemRandom });
  try {
    for (let grace = 0; grace < GRACES; grace += 1) {
      later += LIMITS.blobGraceMs;
      for (let done = false; !done; ) ({ done } = await engine.upkeep.sweep({ now: clock.now(), limit: 1000 }));
    }
  } finally {
    await engine.close();
  }
}

async function emptyBucket(server: ServerProcess): Promise<void> {
  const objects = (await send(server, 'GET', targetOf(BUCKET))).body.toString();
  for (const [, key = ''] of objects.matchAll(/<Key>(.*?)<\/Key>/g)) {
    assert.equal((await send(server, 'DELETE', targetOf(BUCKET, key))).status, 204);
  }
  const uploads = (await send(server, 'GET', targetOf(BUCKET, undefined, { uploads: '' }))).body.toString();
  for (const [, key = '', uploadId = ''] of uploads.matchAll(/<Key>(.*?)<\/Key>\s*<UploadId>(.*?)<\/UploadId>/g)) {
    assert.equal((await send(server, 'DELETE', targetOf(BUCKET, key, { uploadId }))).status, 204);
  }
  assert.equal((await send(server, 'DELETE', targetOf(BUCKET))).status, 204, 'nothing is left in the bucket');
}

async function blobFiles(data: string): Promise<readonly string[]> {
  const entries = await readdir(join(data, 'blobs'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

test(`kill -9 under concurrent writes, ${ROUNDS} rounds`, async (t) => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, 'data');
  const roll = dice(SEED);
  const writers = Array.from({ length: WRITERS }, (_, number) => new Writer(number, BUCKET, SEED));
  t.diagnostic(`KILL_SEED=${SEED}`);

  let server = await startServer({ data, workers: WORKERS });
  try {
    assert.equal((await send(server, 'PUT', targetOf(BUCKET))).status, 200);
    await t.test(
      'every acknowledged object is whole, none is visible in part, and the store checks, round after round',
      async () => {
        for (let round = 0; round < ROUNDS; round += 1) {
          await killUnderLoad(server, writers, 100 + roll(500));
          await check(data);
          server = await startServer({ data, workers: WORKERS });
          await verify(server, writers);
        }
        const acknowledged = writers.reduce((sum, writer) => sum + writer.acknowledgements, 0);
        assert.ok(acknowledged > ROUNDS, 'the writers wrote');
        t.diagnostic(`${acknowledged} acknowledged operations`);
      },
    );
    await t.test('sweeping takes nothing that is named', async () => {
      await killUnderLoad(server, writers, 100 + roll(500));
      await sweep(data);
      await check(data);
      server = await startServer({ data, workers: WORKERS });
      await verify(server, writers);
    });
    await t.test('the space of the dead comes back: no file is left of what no object names', async () => {
      await emptyBucket(server);
      await server.kill();
      await sweep(data);
      await check(data);
      assert.deepEqual(await blobFiles(data), []);
    });
  } finally {
    for (const writer of writers) writer.close();
    await server.kill();
  }
});
