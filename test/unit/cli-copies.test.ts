/** Commands about copies: what they print, and that exit codes tell whole from not whole. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Health, Scrubbed, Upkeep } from '../../src/store/port.ts';
import { bytesOf, World } from '../contract/engine/world.ts';
import { openMemory } from '../support/opened-engines.ts';
import { failed, parsed, refused, startedShop } from '../support/shop.ts';

test('drives shows every drive and fails when copies are short', async (t) => {
  const { shop } = await startedShop(t);
  assert.equal((await shop.run('drives')).code, 0);
  const short: Health = {
    wanted: 2,
    minimum: 1,
    copies: [
      { place: '/mnt/a', state: 'up', reason: 'it leads' },
      { place: '/mnt/b', state: 'down', reason: 'EIO\u001b[2J' },
    ],
  };
  shop.engine = { ...shop.engine, upkeep: { ...shop.engine.upkeep, health: async () => short } };
  const shown = await shop.run('drives');
  assert.equal(shown.code, 1);
  assert.match(shown.out, /\/mnt\/b {2}down {3}EIO\\u\{1b\}\[2J\n1 of 2 copies; .* fewer than 1\n/);
  assert.deepEqual(parsed(await shop.run('drives', '--json')), { ...short, up: 1 });
  const check = await shop.run('check');
  assert.equal(check.code, 1);
  assert.match(check.out, /^drive: \/mnt\/b: it is down: EIO/);
  failed(await shop.run('drives', '--give-up', '/mnt/x'), /\/mnt\/x is none of the configured drives/);
});

test('scrub prints what it met and fails only when something is lost', async (t) => {
  const { shop } = await startedShop(t);
  const met: Scrubbed = { kind: 'body', subject: 'atlas/a', problem: 'bad', healed: true };
  const scrubOf = (all: readonly Scrubbed[]): Upkeep['scrub'] =>
    async function* () {
      yield* all;
    };
  shop.engine = { ...shop.engine, upkeep: { ...shop.engine.upkeep, scrub: scrubOf([met]) } };
  const healed = await shop.run('scrub');
  assert.deepEqual([healed.code, healed.out], [0, 'healed: atlas/a: bad\n']);
  shop.engine = { ...shop.engine, upkeep: { ...shop.engine.upkeep, scrub: scrubOf([{ ...met, healed: false }]) } };
  const lost = await shop.run('scrub');
  assert.deepEqual([lost.code, lost.out], [1, 'LOST: atlas/a: bad\n']);
  assert.match(lost.err, /0 healed, 1 without a good copy/);
});

test('copies shows each copy of one object with the names of its place', async (t) => {
  const { shop } = await startedShop(t);
  const world = new World({ ...(await openMemory()), engine: shop.engine });
  const bucket = await world.bucket('atlas');
  await world.put(bucket, 'a/b c', bytesOf(10));
  const shown = await shop.run('copies', 's3://atlas/a/b c');
  assert.deepEqual([shown.code, shown.out], [0, 'BYTES  MEMORY        CHECKSUM\n0-9    this process  verified\n']);
  failed(await shop.run('copies', 's3://atlas/other'), /there is no s3:\/\/atlas\/other/);
  refused(await shop.run('copies', 'atlas/a'), /is not s3:\/\/BUCKET\/KEY/);
  const place = { dc: 'gva', rack: '1', node: 'n7' };
  const copies = async () => [{ start: 0, end: 10, place, problem: 'its row is missing' }];
  shop.engine = { ...shop.engine, upkeep: { ...shop.engine.upkeep, copies } };
  const bad = await shop.run('copies', 's3://atlas/a/b c');
  assert.equal(bad.code, 1);
  assert.match(bad.out, /^BYTES {2}DC {3}RACK {2}NODE {2}CHECKSUM\n0-9 .* NOT GOOD: its row is missing\n$/);
});
