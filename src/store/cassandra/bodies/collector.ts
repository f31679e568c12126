/**
 * The collector: reads the ledger and finishes what others left (decision 0006, "Bodies"). Nothing is deleted that is named:
 *
 * - What is fresh and not named is fenced first, so that its writer's row can never become visible, and looked at again.
 * - What was let go is doomed first, so that nobody refers to it any more, and looked at again.
 *
 * Each entry may be worked on by several at once and again after a death at any point; its row goes last. An entry that
 * cannot be finished now stays for the next round.
 */

import type { Log } from '../../../base/log.ts';
import { type SweepReport, Unavailable } from '../../port.ts';
import type { RegionName, Uuid } from '../database/types.ts';
import { eachOf } from '../parallel.ts';
import { MAX_TIME } from '../tags.ts';
import type { Owner, Owners } from '../types.ts';
import { BLOCK_IDS, idInBlock } from './blocks.ts';
import { dropSegments } from './chunks.ts';
import { type ClaimContext, letGo, trash } from './claims.ts';
import { type Filed, type Found, SLOTS } from './ledger.ts';
import { removeList } from './manifests.ts';
import { chunksOf, idOf, SEGMENT_CHUNKS, segmentsOf } from './ranges.ts';
import type { Readers } from './readers.ts';
import { type Entry, type Header, lengthIn, type Trash, trashOf, unsealHeader } from './records.ts';
import { LIST_HEADER } from './references.ts';
import { DROP_LIST, HEADER, LAST_OF_SEGMENT, PAGE } from './statements.ts';

/** Slots looked through at a time. */
const WIDTH = 4;
/** Entries of one round, however little they reclaim: this and ten times the bodies asked for. */
const ENTRIES = 1000;
const ENTRIES_PER_BODY = 10;

export interface CollectorContext extends ClaimContext {
  readonly owners: () => Owners;
  readonly readers: Readers;
}

interface Round {
  readonly now: number;
  bodies: number;
  entries: number;
  blobs: number;
  bytes: number;
  isDone: boolean;
}

/** One bounded round over all regions. Throws `Unavailable` when a region could not be looked through. */
export async function sweepOnce(
  context: CollectorContext,
  { now, limit }: { readonly now: number; readonly limit: number },
): Promise<SweepReport> {
  const round: Round = {
    now,
    bodies: limit,
    entries: ENTRIES + ENTRIES_PER_BODY * limit,
    blobs: 0,
    bytes: 0,
    isDone: true,
  };
  const slots = Array.from({ length: SLOTS }, (_, slot) => slot);
  let failure: unknown;
  for (const region of context.tools.sessions.regions) {
    try {
      await eachOf(slots, WIDTH, (slot) => sweepSlot(context, round, region, slot));
      if (round.isDone) await context.ledger.keepMark(region);
    } catch (error) {
      // One region that cannot be reached does not keep the others' space.
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return { blobs: round.blobs, bytes: round.bytes, done: round.isDone };
}

async function sweepSlot(context: CollectorContext, round: Round, region: RegionName, slot: number): Promise<void> {
  for await (const found of context.ledger.found(region, slot, round.now)) {
    if (found.entry !== undefined && found.entry.due > round.now) continue;
    if (round.bodies <= 0 || round.entries <= 0) {
      round.isDone = false;
      return;
    }
    round.entries -= 1;
    await finish(context, round, found);
  }
}

/** What is damaged or impossible is told and left; only `Unavailable` ends the round. */
async function finish(context: CollectorContext, round: Round, { filed, entry }: Found): Promise<void> {
  if (entry === undefined) return tell(context.tools.log, filed, undefined);
  try {
    await finishEntry(context, round, filed, entry);
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    tell(context.tools.log, filed, error);
  }
}

function tell(log: Log | undefined, { region, slot, period, id }: Filed, error: unknown): void {
  const place = { region, slot, period: Number(period), id };
  log?.warn('an entry of the ledger cannot be finished, its bodies keep their space', place, error);
}

async function finishEntry(context: CollectorContext, round: Round, filed: Filed, entry: Entry): Promise<void> {
  switch (entry.type) {
    case 'trash':
      return finishTrash(context, round, filed, entry.bodies);
    case 'block':
      return finishBlock(context, round, filed, entry);
    case 'reference':
      return finishReference(context, round, filed, entry);
    case 'note':
      return finishNote(context, filed, entry);
  }
}

// --------------------------------------------------------------------------------------------------------------- trash

async function finishTrash(
  context: CollectorContext,
  round: Round,
  filed: Filed,
  bodies: readonly Trash[],
): Promise<void> {
  if (bodies.some(({ id }) => context.readers.isRead(id))) return;
  for (const body of bodies) {
    round.bodies -= 1;
    if (await reclaimed(context, round, filed.region, body)) continue;
    round.bodies += 1;
  }
  await context.ledger.remove(filed);
}

async function reclaimed(context: CollectorContext, round: Round, region: RegionName, body: Trash): Promise<boolean> {
  if (!(await context.references.doom(region, body.id))) return false;
  const bytes = await removeBody(context, round, region, body);
  await context.references.forget(region, body.id);
  round.blobs += 1;
  round.bytes += bytes;
  return true;
}

/** Bytes that came back. */
async function removeBody(
  context: CollectorContext,
  round: Round,
  region: RegionName,
  { type, id, size, chunkBytes }: Trash,
): Promise<number> {
  const { tools, ledger, references } = context;
  if (type === 'list') {
    const discard = (place: RegionName, bodies: readonly Trash[]) => trash({ tools, ledger }, place, bodies, round.now);
    await removeList({ tools, references, discard }, region, id);
    return 0;
  }
  const known =
    size !== undefined && chunkBytes !== undefined ? { size, chunks: chunksOf(size, chunkBytes) } : undefined;
  const extent = known ?? (await written(context, region, id));
  await dropSegments(tools.sessions.of(region), id, segmentsOf(extent.chunks));
  return extent.size;
}

/**
 * How far a body was written that nobody finished. Chunks on their way reach over one border of segments at most, so behind
 * the first segment that is empty there is at most one that is not: both are deleted as well.
 */
async function written(
  { tools }: CollectorContext,
  region: RegionName,
  blob: Uuid,
): Promise<{ readonly size: number; readonly chunks: number }> {
  const session = tools.sessions.of(region);
  let size = 0;
  for (let segment = 0; ; segment++) {
    const [row] = await session.read(LAST_OF_SEGMENT, [blob, segment]);
    if (typeof row?.n !== 'number') return { size, chunks: (segment + 2) * SEGMENT_CHUNKS };
    size = row.n * tools.tuning.chunkBytes + (lengthIn(row.sum) ?? 0);
  }
}

// -------------------------------------------------------------------------------------------------------------- blocks

async function finishBlock(
  context: CollectorContext,
  round: Round,
  filed: Filed,
  entry: Extract<Entry, { readonly type: 'block' }>,
): Promise<void> {
  let { settled } = entry;
  let later: number | undefined;
  for (let index = 0; index < BLOCK_IDS; index++) {
    const bit = 1n << BigInt(index);
    if ((settled & bit) !== 0n) continue;
    const ripeAt = await settledFrom(context, round, filed.region, idInBlock(filed.id, index));
    if (ripeAt === undefined) settled |= bit;
    else later = Math.min(later ?? ripeAt, ripeAt);
  }
  if (later === undefined) await context.ledger.remove(filed);
  else await context.ledger.change(filed, { type: 'block', due: later, settled });
}

/** Settles one body. Otherwise when it may be looked at: its writer still has time. */
async function settledFrom(
  context: CollectorContext,
  round: Round,
  region: RegionName,
  id: Uuid,
): Promise<number | undefined> {
  const { tuning, sessions } = context.tools;
  const found = await headerOf(context, region, id);
  if (found === undefined) {
    // Never written, or gone. Should its writer wake up now, its first chunk stays invisible.
    await dropSegments(sessions.of(region), id, 1);
    await sessions.of(region).write(DROP_LIST, [MAX_TIME, id]);
    return undefined;
  }
  const { type, header } = found;
  const ripeAt = header.writtenAt + tuning.unsettledMs;
  if (ripeAt > round.now) return ripeAt;
  if (header.owner !== undefined && (await isKept(context, header.owner, id, header.latest))) return undefined;
  await context.references.free(region, id);
  await trash(context, region, [{ type, id, ...(header.size !== undefined && { size: header.size }) }], round.now);
  return undefined;
}

async function headerOf(
  { tools }: CollectorContext,
  region: RegionName,
  id: Uuid,
): Promise<{ readonly type: Trash['type']; readonly header: Header } | undefined> {
  const session = tools.sessions.of(region);
  const [chunk] = await session.read(HEADER, [id]);
  if (Buffer.isBuffer(chunk?.hdr)) return { type: 'blob', header: unsealHeader(id, chunk.hdr) };
  const [page] = await session.read(PAGE, [id, LIST_HEADER]);
  return page === undefined ? undefined : { type: 'list', header: unsealHeader(id, page.v) };
}

/** Whether the owner names it. If not, it never will: it is fenced off. */
async function isKept(context: CollectorContext, owner: Owner, naming: Uuid, latest: bigint): Promise<boolean> {
  const owners = context.owners();
  let isNamed = await owners.isNamed(owner, naming);
  if (!isNamed) {
    await owners.fence(owner, naming, latest);
    isNamed = await owners.isNamed(owner, naming);
    if (isNamed) await owners.unfence(owner, naming);
  }
  if (isNamed) await owners.tidy(owner.home, owner.key);
  return isNamed;
}

// ------------------------------------------------------------------------------------------------- references and notes

async function finishReference(
  context: CollectorContext,
  round: Round,
  filed: Filed,
  { owner, naming, latest }: Extract<Entry, { readonly type: 'reference' }>,
): Promise<void> {
  const { place, reference } = naming;
  const isStray = place.type === 'empty' || reference === undefined;
  if (!isStray && !(await isKept(context, owner, reference, latest))) {
    await context.references.drop(place.region, place.id, reference);
    await trash(context, place.region, [trashOf(place)], round.now);
  }
  await context.ledger.remove(filed);
}

async function finishNote(
  context: CollectorContext,
  filed: Filed,
  { owner, namings }: Extract<Entry, { readonly type: 'note' }>,
): Promise<void> {
  const owners = context.owners();
  // The removal may have been elected and not stored: then the body is still named, and is not as soon as anybody goes on.
  await owners.confirm(owner.home, owner.key);
  await owners.tidy(owner.home, owner.key);
  for (const naming of namings) {
    const id = idOf(naming);
    if (id !== undefined && !(await owners.isNamed(owner, id))) await letGo(context, naming);
  }
  await context.ledger.remove(filed);
}
