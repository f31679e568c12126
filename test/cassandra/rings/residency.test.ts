/**
 * What is in a region stays there: with two regions on two data centres, nothing of one region's objects (names, metadata,
 * bytes) is on the other's nodes. Looked for in their files: data, commit logs, hints, whatever there is.
 */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Ring, startRing } from '../../../scripts/cassandra/ring.ts';
import { placeOf } from '../../../scripts/testing/shared-ring.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { LIMITS } from '../../../src/base/limits.ts';
import { systemRandom } from '../../../src/base/random.ts';
import type { Bucket, Upload } from '../../../src/model/entities.ts';
import { initDatabase } from '../../../src/store/cassandra/database/open.ts';
import { regionKeyspace } from '../../../src/store/cassandra/database/tables.ts';
import { openCassandra } from '../../../src/store/cassandra/engine.ts';
import type { Engine } from '../../../src/store/port.ts';
import { accountOf, CANONICAL, draftOf, drain, PRIVATE, piecesOf } from '../../contract/engine/world.ts';
import { TEST_TUNING } from '../../support/cassandra.ts';

const PREFIX = 'residency';
const REGIONS = { 'ch-zurich': ['dc1'], 'ch-geneva': ['dc2'] } as const;
type Region = keyof typeof REGIONS;
const NAMES: readonly Region[] = ['ch-zurich', 'ch-geneva'];

let ring: Ring;
let engine: Engine;

before(async () => {
  ring = await startRing({ nodes: 1, regions: 2, brief: true });
  const tools = { limits: LIMITS, clock: systemClock, random: systemRandom, tuning: TEST_TUNING };
  // One node of each region shows where things are as well as three would.
  const options = { ...placeOf(ring), ...tools, prefix: PREFIX, regions: REGIONS, fewerCopies: true };
  await initDatabase({ ...options, copies: 1 });
  engine = await openCassandra(options);
  await engine.rows.commit({ type: 'putAccount', account: accountOf('alice'), replace: false });
});

after(async () => {
  await engine?.close();
  await ring?.stop();
});

/** Long enough to be nowhere by chance, and not compressible into something else. */
const mark = (): string => randomBytes(24).toString('base64url');

interface Kept {
  readonly bucket: Bucket;
  /** What must be found at home, and nowhere else. */
  readonly marks: readonly string[];
}

async function createBucket(name: string, region: Region): Promise<Bucket> {
  const rest = {
    owner: 'alice',
    ownerCanonicalId: CANONICAL,
    createdAt: 1,
    versioning: 'enabled',
    acl: PRIVATE,
    configuration: {},
  } as const;
  const bucket = { id: `id-${name}`, name, region, ...rest };
  const { revision } = await engine.rows.commit({ type: 'createBucket', bucket });
  return { ...bucket, revision };
}

/** A put, an overwritten one, a multipart upload of two parts and one that is not finished. */
async function fill(bucket: Bucket): Promise<readonly string[]> {
  const { id: bucketId, versioning, region } = bucket;
  const [keyMark, metadataMark, bytesMark, partMark, openMark] = [mark(), mark(), mark(), mark(), mark()];
  const place = { bucketId, key: keyMark, versioning } as const;
  const headers = { userMetadata: new Map([['mark', metadataMark]]) };
  for (const suffix of ['old', 'new']) {
    const bytes = Buffer.from(`${bytesMark} ${suffix}`.padEnd(20_000, '.'));
    const body = await engine.blobs.write(piecesOf(bytes), bytes.length, { region, bucketId, key: keyMark });
    await engine.rows.commit({ type: 'putVersion', ...place, draft: draftOf(body, { headers }) });
  }
  for (const [uploadId, text] of [
    [`done-${bucket.name}`, partMark],
    [`open-${bucket.name}`, openMark],
  ] as const) {
    const upload: Upload = {
      ...{ bucketId, key: keyMark, uploadId, initiatedAt: 5, owner: 'alice' },
      ...{ ownerCanonicalId: CANONICAL, acl: PRIVATE, headers },
    };
    await engine.rows.commit({ type: 'createUpload', upload });
    const bytes = Buffer.from(text.padEnd(10_000, '.'));
    const body = await engine.blobs.write(piecesOf(bytes), bytes.length, { region, bucketId, key: keyMark, uploadId });
    const part = { number: 1, size: body.size, etag: 'e', modifiedAt: 6, body };
    await engine.rows.commit({ type: 'putPart', bucketId, key: keyMark, uploadId, part });
    if (text !== partMark) continue;
    const { body: _body, ...draft } = draftOf(undefined, { kind: 'object', etag: 'f-1', size: body.size, uploadId });
    const parts = [{ number: 1, etag: 'e' }];
    await engine.rows.commit({ type: 'completeUpload', ...place, uploadId, parts, draft });
  }
  return [keyMark, metadataMark, bytesMark, partMark, openMark];
}

async function* filesIn(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) yield join(entry.parentPath, entry.name);
}

/** Marks that are in any file of the node, each with the first such file. */
async function foundOn(directory: string, marks: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for await (const path of filesIn(directory)) {
    const content = await readFile(path).catch(() => Buffer.alloc(0));
    for (const text of marks) if (content.includes(text) && !found.has(text)) found.set(text, path);
  }
  return found;
}

async function sstables(directory: string, keyspace: string): Promise<readonly string[]> {
  const folder = join(directory, 'data', keyspace);
  if (!existsSync(folder)) return [];
  const found: string[] = [];
  for await (const path of filesIn(folder)) if (path.endsWith('-Data.db')) found.push(path);
  return found;
}

test("rows and bytes of a region are on its data centre's nodes and on no other", async () => {
  const kept = new Map<Region, Kept>();
  for (const region of NAMES) {
    const bucket = await createBucket(`in-${region}`, region);
    kept.set(region, { bucket, marks: await fill(bucket) });
  }
  for (const node of ring.nodes) await ring.nodetool(node.index, 'flush');
  for (const [at, region] of NAMES.entries()) {
    const marks = kept.get(region)?.marks ?? [];
    const [home, other] = at === 0 ? [ring.nodes[0], ring.nodes[1]] : [ring.nodes[1], ring.nodes[0]];
    assert(home !== undefined && other !== undefined);
    assert.deepEqual(REGIONS[region], [home.dataCentre]);
    assert.deepEqual(
      [...(await foundOn(home.directory, marks)).keys()].sort(),
      marks.toSorted(),
      `${region} is at home`,
    );
    assert.deepEqual(await foundOn(other.directory, marks), new Map(), `nothing of ${region} is elsewhere`);
    const keyspace = regionKeyspace(PREFIX, region);
    assert.notEqual((await sstables(home.directory, keyspace)).length, 0);
    assert.deepEqual(await sstables(other.directory, keyspace), [], `no table of ${region} has rows elsewhere`);
  }
});

test('one front end serves the buckets of all regions, and names are unique over all of them', async () => {
  for (const region of NAMES) {
    const { bucket } = await engine.rows.getTarget({ bucket: `in-${region}` });
    assert.equal(bucket?.region, region);
    const [first] = await engine.rows.scanCurrent(bucket.id, undefined, 10);
    assert(first !== undefined);
    const { version } = await engine.rows.getTarget({ bucket: bucket.name, key: first.key, withBody: true });
    assert(version?.body !== undefined);
    assert.equal((await drain(engine.blobs.read(version.body, 0, version.size))).length, version.size);
  }
  await assert.rejects(createBucket('in-ch-geneva', 'ch-zurich'), { message: /exists/ });
});

test('a copy from another region brings the bytes along', async () => {
  const text = mark();
  const [from, to] = await Promise.all([createBucket('from', 'ch-geneva'), createBucket('to', 'ch-zurich')]);
  const bytes = Buffer.from(text.padEnd(12_000, '.'));
  const written = await engine.blobs.write(piecesOf(bytes), bytes.length, {
    region: from.region,
    bucketId: from.id,
    key: 'k',
  });
  const place = { key: 'k', versioning: 'enabled' } as const;
  await engine.rows.commit({ type: 'putVersion', bucketId: from.id, ...place, draft: draftOf(written) });
  const { version } = await engine.rows.getTarget({ bucket: 'from', key: 'k', withBody: true });
  await engine.rows.commit({ type: 'putVersion', bucketId: to.id, ...place, draft: draftOf(version?.body) });
  for (const node of ring.nodes) await ring.nodetool(node.index, 'flush');
  for (const node of ring.nodes) assert.ok((await foundOn(node.directory, [text])).has(text), `a copy on ${node.name}`);
  const copied = (await engine.rows.getTarget({ bucket: 'to', key: 'k', withBody: true })).version;
  assert(copied?.body !== undefined);
  assert.deepEqual(await drain(engine.blobs.read(copied.body, 0, copied.size)), bytes);
});
