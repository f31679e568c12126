/**
 * Crowds on one key: of 64 that create it exactly one does, whatever they create it with, and who reads while it is
 * overwritten gets one body whole, never a piece of another. `CROWD_ROUNDS` makes both longer.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, type Client, element, header, md5Hex, overEngines, type World } from '../support/s3-world.ts';
import { etagOf, PART_MIN, Upload } from '../support/upload.ts';
import { listAllVersions } from '../support/versions.ts';

const ROUNDS = Number(process.env.CROWD_ROUNDS ?? '2');
const WRITERS = 64;
const CREATE = { 'if-none-match': '*' };
/** Beyond what is kept beside its row, and of one chunk of a file and of several. */
const SIZES = [40_000, 300_000] as const;

/** A body that says of every byte whose it is. */
const bodyOf = (mark: number, size: number): Buffer => Buffer.alloc(size, `<${mark}>`);

/** What somebody sends to make an object, prepared beforehand, and the body it would have. */
interface Attempt {
  readonly send: () => Promise<Answer>;
  readonly body: Buffer;
}

async function attemptOf(world: World, bucket: string, mark: number): Promise<Attempt> {
  const { alice } = world;
  const at = { bucket, key: 'key' };
  switch (mark % 16) {
    case 0: {
      const body = bodyOf(mark, SIZES[mark % 32 === 0 ? 0 : 1]);
      return { body, send: () => alice.put(bucket, 'key', body, CREATE) };
    }
    case 1: {
      const body = bodyOf(mark, 100);
      await alice.put(bucket, `source-${mark}`, body);
      const headers = { 'x-amz-copy-source': `${bucket}/source-${mark}`, ...CREATE };
      return { body, send: () => alice.send('PUT', { ...at, headers }) };
    }
    case 2: {
      const parts = [bodyOf(mark, PART_MIN), bodyOf(mark, 10)];
      const upload = await Upload.begin(alice, bucket);
      const sent = await upload.fill(parts);
      return { body: Buffer.concat(parts), send: () => upload.complete(sent, CREATE) };
    }
    default: {
      const body = bodyOf(mark, 20 + mark);
      return { body, send: () => alice.put(bucket, 'key', body, CREATE) };
    }
  }
}

/** How the answers of all rounds were counted, by status. */
type Tally = Map<number, number>;

async function race(world: World, bucket: string, tally: Tally): Promise<void> {
  const attempts = await Promise.all(Array.from({ length: WRITERS }, (_, mark) => attemptOf(world, bucket, mark)));
  const answers = await Promise.all(attempts.map(({ send }) => send()));
  for (const { status } of answers) tally.set(status, (tally.get(status) ?? 0) + 1);
  const told = (...statuses: readonly number[]): readonly Buffer[] =>
    attempts.flatMap(({ body }, mark) => (statuses.includes(answers[mark]?.status ?? 0) ? [body] : []));
  for (const { status, code } of answers) {
    const isLost = ['PreconditionFailed', 'ConditionalRequestConflict'].includes(code ?? '');
    assert(status === 200 || status === 503 || isLost, `${status} ${code}`);
  }
  // 503 says that nobody knows whether it was done: where there is one, it may be the one that was.
  assert(told(200).length <= 1 && told(200, 503).length >= 1, `winners: ${told(200).length}`);
  const { body } = await world.alice.get(bucket, 'key');
  const candidates = told(200).length === 1 ? told(200) : told(503);
  assert(
    candidates.some((each) => each.equals(body)),
    'what is there is what the winner sent',
  );
  const { versions } = await listAllVersions(world.alice, bucket);
  assert.equal(versions.filter(({ key }) => key === 'key').length, 1, 'nobody else left a version');
}

overEngines(
  (world) => {
    test('rule 29: of 64 that create one key exactly one does, by put, copy or completion', async (t) => {
      const { bucket, setVersioning } = world();
      const tally: Tally = new Map();
      for (let round = 0; round < ROUNDS; round += 1) {
        const name = await bucket();
        if (round % 2 === 1) await setVersioning(name, 'enabled');
        await race(world(), name, tally);
      }
      t.diagnostic(`${ROUNDS} rounds of ${WRITERS} writers; answers by status: ${JSON.stringify([...tally].sort())}`);
    });

    test('who reads while a key is overwritten gets one body, whole or the range of it that was asked for', async (t) => {
      const { alice, bucket } = world();
      const name = await bucket();
      const bodies = new Map<string, Buffer>();
      await overwrite(alice, name, bodies, 0);
      let isOver = false;
      const reads = { whole: 0, range: 0, refused: 0, copies: 0 };
      const readers = [0, 1, 2, 3].map(async (reader) => {
        while (!isOver) await READERS[reader % READERS.length]?.({ client: alice, bucket: name, bodies, reads });
      });
      try {
        for (let mark = 1; mark <= 15 * ROUNDS; mark += 1) await overwrite(alice, name, bodies, mark);
      } finally {
        isOver = true;
      }
      await Promise.all(readers);
      for (const [kind, count] of Object.entries(reads)) if (kind !== 'refused') assert(count > 0, kind);
      t.diagnostic(`reads of ${bodies.size} bodies: ${JSON.stringify(reads)}`);
    });
  },
  { partBytesMin: PART_MIN },
);

/** Another body: small ones beside the row, files of one chunk and of several, and parts. Its ETag is known before it is there. */
async function overwrite(client: Client, bucket: string, bodies: Map<string, Buffer>, mark: number): Promise<void> {
  const size = [50, 20_000, ...SIZES][mark % 5];
  if (size !== undefined) {
    const body = bodyOf(mark, size + mark);
    bodies.set(`"${md5Hex(body)}"`, body);
    assert.equal((await client.put(bucket, 'key', body)).status, 200);
    return;
  }
  const parts = [bodyOf(mark, 50_000), bodyOf(mark, PART_MIN), bodyOf(mark, 7)];
  bodies.set(etagOf(...parts), Buffer.concat(parts));
  const upload = await Upload.begin(client, bucket);
  assert.equal((await upload.complete(await upload.fill(parts))).status, 200);
}

interface Reading {
  readonly client: Client;
  readonly bucket: string;
  readonly bodies: ReadonlyMap<string, Buffer>;
  readonly reads: { whole: number; range: number; refused: number; copies: number };
}

/** The body that this answer says it is of. */
function saidBy(answer: Answer, bodies: Reading['bodies']): Buffer {
  const body = bodies.get(header(answer, 'etag'));
  assert(body !== undefined, `${answer.status}: no body ever had the ETag ${header(answer, 'etag')}`);
  return body;
}

async function readWhole({ client, bucket, bodies, reads }: Reading): Promise<void> {
  const answer = await client.get(bucket, 'key');
  assert.equal(answer.status, 200, answer.text);
  assert(saidBy(answer, bodies).equals(answer.body), 'the body is not the one of its ETag');
  reads.whole += 1;
}

/** As clients that fetch an object piece by piece do: what was seen first must still be there. */
async function readRanges({ client, bucket, bodies, reads }: Reading): Promise<void> {
  const seen = await client.head(bucket, 'key');
  const body = saidBy(seen, bodies);
  for (const start of [0, Math.floor(body.length / 2), body.length - 10]) {
    const headers = { range: `bytes=${start}-${start + 9}`, 'if-match': header(seen, 'etag') };
    const answer = await client.get(bucket, 'key', headers);
    if (answer.status === 412) {
      reads.refused += 1;
      return;
    }
    assert.equal(answer.status, 206, answer.text);
    assert.equal(header(answer, 'etag'), header(seen, 'etag'));
    assert.equal(header(answer, 'content-range'), `bytes ${start}-${start + 9}/${body.length}`);
    assert(answer.body.equals(body.subarray(start, start + 10)), 'a range of another body');
    reads.range += 1;
  }
}

/** A range of what was seen, or all of what is there. */
async function readGuarded({ client, bucket, bodies, reads }: Reading): Promise<void> {
  const seen = await client.head(bucket, 'key');
  const answer = await client.get(bucket, 'key', { range: 'bytes=-20', 'if-range': header(seen, 'etag') });
  const body = saidBy(answer, bodies);
  assert(answer.body.equals(answer.status === 206 ? body.subarray(-20) : body), 'not of the body it names');
  assert.equal(answer.status === 206, header(answer, 'etag') === header(seen, 'etag'));
  reads.range += 1;
}

async function readByCopy({ client, bucket, bodies, reads }: Reading): Promise<void> {
  const headers = { 'x-amz-copy-source': `${bucket}/key` };
  const copied = await client.send('PUT', { bucket, key: 'copy', headers });
  assert.equal(copied.status, 200, copied.text);
  const answer = await client.get(bucket, 'copy');
  assert.equal(header(answer, 'etag'), element(copied.text, 'ETag'));
  assert(saidBy(answer, bodies).equals(answer.body), 'a copy of nothing that ever was');
  reads.copies += 1;
}

const READERS = [readWhole, readRanges, readGuarded, readByCopy] as const;
