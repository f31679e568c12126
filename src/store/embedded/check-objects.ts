/** Checks of object versions: order within a key, the null version, part lists, and every body against its blob. */

import { fitsBody } from '../../model/stored-size.ts';
import type { Finding } from '../port.ts';
import { badReference, type CheckView } from './check-view.ts';
import { RowReader } from './codec.ts';
import type { StoredExtent } from './extents.ts';
import { numberKey, orderOfVersionKey, readU48 } from './keys.ts';
import { decodeRow } from './manifests.ts';
import { readPart, readPartList } from './records.ts';
import { readBlob, readInline } from './references.ts';
import { readCounters } from './transaction.ts';
import { type Head, readHead, readVersion, type VersionRecord } from './version-record.ts';

export async function* checkObjects(view: CheckView): AsyncGenerator<Finding> {
  const { sequence } = readCounters(view.tables, view.snapshot);
  let older = 0;
  let lists = 0;
  for await (const row of view.all('heads', readHead)) {
    if ('finding' in row) {
      yield row.finding;
      continue;
    }
    const subject = view.subject('heads', row.key);
    const head = row.value;
    if (view.bucketName(readU48(row.key, 0)) === undefined) yield badReference(subject, 'its bucket is not there');
    if (head.keyRevision > sequence) yield badReference(subject, 'it is newer than the last change of the store');
    const versions = olderVersions(view, head);
    older += versions.length;
    for (const record of [head.record, ...versions]) {
      if (record.partList !== 0) lists++;
      yield* checkVersion(view, subject, record);
    }
    yield* checkOrder(subject, head, versions);
  }
  for await (const row of view.all('versions', readVersion)) {
    older--;
    if ('finding' in row) yield row.finding;
    else if (row.value.order !== orderOfVersionKey(row.key)) {
      yield badReference(view.subject('versions', row.key), 'it is filed under another place than its own');
    }
  }
  if (older !== 0) yield badReference('older versions', `${-older} of them belong to no key`);
  for await (const row of view.all('partLists', readPartList)) {
    lists--;
    if ('finding' in row) yield row.finding;
  }
  if (lists !== 0) yield badReference('part lists', `${-lists} of them belong to no version`);
}

function olderVersions(view: CheckView, head: Head): readonly VersionRecord[] {
  if (head.keyNumber === 0) return [];
  const range = { start: numberKey(head.keyNumber), end: numberKey(head.keyNumber + 1) };
  const records: VersionRecord[] = [];
  for (const { key, row } of view.tables.versions.scanRaw(range, view.snapshot)) {
    try {
      records.push(readVersion(new RowReader(view.tables.versions.open(key, row))));
    } catch {
      // Reported by the walk over all older versions; counted here all the same.
      records.push({ ...head.record, order: orderOfVersionKey(key), extent: undefined, partList: 0, isNull: false });
    }
  }
  return records;
}

function* checkOrder(subject: string, head: Head, versions: readonly VersionRecord[]): Generator<Finding> {
  let above = head.record.order;
  for (const { order } of versions) {
    if (order >= above) yield badReference(subject, 'its versions are out of order');
    above = order;
  }
  const nulls = versions.filter(({ isNull }) => isNull);
  if ((nulls[0]?.order ?? 0) !== head.nullOrder || nulls.length + (head.record.isNull ? 1 : 0) > 1) {
    yield badReference(subject, 'its null version is not where the key says, or there are several');
  }
}

function* checkVersion(view: CheckView, subject: string, record: VersionRecord): Generator<Finding> {
  if (record.partList !== 0 && !view.has('partLists', numberKey(record.partList))) {
    yield badReference(subject, 'its list of parts is missing');
  }
  if ((record.extent === undefined) !== (record.kind === 'delete-marker')) {
    yield badReference(subject, 'it is an object without a body, or a delete marker with one');
  }
  if (record.extent === undefined) return;
  if (!fitsBody(record.size, record.extent.end - record.extent.start, record.attributes))
    yield badReference(subject, 'its size is not its body’s');
  yield* checkExtent(view, subject, record.extent);
}

/** The blob is there, alive and of the size and kind that the extent says. */
function* checkExtent(view: CheckView, subject: string, extent: StoredExtent): Generator<Finding> {
  const { kind, blob, blobSize, start, end } = extent;
  if (kind === 'empty') return;
  if (start < 0 || start > end || end > blobSize) yield badReference(subject, 'its body reaches beyond its blob');
  const key = numberKey(blob);
  if (kind === 'inline') {
    const size = view.get('inline', key, (row) => readInline(row).bytes.length);
    if (size !== blobSize) yield badReference(subject, 'its body is missing or has the wrong size');
    return;
  }
  const record = view.get('blobs', key, readBlob);
  if (record === undefined) yield badReference(subject, 'its body is missing');
  else if (record.kind !== kind || record.size !== blobSize || record.chunkBytes !== extent.chunkBytes) {
    yield badReference(subject, 'its body is not of the kind or size it should be');
  }
}

export async function* checkParts(view: CheckView): AsyncGenerator<Finding> {
  for await (const row of view.all('parts', readPart)) {
    if ('finding' in row) {
      yield row.finding;
      continue;
    }
    const subject = view.subject('parts', row.key);
    const { extent, size } = row.value;
    // Parts of encrypted uploads have longer bodies.
    if (extent.end - extent.start < size) yield badReference(subject, 'its body is shorter than it');
    yield* checkExtent(view, subject, extent);
  }
}

/** The rows of each manifest join without gap or overlap and end where its blob ends. */
export async function* checkManifests(view: CheckView): AsyncGenerator<Finding> {
  let at = { manifest: 0, offset: 0 };
  for await (const row of view.all('manifests', (to) => decodeRow(to.rest()))) {
    const manifest = readU48(row.key, 0);
    if ('finding' in row) {
      yield row.finding;
      at = { manifest, offset: readU48(row.key, 6) };
      continue;
    }
    const blob = view.get('blobs', numberKey(manifest), readBlob);
    const subject = `composed body ${manifest}`;
    if (blob?.kind !== 'manifest') yield badReference(subject, 'its blob is missing');
    // One that is being swept loses its rows from the front.
    const whole = blob !== undefined && blob.references > 0;
    if (manifest !== at.manifest) at = { manifest, offset: whole ? 0 : (row.value[0]?.from ?? 0) };
    for (const { from, to, extent } of row.value) {
      if (from !== at.offset || to - from !== extent.end - extent.start) yield badReference(subject, 'it has a gap');
      at = { manifest, offset: to };
      yield* checkExtent(view, subject, extent);
    }
    if (at.offset !== readU48(row.key, 6)) yield badReference(subject, 'a row of it is filed under the wrong offset');
  }
}
