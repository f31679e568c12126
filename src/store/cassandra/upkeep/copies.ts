/**
 * Every physical copy of a body: each chunk read from each node that keeps it, and its checksum compared.
 *
 * Which nodes those are follows from the ring's tokens, as the driver knows them. A node that is asked alone with consistency
 * ONE, and keeps the chunk, answers from its own disk (the cluster's dynamic snitch is off, see docs/cluster.md).
 *
 * Chunks that lie one after the other on the same nodes are told as one range as long as they are alike.
 */

import { type Copy, Unavailable } from '../../port.ts';
import { blobsOf } from '../bodies/manifests.ts';
import { type Span, type Stored, segmentOf, spansOf } from '../bodies/ranges.ts';
import { rightBytes } from '../bodies/records.ts';
import type { Node, Session } from '../database/types.ts';
import { eachOf } from '../parallel.ts';
import type { Tools } from '../types.ts';
import { COPY_CHUNK } from './statements.ts';

/** Chunks of one segment that are read at a time, each from all its nodes. */
const CHUNKS_AT_ONCE = 4;

/** Reads all of it, from everywhere. */
export async function copiesOf({ sessions }: Pick<Tools, 'sessions'>, place: Stored): Promise<readonly Copy[]> {
  const session = sessions.of(place.region);
  const copies: Copy[] = [];
  let at = 0;
  for await (const blob of blobsOf(session, place)) {
    for (const spans of segmentsIn([...spansOf(blob)])) {
      copies.push(...(await segmentCopies(session, spans, at)));
      at += spans.reduce((sum, { from, to }) => sum + to - from, 0);
    }
  }
  return copies;
}

/** Neighbours of one segment together: they have the same nodes. */
function segmentsIn(spans: readonly Span[]): readonly (readonly Span[])[] {
  return [...Map.groupBy(spans, ({ n }) => segmentOf(n)).values()];
}

async function segmentCopies(session: Session, spans: readonly Span[], start: number): Promise<readonly Copy[]> {
  const [first] = spans;
  if (first === undefined) return [];
  const { nodes, range } = session.replicas('$region.chunk', [first.blob.id, segmentOf(first.n)]);
  const found = await eachOf(spans, CHUNKS_AT_ONCE, (span) =>
    Promise.all(nodes.map((node) => problemOf(session, node, span))),
  );
  return nodes.flatMap((node, index) => {
    let at = start;
    const pieces = spans.map(({ n, from, to }, number) => {
      const piece = { start: at, end: at + to - from, chunks: [n, n], problem: found[number]?.[index] } as const;
      at = piece.end;
      return piece;
    });
    return joined(pieces).map(({ chunks, problem, ...bytes }) => ({
      ...bytes,
      place: placeOf(node, range),
      problem: problem && `${problem} (${named(chunks)} of blob ${first.blob.id})`,
    }));
  });
}

interface Piece extends Omit<Copy, 'place'> {
  /** The first and the last. */
  readonly chunks: readonly [number, number];
}

function joined(pieces: readonly Piece[]): readonly Piece[] {
  const all: Piece[] = [];
  for (const piece of pieces) {
    const last = all.at(-1);
    if (last === undefined || last.problem !== piece.problem) all.push(piece);
    else all[all.length - 1] = { ...last, end: piece.end, chunks: [last.chunks[0], piece.chunks[1]] };
  }
  return all;
}

const named = ([first, last]: Piece['chunks']): string =>
  first === last ? `chunk ${first}` : `chunks ${first} to ${last}`;

const placeOf = ({ dataCentre, rack, address }: Node, tokens: string): Copy['place'] => ({
  dataCentre,
  rack,
  node: address,
  tokens,
});

async function problemOf(session: Session, node: Node, { blob, n, length }: Span): Promise<string | undefined> {
  try {
    const [row] = await session.readFrom(node, COPY_CHUNK, [blob.id, segmentOf(n), n]);
    if (row?.d === undefined) return 'missing';
    return rightBytes(row, { blob: blob.id, n, length }) === undefined ? 'not what was written' : undefined;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return `cannot be read: ${error.message}`;
  }
}
