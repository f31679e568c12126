/** Copies of bytes on several nodes: proof, damage and healing, over nodes that are plain memory; and what is told of racks. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sealHeader, sumOf } from '../../src/store/cassandra/bodies/records.ts';
import type { Node, Row, Session, Sessions, Statement, Value } from '../../src/store/cassandra/database/types.ts';
import { MAX_TIME } from '../../src/store/cassandra/tags.ts';
import { copiesOf } from '../../src/store/cassandra/upkeep/copies.ts';
import { healthOf } from '../../src/store/cassandra/upkeep/health.ts';
import { scrub } from '../../src/store/cassandra/upkeep/scrub.ts';
import {
  CHUNK_AGAIN,
  COPY_CHUNK,
  COPY_HEADER,
  COPY_SUMS,
  HEADER_AGAIN,
  SCAN_CHUNKS,
} from '../../src/store/cassandra/upkeep/statements.ts';
import { type Scrubbed, Unavailable } from '../../src/store/port.ts';
import { bytesOf } from '../contract/engine/world.ts';

const BLOB = '11111111-2222-4333-8444-555555555555';
const CHUNK_BYTES = 100;
const SIZE = 250;
const WRITTEN = 1_000n;
const place = {
  type: 'blob',
  region: 'r',
  id: BLOB,
  start: 0,
  end: SIZE,
  size: SIZE,
  chunkBytes: CHUNK_BYTES,
} as const;

interface Cell {
  d: Buffer;
  sum: Buffer;
  at: bigint;
}

/** A disk: chunks by number, and the header. */
interface Disk {
  readonly chunks: Map<number, Cell>;
  header: { bytes: Buffer; at: bigint } | undefined;
  isDown: boolean;
  deletedAt: bigint;
  /** So often what was written is not there yet. */
  lateLooks: number;
}

class Ring {
  readonly nodes: readonly Node[];
  readonly disks: readonly Disk[];
  writes = 0;

  constructor() {
    this.nodes = ['a', 'b', 'c'].map((name) => ({
      ...{ id: name, address: `10.0.0.${name}:9042`, dataCentre: 'dc1', rack: `rack-${name}`, up: true },
    }));
    const header = sealHeader(BLOB, { owner: undefined, region: 'r', latest: 5n, writtenAt: 1 });
    this.disks = this.nodes.map(() => ({
      chunks: new Map([0, 1, 2].map((n) => [n, chunk(n)])),
      header: { bytes: header, at: WRITTEN },
      ...{ isDown: false, deletedAt: 0n, lateLooks: 0 },
    }));
  }

  disk(index: number): Disk {
    const disk = this.disks[index];
    assert(disk !== undefined);
    return disk;
  }

  get sessions(): Sessions {
    const session: Session = {
      region: 'r',
      read: async (statement) => {
        assert.equal(statement, SCAN_CHUNKS);
        return this.disks.some(({ chunks }) => chunks.size > 0) ? [{ blob: BLOB, seg: 0, at: 7n }] : [];
      },
      write: async (statement, values) => this.#write(statement, values),
      batch: () => assert.fail('no batches'),
      cas: () => assert.fail('no transactions'),
      casBatch: () => assert.fail('no transactions'),
      nodes: () => this.nodes,
      replicas: () => ({ nodes: this.nodes, range: '(1, 2]' }),
      readFrom: async (node, statement, values) => this.#readFrom(node, statement, values),
    };
    return { regions: ['r'], home: session, of: () => session, close: async () => {} };
  }

  #readFrom(node: Node, statement: Statement, values: readonly Value[]): readonly Row[] {
    const disk = this.disk(this.nodes.indexOf(node));
    if (disk.isDown) throw new Unavailable(`${node.address} is down`, { mayHaveApplied: false });
    if (statement === COPY_SUMS) return [...disk.chunks].map(([n, { sum }]) => ({ n, sum }));
    if (statement === COPY_HEADER) {
      return disk.header === undefined ? [] : [{ blob: BLOB, hdr: disk.header.bytes, at: disk.header.at }];
    }
    assert.equal(statement, COPY_CHUNK);
    if (this.writes > 0 && disk.lateLooks > 0) {
      disk.lateLooks--;
      return [];
    }
    const found = disk.chunks.get(Number(values[2]));
    return found === undefined ? [] : [{ n: Number(values[2]), ...found }];
  }

  /** The larger timestamp wins, on a tie the larger bytes; nothing wins over a later deletion. */
  #write(statement: Statement, values: readonly Value[]): void {
    this.writes++;
    for (const disk of this.disks.filter(({ isDown }) => !isDown)) {
      if (statement === HEADER_AGAIN) {
        const [, bytes, at] = values;
        assert(Buffer.isBuffer(bytes) && typeof at === 'bigint');
        if (at > (disk.header?.at ?? 0n)) disk.header = { bytes, at };
        continue;
      }
      assert.equal(statement, CHUNK_AGAIN);
      const [, , n, d, sum, at] = values;
      assert(typeof n === 'number' && Buffer.isBuffer(d) && Buffer.isBuffer(sum) && typeof at === 'bigint');
      if (at > (disk.chunks.get(n)?.at ?? 0n) && at > disk.deletedAt) disk.chunks.set(n, { d, sum, at });
    }
  }
}

function chunk(n: number): Cell {
  const d = bytesOf(Math.min(CHUNK_BYTES, SIZE - n * CHUNK_BYTES), n + 1);
  return { d, sum: sumOf(BLOB, n, d), at: WRITTEN };
}

async function scrubbed(ring: Ring): Promise<readonly Scrubbed[]> {
  const met: Scrubbed[] = [];
  for await (const one of scrub({ sessions: ring.sessions })) met.push(one);
  return met;
}

const rotten = (cell: Cell | undefined): Cell => {
  assert(cell !== undefined);
  // Larger bytes: a repair by timestamp alone would spread them.
  return { ...cell, d: Buffer.alloc(cell.d.length, 0xff) };
};

test('each copy of a body is told with its node and verified, ranges of a node that are alike together', async () => {
  const ring = new Ring();
  ring.disk(1).chunks.set(2, rotten(ring.disk(1).chunks.get(2)));
  ring.disk(2).isDown = true;
  const copies = await copiesOf({ sessions: ring.sessions }, { ...place, start: 50 });
  const where = (rack: string) => ({ dataCentre: 'dc1', rack, node: `10.0.0.${rack.at(-1)}:9042`, tokens: '(1, 2]' });
  assert.deepEqual(copies, [
    { start: 0, end: 200, problem: undefined, place: where('rack-a') },
    { start: 0, end: 150, problem: undefined, place: where('rack-b') },
    { start: 150, end: 200, problem: `not what was written (chunk 2 of blob ${BLOB})`, place: where('rack-b') },
    {
      start: 0,
      end: 200,
      problem: `cannot be read: 10.0.0.c:9042 is down (chunks 0 to 2 of blob ${BLOB})`,
      place: where('rack-c'),
    },
  ]);
});

test('a chunk that rotted in place, with its old timestamp, and a missing one are written again from a good copy', async () => {
  const ring = new Ring();
  ring.disk(0).chunks.set(1, rotten(ring.disk(0).chunks.get(1)));
  ring.disk(2).chunks.delete(1);
  ring.disk(2).chunks.delete(2);
  ring.disk(1).header = undefined;
  const met = await scrubbed(ring);
  assert.deepEqual(
    met.map(({ subject, problem, healed }) => [subject, problem, healed]),
    [
      [`the header of blob ${BLOB}`, 'missing on node 10.0.0.b:9042 (dc1, rack-b)', true],
      [`chunk 1 of blob ${BLOB}`, 'not what was written on node 10.0.0.a:9042 (dc1, rack-a)', true],
      [`chunk 1 of blob ${BLOB}`, 'missing on node 10.0.0.c:9042 (dc1, rack-c)', true],
      [`chunk 2 of blob ${BLOB}`, 'missing on node 10.0.0.c:9042 (dc1, rack-c)', true],
    ],
  );
  for (const disk of ring.disks) {
    for (const n of [0, 1, 2]) assert.deepEqual(disk.chunks.get(n)?.d, chunk(n).d);
    assert(disk.header !== undefined);
  }
  assert.deepEqual(await scrubbed(ring), [], 'and then all is well');
  assert.equal(ring.writes, 3);
});

test('where no copy is good nothing is written, and that is told', async () => {
  const ring = new Ring();
  for (const disk of ring.disks) disk.chunks.set(0, rotten(disk.chunks.get(0)));
  const met = await scrubbed(ring);
  assert.deepEqual(
    met.map(({ healed }) => healed),
    [false, false, false],
  );
  assert.equal(ring.writes, 0);
});

test('a node that does not answer is told and not called healed', async () => {
  const ring = new Ring();
  ring.disk(2).isDown = true;
  ring.disk(1).chunks.delete(0);
  const met = await scrubbed(ring);
  assert.equal(met.filter(({ healed }) => healed).length, 1);
  assert(met.filter(({ problem }) => problem.includes('could not be read')).every(({ healed }) => !healed));
});

test('a node that takes longer than the others is waited for', async () => {
  const ring = new Ring();
  ring.disk(1).chunks.delete(2);
  ring.disk(1).lateLooks = 2;
  assert.deepEqual(
    (await scrubbed(ring)).map(({ healed }) => healed),
    [true],
  );
});

test('what is deleted meanwhile stays deleted, and is nothing to be told', async () => {
  const ring = new Ring();
  // The third has not been told yet.
  for (const disk of [ring.disk(0), ring.disk(1)]) {
    disk.chunks.clear();
    disk.deletedAt = MAX_TIME;
  }
  assert.deepEqual(await scrubbed(ring), []);
  assert.deepEqual([ring.disk(0).chunks.size, ring.disk(1).chunks.size], [0, 0]);
});

test('a rack counts as a copy when all its nodes are up', () => {
  const ring = new Ring();
  assert.deepEqual(healthOf({ sessions: ring.sessions }), {
    wanted: 3,
    minimum: 2,
    copies: ['a', 'b', 'c'].map((name) => ({ place: `r: dc1 rack-${name}`, state: 'up', reason: '' })),
  });
  const [first, ...others] = ring.nodes;
  assert(first !== undefined);
  const session = ring.sessions.home;
  const degraded: Session = { ...session, nodes: () => [{ ...first, up: false }, { ...first, id: 'd' }, ...others] };
  const unreached: Session = { ...session, region: 's', nodes: () => [], replicas: () => ({ nodes: [], range: '' }) };
  const sessions: Sessions = {
    ...ring.sessions,
    regions: ['r', 's'],
    of: (region) => (region === 'r' ? degraded : unreached),
  };
  const health = healthOf({ sessions });
  assert.deepEqual(health.copies[0], {
    place: 'r: dc1 rack-a',
    state: 'down',
    reason: '1 of 2 nodes are down: 10.0.0.a:9042',
  });
  assert.deepEqual(health.copies.at(-1), { place: 's', state: 'down', reason: 'none of its nodes has been reached' });
  assert.equal(health.wanted, 4);
});
