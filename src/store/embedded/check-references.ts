/**
 * Counts every blob's references anew and compares, with bounded memory: blobs are counted in windows of their numbers, and
 * all rows that name blobs are walked once per window.
 */

import type { Finding } from '../port.ts';
import { badReference, type Checked, type CheckView } from './check-view.ts';
import type { RowReader } from './codec.ts';
import type { StoredExtent } from './extents.ts';
import { numberKey, pairKey, readU48 } from './keys.ts';
import { readRange } from './ledger.ts';
import { decodeRow } from './manifests.ts';
import { readPart } from './records.ts';
import { readBlob, readInline, readTrash } from './references.ts';
import { readCounters } from './transaction.ts';
import { readHead, readVersion } from './version-record.ts';

/** Blobs counted at once, four bytes each. */
const WINDOW = 4 * 1024 * 1024;

export async function* checkReferences(view: CheckView): AsyncGenerator<Finding> {
  const counters = readCounters(view.tables, view.snapshot);
  const sums = { body: 0, trash: 0, unnamed: 0 };
  for (let first = 0; first < counters.blob; first += WINDOW) {
    const counts = new Uint32Array(Math.min(WINDOW, counters.blob - first));
    for await (const { kind, blob } of namedExtents(view)) {
      const at = blob - first;
      if (kind !== 'empty' && at >= 0 && at < counts.length) counts[at] = (counts[at] ?? 0) + 1;
    }
    yield* compareInline(view, { first, counts }, sums);
    yield* compareBlobs(view, { first, counts }, sums);
  }
  yield* checkTrash(view, sums.unnamed);
  if (counters.bodyBytes !== sums.body) yield badReference('the counters', 'the bytes of bodies are wrong');
  if (counters.trashBytes !== sums.trash) yield badReference('the counters', 'the bytes of trash are wrong');
  for await (const row of view.all('ledger', readRange)) if ('finding' in row) yield row.finding;
}

/** Whatever a row names. Damaged rows are reported by the checks of their tables. */
async function* namedExtents(view: CheckView): AsyncGenerator<StoredExtent> {
  for await (const row of view.all('heads', readHead)) {
    if ('value' in row && row.value.record.extent !== undefined) yield row.value.record.extent;
  }
  for await (const row of view.all('versions', readVersion)) {
    if ('value' in row && row.value.extent !== undefined) yield row.value.extent;
  }
  for await (const row of view.all('parts', readPart)) if ('value' in row) yield row.value.extent;
  for await (const row of view.all('manifests', (to) => decodeRow(to.rest()))) {
    if ('value' in row) for (const { extent } of row.value) yield extent;
  }
}

interface Sums {
  body: number;
  trash: number;
  /** Blobs that no row names. */
  unnamed: number;
}

interface Window {
  readonly first: number;
  readonly counts: Uint32Array;
}

async function* compareInline(view: CheckView, window: Window, sums: Sums): AsyncGenerator<Finding> {
  const decode = (row: RowReader) => {
    const { references, bytes } = readInline(row);
    return { references, size: bytes.length, weighs: true };
  };
  for await (const row of view.all('inline', decode)) yield* compare(row, window, sums);
}

async function* compareBlobs(view: CheckView, window: Window, sums: Sums): AsyncGenerator<Finding> {
  const decode = (row: RowReader) => {
    const { references, size, kind } = readBlob(row);
    return { references, size, weighs: kind === 'file' };
  };
  for await (const row of view.all('blobs', decode)) {
    yield* compare(row, window, sums);
    if ('finding' in row || row.value.weighs || row.value.references === 0) continue;
    const blob = readU48(row.key, 0);
    if (view.get('manifests', pairKey(blob, row.value.size), (to) => to.rest().length) === undefined) {
      yield badReference(`composed body ${blob}`, 'its end is missing');
    }
  }
}

function* compare(
  row: Checked<{ readonly references: number; readonly size: number; readonly weighs: boolean }>,
  { first, counts }: Window,
  sums: Sums,
): Generator<Finding> {
  const blob = readU48(row.key, 0);
  if (blob < first || blob >= first + counts.length) return;
  if ('finding' in row) {
    yield row.finding;
    return;
  }
  const { references, size, weighs } = row.value;
  const counted = counts[blob - first] ?? 0;
  if (counted !== references) {
    yield badReference(`blob ${blob}`, `it is named ${counted} times and counts ${references}`);
  }
  if (references === 0) sums.unnamed++;
  if (weighs && references > 0) sums.body += size;
  if (weighs && references === 0) sums.trash += size;
}

async function* checkTrash(view: CheckView, unnamed: number): AsyncGenerator<Finding> {
  let count = 0;
  for await (const row of view.all('trash', readTrash)) {
    count++;
    if ('finding' in row) {
      yield row.finding;
      continue;
    }
    const key = numberKey(readU48(row.key, 6));
    const inline = view.get('inline', key, readInline)?.references;
    const references = row.value.kind === 'inline' ? inline : view.get('blobs', key, readBlob)?.references;
    if (references !== 0) yield badReference(view.subject('trash', row.key), 'what it names is not trash');
  }
  if (count !== unnamed)
    yield badReference('the trash', `it lists ${count} blobs, ${unnamed} are not named by any row`);
}

/** The object, for an operator, whose body is or contains this blob. Walks the store: for damaged ones only. */
export async function nameOfBlob(view: CheckView, blob: number): Promise<string> {
  const holders = new Set([blob]);
  for await (const row of view.all('manifests', (to) => decodeRow(to.rest()))) {
    if ('value' in row && row.value.some(({ extent }) => extent.blob === blob)) holders.add(readU48(row.key, 0));
  }
  for await (const row of view.all('heads', readHead)) {
    if ('finding' in row) continue;
    const { record, keyNumber } = row.value;
    if (record.extent !== undefined && holders.has(record.extent.blob)) return view.subject('heads', row.key);
    if (keyNumber !== 0 && olderNames(view, keyNumber, holders)) {
      return `an older version of ${view.subject('heads', row.key)}`;
    }
  }
  return `blob ${blob}`;
}

function olderNames(view: CheckView, keyNumber: number, holders: ReadonlySet<number>): boolean {
  const range = { start: numberKey(keyNumber), end: numberKey(keyNumber + 1) };
  for (const { key } of view.tables.versions.scanRaw(range, view.snapshot)) {
    const extent = view.get('versions', key, readVersion)?.extent;
    if (extent !== undefined && holders.has(extent.blob)) return true;
  }
  return false;
}
