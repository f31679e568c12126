/**
 * Bytes as chunks, read: each checked before any of it is handed out, from the nearest copy first, then from a quorum, then
 * from each copy by itself (two that differ would be answered with the larger). Some chunks are read ahead, twice as many with each one
 * that the reader takes, as far as the process's budget allows; the one that is waited for is always read.
 */

import { Corrupt, Unavailable } from '../../port.ts';
import type { Row, Session, Value } from '../database/types.ts';
import type { Tools } from '../types.ts';
import type { Budget } from './background.ts';
import { type Span, segmentOf } from './ranges.ts';
import { rightBytes } from './records.ts';
import { CHUNK_NEAR, CHUNK_SURE } from './statements.ts';

/** Chunks on their way when a read begins: most readers take less. */
const FIRST_AHEAD = 2;

interface Ahead {
  readonly bytes: Promise<Buffer>;
  readonly budget: number;
}

/** The bytes of spans in order. Throws `Corrupt`, `Unavailable`. */
export async function* readSpans(
  spans: AsyncIterable<Span>,
  context: { readonly tools: Tools; readonly budget: Budget },
): AsyncGenerator<Buffer> {
  const { tools, budget } = context;
  const waiting = spans[Symbol.asyncIterator]();
  const ahead: Ahead[] = [];
  let depth = FIRST_AHEAD;
  let next = await waiting.next();
  try {
    for (;;) {
      while (next.done !== true && ahead.length < depth) {
        const { length } = next.value;
        const isAllowed = budget.tryTake(length);
        if (!isAllowed && ahead.length > 0) break;
        ahead.push({ bytes: begun(tools, next.value), budget: isAllowed ? length : 0 });
        next = await waiting.next();
      }
      const [first] = ahead;
      if (first === undefined) return;
      const bytes = await first.bytes;
      ahead.shift();
      budget.give(first.budget);
      yield bytes;
      depth = Math.min(depth * 2, tools.tuning.chunksInFlight);
    }
  } finally {
    for (const each of ahead) budget.give(each.budget);
    await waiting.return?.();
  }
}

/** A failure is seen by whoever waits for the bytes, and by nobody if nobody does. */
function begun(tools: Tools, span: Span): Promise<Buffer> {
  const bytes = chunkOf(tools.sessions.of(span.blob.region), span);
  bytes.catch(() => {});
  return bytes;
}

async function chunkOf(session: Session, span: Span): Promise<Buffer> {
  const { blob, n, length, from, to } = span;
  const values: readonly Value[] = [blob.id, segmentOf(n), n];
  const right = (rows: readonly Row[]) => rightBytes(rows[0], { blob: blob.id, n, length });
  let bytes = right(await session.read(CHUNK_NEAR, values).catch(nothingIfUnavailable));
  bytes ??= right(await session.read(CHUNK_SURE, values).catch(nothingIfUnavailable));
  bytes ??= await fromEach(session, values, right);
  if (bytes === undefined) throw new Corrupt(`chunk ${n} of blob ${blob.id}: no copy of it is what was written`);
  return bytes.subarray(from, to);
}

async function fromEach(
  session: Session,
  values: readonly Value[],
  right: (rows: readonly Row[]) => Buffer | undefined,
): Promise<Buffer | undefined> {
  let failure: Unavailable | undefined;
  for (const node of session.replicas('$region.chunk', values.slice(0, 2)).nodes) {
    try {
      const bytes = right(await session.readFrom(node, CHUNK_NEAR, values));
      if (bytes !== undefined) return bytes;
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      failure = error;
    }
  }
  if (failure !== undefined) throw failure;
  return undefined;
}

function nothingIfUnavailable(error: unknown): readonly Row[] {
  if (error instanceof Unavailable) return [];
  throw error;
}
