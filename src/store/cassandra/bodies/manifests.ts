/**
 * Lists: bodies made of ranges of others (table `manifest`).
 *
 * Rows of a list, by `seq`: from 0 on pages of a hundred ranges, each at the offset of its first byte, so that a read finds its
 * page by the offset; -1 the header; below that pages of the parts that GetObjectAttributes shows; below `HOLDINGS` pages of
 * what the list holds by references of its own. Lists of lists are flattened when they are made: a list's ranges are blobs'.
 * Whom it holds is the body that the part named, blob or list, once for each body.
 *
 * Order: header, holdings, references, pages. Whatever it dies after, the header says whose the list was to be, and the
 * holdings name every reference that may exist.
 */

import type { PartInfo } from '../../../model/entities.ts';
import { Conflict, Corrupt, Unavailable } from '../../port.ts';
import type { RegionName, Row, Session, Uuid } from '../database/types.ts';
import { eachOf } from '../parallel.ts';
import { MAX_TIME } from '../tags.ts';
import type { Naming, Tools } from '../types.ts';
import { newUuid } from '../uuid.ts';
import type { Fresh } from './fresh.ts';
import { type BlobPlace, type ListPlace, type ListRange, type Stored, sizeOf, within } from './ranges.ts';
import {
  sealHoldings,
  sealParts,
  sealRanges,
  type Trash,
  trashOf,
  unsealHoldings,
  unsealParts,
  unsealRanges,
} from './records.ts';
import { LIST_HEADER, type References } from './references.ts';
import { DROP_LIST, PAGE_AT, PAGES_AFTER, PAGES_BELOW, PUT_PAGE } from './statements.ts';

const PAGE_RANGES = 100;
const PAGE_HOLDINGS = 100;
const PAGE_PARTS = 500;
const HOLDINGS = -1_000_000n;
const LOWEST = -2_000_000n;
/** Pages asked for at a time when a list is read on. */
const PAGES_AHEAD = 4;
/** Statements of one list on their way at a time. */
const WIDTH = 16;

export interface ListContext {
  readonly tools: Tools;
  readonly references: References;
  /** Hands bodies of which a name was taken away to the collector. */
  readonly discard: (region: RegionName, bodies: readonly Trash[]) => Promise<void>;
}

// ------------------------------------------------------------------------------------------------------------- writing

/**
 * Writes a list under a fresh id. Throws `Conflict('source')` when a part's body is gone: then, and after any other failure,
 * what was written is to be handed to the collector.
 */
export async function writeList(
  context: ListContext,
  fresh: Fresh,
  parts: readonly Stored[],
  infos: readonly PartInfo[],
): Promise<void> {
  const { tools, references } = context;
  const { region } = fresh.reserved;
  const session = tools.sessions.of(region);
  await fresh.renew();
  const put = async (seq: bigint, record: Buffer) => session.write(PUT_PAGE, [fresh.id, seq, record, tools.tags.now()]);
  const holdings = holdingsOf(parts, () => newUuid(tools.random));
  await eachOf(pagesOf(holdings, PAGE_HOLDINGS), WIDTH, ({ page, index }) => {
    const seq = HOLDINGS - BigInt(index);
    return put(seq, sealHoldings(fresh.id, seq, page));
  });
  await eachOf(holdings, WIDTH, async ({ place, reference }) => {
    if (place.type === 'empty' || reference === undefined) return;
    if ((await references.hold(region, place, reference)) !== 'held') throw new Conflict('source');
  });
  await eachOf(pagesOf(infos, PAGE_PARTS), WIDTH, ({ page, index }) => {
    const seq = LIST_HEADER - 1n - BigInt(index);
    return put(seq, sealParts(fresh.id, seq, page));
  });
  await writeRanges(session, parts, (at, page) => put(BigInt(at), sealRanges(fresh.id, at, page)));
  if (!fresh.isLate()) return;
  // The collector may have been here and found fewer holdings than there are references now.
  await dropHoldings(context, region, holdings);
  throw new Unavailable('the parts took too long to put together', { mayHaveApplied: false });
}

async function writeRanges(
  session: Session,
  parts: readonly Stored[],
  put: (at: number, page: readonly BlobPlace[]) => Promise<void>,
): Promise<void> {
  const flying: Promise<void>[] = [];
  let page: BlobPlace[] = [];
  let first = 0;
  let at = 0;
  const flush = async () => {
    if (page.length === 0) return;
    flying.push(put(first, page));
    page = [];
    first = at;
    if (flying.length >= WIDTH) await Promise.all(flying.splice(0));
  };
  try {
    for (const part of parts) {
      for await (const blob of blobsOf(session, part)) {
        page.push(blob);
        at += blob.end - blob.start;
        if (page.length === PAGE_RANGES) await flush();
      }
    }
    await flush();
  } finally {
    await Promise.all(flying);
  }
}

/** Each body once, whole, under a reference of its own. */
function holdingsOf(parts: readonly Stored[], newReference: () => Uuid): readonly Naming[] {
  const bodies = new Map<Uuid, Stored>();
  for (const place of parts) bodies.set(place.id, { ...place, start: 0, end: place.size });
  return [...bodies.values()].map((place) => ({ place, reference: newReference() }));
}

function pagesOf<T>(
  items: readonly T[],
  size: number,
): readonly { readonly page: readonly T[]; readonly index: number }[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => ({ page: items.slice(index * size, (index + 1) * size), index }));
}

// ------------------------------------------------------------------------------------------------------------- reading

/** The ranges of blobs that a place is made of, in order. Throws `Corrupt` where a page is missing or damaged. */
export async function* blobsOf(session: Session, place: Stored): AsyncGenerator<BlobPlace> {
  if (place.type === 'blob') {
    if (sizeOf(place) > 0) yield place;
    return;
  }
  const { start, end } = place;
  let next: number | undefined;
  for await (const range of rangesFrom(session, place)) {
    const { at, blob } = range;
    if (next !== undefined && at !== next) throw gap(place, next);
    if (next === undefined && at > start) throw gap(place, start);
    next = at + blob.end - blob.start;
    if (at >= end) return;
    const part = within(range, start, end);
    if (part !== undefined) yield part;
    if (next >= end) return;
  }
  if ((next ?? start) < end) throw gap(place, next ?? start);
}

const gap = ({ id }: ListPlace, at: number): Corrupt => new Corrupt(`list ${id}: there is no range at offset ${at}`);

async function* rangesFrom(session: Session, place: ListPlace): AsyncGenerator<ListRange> {
  const { id, region, start } = place;
  let rows = await session.read(PAGE_AT, [id, BigInt(start)]);
  for (;;) {
    let last: bigint | undefined;
    for (const row of rows) {
      last = seqOf(row);
      yield* unsealRanges(id, Number(last), { region, v: row.v });
    }
    if (last === undefined) return;
    rows = await session.read(PAGES_AFTER, [id, last, PAGES_AHEAD]);
  }
}

/** The parts that a list was made with. */
export async function partsOfList(session: Session, list: Uuid): Promise<readonly PartInfo[]> {
  const parts: PartInfo[] = [];
  for await (const { seq, v } of pagesBelow(session, list, { from: LIST_HEADER, to: HOLDINGS })) {
    parts.push(...unsealParts(list, seq, v));
  }
  return parts;
}

/** What a list holds, page by page. */
export async function* holdingsOfList(session: Session, list: Uuid): AsyncGenerator<readonly Naming[]> {
  for await (const { seq, v } of pagesBelow(session, list, { from: HOLDINGS + 1n, to: LOWEST })) {
    yield unsealHoldings(list, seq, v);
  }
}

/** Pages with `to` < seq < `from`, downwards. */
async function* pagesBelow(
  session: Session,
  list: Uuid,
  { from, to }: { readonly from: bigint; readonly to: bigint },
): AsyncGenerator<{ readonly seq: bigint; readonly v: Row['v'] }> {
  let above = from;
  for (;;) {
    const rows = await session.read(PAGES_BELOW, [list, above, to + 1n, PAGES_AHEAD]);
    for (const row of rows) {
      above = seqOf(row);
      yield { seq: above, v: row.v };
    }
    if (rows.length < PAGES_AHEAD) return;
  }
}

function seqOf({ seq }: Row): bigint {
  if (typeof seq !== 'bigint') throw new Corrupt('a page of a list without its place');
  return seq;
}

// ------------------------------------------------------------------------------------------------------------ removing

/** Removes a list that nobody holds: its references first, then its rows. May be repeated, and by several at once. */
export async function removeList(context: ListContext, region: RegionName, list: Uuid): Promise<void> {
  const session = context.tools.sessions.of(region);
  for await (const holdings of holdingsOfList(session, list)) await dropHoldings(context, region, holdings);
  await session.write(DROP_LIST, [MAX_TIME, list]);
}

async function dropHoldings(context: ListContext, region: RegionName, holdings: readonly Naming[]): Promise<void> {
  const held = holdings.flatMap(({ place, reference }) =>
    place.type === 'empty' || reference === undefined ? [] : [{ place, reference }],
  );
  for (const { page } of pagesOf(held, PAGE_HOLDINGS)) {
    await eachOf(page, WIDTH, ({ place, reference }) => context.references.drop(region, place.id, reference));
    const bodies = page.map(({ place }) => trashOf(place));
    await context.discard(region, bodies);
  }
}
