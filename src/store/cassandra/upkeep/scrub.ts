/**
 * Reads every copy of every chunk from the node that keeps it, and writes anew what is damaged or missing where another copy
 * is right: the same bytes at a larger timestamp, so that they win over the damaged ones on that node. Chunks never change,
 * so it makes no difference to anybody else, and one that is deleted meanwhile stays deleted.
 *
 * Left out: rows. Cassandra compresses them, and checks checksums of its own with every read; copies of them that differ
 * are repaired by reads and by `nodetool repair`. And bodies of which no copy is left: `check` knows what names them.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Corrupt, type Scrubbed, Unavailable } from '../../port.ts';
import { lengthIn, rightBytes, unsealHeader } from '../bodies/records.ts';
import type { Node, Row, Session, Uuid } from '../database/types.ts';
import { eachOf } from '../parallel.ts';
import { MAX_TIME } from '../tags.ts';
import type { Tools } from '../types.ts';
import { CHUNK_AGAIN, COPY_CHUNK, COPY_HEADER, COPY_SUMS, HEADER_AGAIN, SCAN_CHUNKS } from './statements.ts';
import { walkTable } from './walk.ts';

/** Chunks read at a time, each from all its nodes. */
const CHUNKS_AT_ONCE = 4;
/**
 * Pauses before nodes are asked whether they have what was written again, milliseconds: it is acknowledged by a quorum, which
 * may be the nodes that had it before.
 */
const PAUSES_MS = [0, 20, 100, 500, 2_000] as const;

export async function* scrub({ sessions }: Pick<Tools, 'sessions'>): AsyncGenerator<Scrubbed> {
  for (const region of sessions.regions) {
    const session = sessions.of(region);
    for await (const page of walkTable(session, SCAN_CHUNKS, ({ blob, seg }) => `${blob} ${seg}`)) {
      for (const { blob, seg } of page) {
        if (typeof blob !== 'string' || typeof seg !== 'number') continue;
        yield* new Segment(session, blob, seg).scrub();
      }
    }
  }
}

/** What one node has of one thing. */
interface Found {
  readonly node: Node;
  readonly row: Row | undefined;
  /** It could not be asked. */
  readonly failure: string | undefined;
}

/** A chunk, or a blob's header: how it is read from a node, told right from wrong, and written again. */
interface Thing {
  readonly name: string;
  readonly read: (node: Node) => Promise<Row | undefined>;
  readonly isThere: (row: Row) => boolean;
  readonly isRight: (row: Row) => boolean;
  readonly write: (good: Row, at: bigint) => Promise<void>;
}

class Segment {
  readonly #session: Session;
  readonly #blob: Uuid;
  readonly #seg: number;
  readonly #nodes: readonly Node[];

  constructor(session: Session, blob: Uuid, seg: number) {
    this.#session = session;
    this.#blob = blob;
    this.#seg = seg;
    this.#nodes = session.replicas('$region.chunk', [blob, seg]).nodes;
  }

  async *scrub(): AsyncGenerator<Scrubbed> {
    if (this.#seg === 0) yield* await this.#heal(this.#header());
    const chunks = (await this.#numbers()).map((n) => this.#chunk(n));
    for (const met of await eachOf(chunks, CHUNKS_AT_ONCE, (chunk) => this.#heal(chunk))) yield* met;
  }

  /** All that any node has. */
  async #numbers(): Promise<readonly number[]> {
    const lists = await Promise.all(
      this.#nodes.map((node) => this.#session.readFrom(node, COPY_SUMS, [this.#blob, this.#seg]).catch(nothing)),
    );
    const numbers = lists.flat().flatMap(({ n }) => (typeof n === 'number' ? [n] : []));
    return [...new Set(numbers)].sort((a, b) => a - b);
  }

  #chunk(n: number): Thing {
    const [blob, seg, session] = [this.#blob, this.#seg, this.#session];
    return {
      name: `chunk ${n}`,
      read: async (node) => (await session.readFrom(node, COPY_CHUNK, [blob, seg, n]))[0],
      isThere: ({ d }) => d !== undefined,
      isRight: (row) => rightBytes(row, { blob, n, length: lengthIn(row.sum) ?? -1 }) !== undefined,
      write: ({ d = null, sum = null }, at) => session.write(CHUNK_AGAIN, [blob, seg, n, d, sum, at]),
    };
  }

  #header(): Thing {
    const [blob, session] = [this.#blob, this.#session];
    return {
      name: 'the header',
      read: async (node) => (await session.readFrom(node, COPY_HEADER, [blob]))[0],
      isThere: ({ hdr }) => hdr !== undefined,
      isRight: ({ hdr }) => isHeader(blob, hdr),
      write: ({ hdr = null }, at) => session.write(HEADER_AGAIN, [blob, hdr, at]),
    };
  }

  async #heal(thing: Thing): Promise<readonly Scrubbed[]> {
    const found = await this.#look(thing);
    const good = found.find(({ row }) => row !== undefined && thing.isRight(row))?.row;
    const bad = found.filter(({ row, failure }) => failure !== undefined || row === undefined || !thing.isRight(row));
    if (bad.length === 0) return [];
    // Nobody has it any more: it was removed meanwhile.
    if (!found.some(({ row }) => has(thing, row))) return [];
    const after = good === undefined ? [] : await this.#writeAgain(thing, good, found);
    // A quorum took the bytes and most nodes do not show them: they are deleted there, and soon everywhere.
    if (after.length > 0 && isDeleted(thing, after)) return [];
    return bad.map(({ node, row, failure }): Scrubbed => {
      const now = after.find((one) => one.node.id === node.id);
      const what = failure ?? (has(thing, row) ? 'not what was written' : 'missing');
      return {
        kind: 'body',
        subject: `${thing.name} of blob ${this.#blob}`,
        problem: `${what} on node ${node.address} (${node.dataCentre}, ${node.rack})`,
        healed: now?.row !== undefined && thing.isRight(now.row),
      };
    });
  }

  #look(thing: Thing): Promise<readonly Found[]> {
    return Promise.all(
      this.#nodes.map(async (node): Promise<Found> => {
        try {
          return { node, row: await thing.read(node), failure: undefined };
        } catch (error) {
          if (!(error instanceof Unavailable)) throw error;
          return { node, row: undefined, failure: `it could not be read (${error.message})` };
        }
      }),
    );
  }

  /** What all nodes have after a good copy was written again; nothing when it could not be. */
  async #writeAgain(thing: Thing, good: Row, found: readonly Found[]): Promise<readonly Found[]> {
    const times = found.flatMap(({ row }) => (typeof row?.at === 'bigint' ? [row.at] : []));
    const [newest = 0n] = times.sort((a, b) => (a > b ? -1 : 1));
    if (newest >= MAX_TIME - 1n) return [];
    try {
      await thing.write(good, newest + 1n);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      return [];
    }
    let after: readonly Found[] = [];
    for (const pause of PAUSES_MS) {
      if (pause > 0) await sleep(pause);
      after = await this.#look(thing);
      // One that cannot be asked is not waited for.
      if (after.every(({ row, failure }) => failure !== undefined || (row !== undefined && thing.isRight(row)))) break;
      if (isDeleted(thing, after)) break;
    }
    return after;
  }
}

const has = (thing: Thing, row: Row | undefined): boolean => row !== undefined && thing.isThere(row);

/** Of nodes that were all sent it, most show nothing. */
const isDeleted = (thing: Thing, found: readonly Found[]): boolean =>
  found.filter(({ row }) => has(thing, row)).length <= found.length / 2;

function isHeader(blob: Uuid, value: Row[string]): boolean {
  try {
    unsealHeader(blob, value);
    return true;
  } catch (error) {
    if (!(error instanceof Corrupt)) throw error;
    return false;
  }
}

function nothing(error: unknown): readonly Row[] {
  if (error instanceof Unavailable) return [];
  throw error;
}
