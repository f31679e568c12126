/**
 * Bodies that nobody names: no row of their first owner, no reference, and no entry of the ledger by which the collector
 * would find them. Whoever looks suspicious is looked for in the whole ledger, many at a time, and once more after a while.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Corrupt, type Finding } from '../../port.ts';
import { BLOCK_IDS, blockId, idInBlock } from '../bodies/blocks.ts';
import { NIL } from '../bodies/ledger.ts';
import { type Entry, type Header, unsealEntry, unsealHeader } from '../bodies/records.ts';
import { LIST_HEADER, REFERENCE } from '../bodies/references.ts';
import { ENTRIES, HEADER, PAGE } from '../bodies/statements.ts';
import type { RegionName, Row, Session, Uuid, Value } from '../database/types.ts';
import { eachOf } from '../parallel.ts';
import type { Owner, Owners, Tools } from '../types.ts';
import { isUploads } from '../uploads/owners.ts';
import type { Uploads } from '../uploads/uploads.ts';
import { LOOK_AGAIN_MS } from './looks.ts';
import { ANY_HOLDER, SCAN_CHUNKS, SCAN_LEDGER, SCAN_LISTS, SCAN_REFS } from './statements.ts';
import { walkTable } from './walk.ts';

interface Context {
  readonly tools: Tools;
  readonly uploads: Pick<Uploads, 'names'>;
  readonly keys: { readonly owners: Pick<Owners, 'isNamed'> };
}

interface Suspect {
  readonly type: 'blob' | 'list' | 'references';
  readonly id: Uuid;
}

/** Suspects that are looked for in the ledger together. */
const TOGETHER = 200;
const LOOKS_AT_ONCE = 8;
const ENTRIES_PAGE = 100;

export async function* orphanFindings(context: Context, region: RegionName): AsyncGenerator<Finding> {
  const session = context.tools.sessions.of(region);
  yield* damagedEntries(session);
  let waiting: Suspect[] = [];
  for await (const suspects of suspectsIn(context, session)) {
    waiting.push(...suspects);
    if (waiting.length < TOGETHER) continue;
    yield* orphansAmong(context, session, waiting);
    waiting = [];
  }
  yield* orphansAmong(context, session, waiting);
}

async function* orphansAmong(
  context: Context,
  session: Session,
  suspects: readonly Suspect[],
): AsyncGenerator<Finding> {
  const first = await uncovered(session, suspects);
  if (first.length === 0) return;
  // An entry may have been filed anew while the ledger was read, a body named or removed.
  await sleep(LOOK_AGAIN_MS);
  const second = await eachOf(first, LOOKS_AT_ONCE, async (suspect) =>
    (await isSuspect(context, session, suspect)) ? [suspect] : [],
  );
  for (const { type, id } of await uncovered(session, second.flat())) {
    const problem = type === 'references' ? 'they are of a body that is not there' : 'nothing names it';
    yield { kind: 'orphan', subject: `${type} ${id}`, problem };
  }
}

// ------------------------------------------------------------------------------------------------------------- suspects

async function* suspectsIn(context: Context, session: Session): AsyncGenerator<readonly Suspect[]> {
  const look = async (suspects: readonly Suspect[]) => {
    const found = await eachOf(suspects, LOOKS_AT_ONCE, async (one) =>
      (await isSuspect(context, session, one)) ? [one] : [],
    );
    return found.flat();
  };
  const chunks = walkTable(session, SCAN_CHUNKS, ({ blob, seg }) => `${blob} ${seg}`);
  for await (const page of chunks) yield await look(namesIn(page, 'blob', 'blob'));
  const lists = walkTable(session, SCAN_LISTS, ({ body }) => String(body));
  for await (const page of lists) yield await look(namesIn(page, 'body', 'list'));
  const refs = walkTable(session, SCAN_REFS, ({ body }) => String(body));
  for await (const page of refs) yield await look(namesIn(page, 'body', 'references'));
}

function namesIn(page: readonly Row[], column: 'blob' | 'body', type: Suspect['type']): readonly Suspect[] {
  return [...new Set(page.map((row) => String(row[column])))].map((id) => ({ type, id }));
}

async function isSuspect(context: Context, session: Session, { type, id }: Suspect): Promise<boolean> {
  const [blob, list] = await Promise.all([headerOf(session, 'blob', id), headerOf(session, 'list', id)]);
  if (type === 'references') return blob === undefined && list === undefined;
  const header = type === 'blob' ? blob : list;
  if (header !== undefined && header !== 'damaged' && header.owner !== undefined) {
    if (await isNamed(context, header.owner, id)) return false;
  }
  return (await session.read(ANY_HOLDER, [id, REFERENCE])).length === 0;
}

async function headerOf(session: Session, type: 'blob' | 'list', id: Uuid): Promise<Header | 'damaged' | undefined> {
  const [row] = await (type === 'blob' ? session.read(HEADER, [id]) : session.read(PAGE, [id, LIST_HEADER]));
  const bytes: Value | undefined = type === 'blob' ? row?.hdr : row?.v;
  if (bytes === undefined) return undefined;
  try {
    return unsealHeader(id, bytes);
  } catch (error) {
    if (!(error instanceof Corrupt)) throw error;
    return 'damaged';
  }
}

async function isNamed({ uploads, keys }: Context, owner: Owner, id: Uuid): Promise<boolean> {
  return isUploads(owner) ? await uploads.names(owner, id) : await keys.owners.isNamed(owner, id);
}

// --------------------------------------------------------------------------------------------------------------- ledger

/** Those that no entry of the ledger leads to. */
async function uncovered(session: Session, suspects: readonly Suspect[]): Promise<readonly Suspect[]> {
  const left = new Map(suspects.map((suspect) => [suspect.id, suspect]));
  if (left.size === 0) return [];
  for await (const { id, entry } of entries(session)) {
    for (const body of entry === undefined ? [] : bodiesOf(id, entry)) left.delete(body);
    if (left.size === 0) break;
  }
  return [...left.values()];
}

function bodiesOf(id: Uuid, entry: Entry): readonly Uuid[] {
  switch (entry.type) {
    case 'block': {
      const ids = Array.from({ length: BLOCK_IDS }, (_, index) => index);
      return ids
        .filter((index) => (entry.settled & (1n << BigInt(index))) === 0n)
        .map((index) => idInBlock(blockId(id), index));
    }
    case 'reference':
      return entry.naming.place.type === 'empty' ? [] : [entry.naming.place.id];
    case 'note':
      return entry.namings.flatMap(({ place }) => (place.type === 'empty' ? [] : [place.id]));
    case 'trash':
      return entry.bodies.map((body) => body.id);
  }
}

async function* damagedEntries(session: Session): AsyncGenerator<Finding> {
  for await (const { id, entry } of entries(session)) {
    if (entry === undefined) yield { kind: 'row', subject: `entry ${id} of the ledger`, problem: 'it cannot be read' };
  }
}

async function* entries(session: Session): AsyncGenerator<{ readonly id: Uuid; readonly entry: Entry | undefined }> {
  for await (const page of walkTable(session, SCAN_LEDGER, ({ slot, period }) => `${slot} ${period}`)) {
    for (const { slot, period } of page) {
      // Slot -1 holds the collector's mark.
      if (typeof slot !== 'number' || slot < 0 || typeof period !== 'bigint') continue;
      let after: Uuid = NIL;
      for (;;) {
        const rows = await session.read(ENTRIES, [slot, period, after, ENTRIES_PAGE]);
        for (const { id, v } of rows) yield entryOf(String(id), v);
        const last = rows.at(-1)?.id;
        if (typeof last !== 'string' || rows.length < ENTRIES_PAGE) break;
        after = last;
      }
    }
  }
}

function entryOf(id: Uuid, value: Value | undefined): { readonly id: Uuid; readonly entry: Entry | undefined } {
  try {
    return { id, entry: unsealEntry(id, value) };
  } catch (error) {
    if (!(error instanceof Corrupt)) throw error;
    return { id, entry: undefined };
  }
}
