/**
 * Records of bodies as bytes: headers, pages of lists, entries of the ledger; sealed JSON (`directory/records.ts`), read by
 * people in trouble. Numbers that may pass 2^53 are text, byte strings base64. And the checksum of a chunk.
 *
 * Chunks bear CRC-32 and their length: native and synchronous (faster than CRC-32C or CRC-64 in WebAssembly), and the same
 * that the embedded engine's files bear. It starts from blob and number: a chunk in another's place is noticed. At 512 KiB a
 * longer CRC would only lower the odds of an unnoticed damage below one in 2^32 damages.
 */

import { crc32 } from 'node:zlib';
import { CHECKSUM_ALGORITHMS } from '../../../base/checksum.ts';
import type { PartInfo } from '../../../model/entities.ts';
import type { Uuid, Value } from '../database/types.ts';
import { Fields, seal, unseal } from '../directory/records.ts';
import type { BodyPlace, Naming, Owner } from '../types.ts';
import { type BlobPlace, EMPTY, type ListRange, type Stored } from './ranges.ts';

// -------------------------------------------------------------------------------------------------------------- chunks

const SUM_BYTES = 8;

export function sumOf(blob: Uuid, n: number, bytes: Uint8Array): Buffer {
  const sum = Buffer.allocUnsafe(SUM_BYTES);
  sum.writeUInt32BE(crc32(bytes, crc32(`${blob} ${n}`)), 0);
  sum.writeUInt32BE(bytes.length, 4);
  return sum;
}

/** The length that a chunk's checksum tells. Undefined: it is none. */
export const lengthIn = (sum: Value | undefined): number | undefined =>
  Buffer.isBuffer(sum) && sum.length === SUM_BYTES ? sum.readUInt32BE(4) : undefined;

/** The bytes of a chunk's row (`d`, `sum`), if they are what was written. */
export function rightBytes(
  row: { readonly d?: Value | undefined; readonly sum?: Value | undefined } | undefined,
  place: { readonly blob: Uuid; readonly n: number; readonly length: number },
): Buffer | undefined {
  const { d, sum } = row ?? {};
  if (!Buffer.isBuffer(d) || !Buffer.isBuffer(sum) || d.length !== place.length) return undefined;
  return sumOf(place.blob, place.n, d).equals(sum) ? d : undefined;
}

// ------------------------------------------------------------------------------------------------------------- headers

/** Of a blob or a list: enough to find who names it first, and until when. */
export interface Header {
  /** Undefined: written for nobody yet. */
  readonly owner: Owner | undefined;
  readonly region: string;
  /** The rows that name it first have tags below this. */
  readonly latest: bigint;
  /** When it was written, milliseconds since 1970. */
  readonly writtenAt: number;
  /** Of a list: its bytes. */
  readonly size?: number;
}

const FORMAT = 1;

export function sealHeader(id: Uuid, { owner, latest, ...rest }: Header): Buffer {
  const fields = { format: FORMAT, ...rest, latest: String(latest), ...(owner && { owner: plainOwner(owner) }) };
  return seal(`body ${id}`, fields);
}

export function unsealHeader(id: Uuid, value: Value | undefined): Header {
  const fields = unseal(`body ${id}`, value);
  return {
    owner: fields.has('owner') ? ownerOf(fields.object('owner')) : undefined,
    region: fields.text('region'),
    latest: BigInt(fields.text('latest')),
    writtenAt: fields.int('writtenAt'),
    ...(fields.has('size') && { size: fields.int('size') }),
  };
}

function plainOwner({ home, key, uploadId }: Owner): object {
  return { ...home, key: key.toString('base64'), ...(uploadId !== undefined && { uploadId }) };
}

function ownerOf(fields: Fields): Owner {
  return {
    home: { region: fields.text('region'), bucketId: fields.text('bucketId') },
    key: Buffer.from(fields.text('key'), 'base64'),
    ...(fields.has('uploadId') && { uploadId: fields.text('uploadId') }),
  };
}

export const sameOwner = (a: Owner | undefined, b: Owner): boolean =>
  a !== undefined &&
  a.home.region === b.home.region &&
  a.home.bucketId === b.home.bucketId &&
  a.uploadId === b.uploadId &&
  a.key.equals(b.key);

// -------------------------------------------------------------------------------------------------------- pages of lists

/** Ranges from an offset of the list on; the row's `seq` is that offset. All blobs are in the list's region. */
export function sealRanges(list: Uuid, at: number, blobs: readonly BlobPlace[]): Buffer {
  const ranges = blobs.map(({ id, start, end, size, chunkBytes }) => [id, start, end, size, chunkBytes]);
  return seal(`list ${list} from ${at}`, { ranges });
}

export function unsealRanges(list: Uuid, at: number, row: { readonly region: string; readonly v: Value | undefined }) {
  let next = at;
  return unseal(`list ${list} from ${at}`, row.v)
    .list('ranges')
    .map((value): ListRange => {
      const fields = new Fields(`a range of list ${list}`, value);
      const [start, end] = [fields.int('1'), fields.int('2')];
      const range = { at: next, blob: blobOf(fields, { region: row.region, start, end }) };
      next += end - start;
      return range;
    });
}

const blobOf = (
  fields: Fields,
  range: { readonly region: string; readonly start: number; readonly end: number },
): BlobPlace => ({
  type: 'blob',
  id: fields.text('0'),
  ...range,
  size: fields.int('3'),
  chunkBytes: fields.int('4'),
});

/** What the list holds by references of its own. */
export function sealHoldings(list: Uuid, seq: bigint, holdings: readonly Naming[]): Buffer {
  return seal(`list ${list} holds ${seq}`, { holdings });
}

export const unsealHoldings = (list: Uuid, seq: bigint, value: Value | undefined): readonly Naming[] =>
  unseal(`list ${list} holds ${seq}`, value)
    .list('holdings')
    .map((each) => namingOf(new Fields(`a holding of list ${list}`, each)));

export function sealParts(list: Uuid, seq: bigint, parts: readonly PartInfo[]): Buffer {
  return seal(`list ${list} parts ${seq}`, { parts });
}

export const unsealParts = (list: Uuid, seq: bigint, value: Value | undefined): readonly PartInfo[] =>
  unseal(`list ${list} parts ${seq}`, value)
    .list('parts')
    .map((each) => partOf(new Fields(`a part of list ${list}`, each)));

function partOf(fields: Fields): PartInfo {
  const checksum = fields.has('checksum') ? fields.object('checksum') : undefined;
  return {
    number: fields.int('number'),
    size: fields.int('size'),
    ...(checksum && {
      checksum: {
        algorithm: checksum.oneOf('algorithm', CHECKSUM_ALGORITHMS),
        value: checksum.text('value'),
        type: checksum.oneOf('type', ['FULL_OBJECT', 'COMPOSITE']),
      },
    }),
  };
}

// -------------------------------------------------------------------------------------------------------------- ledger

/** Unfinished work. `due`: milliseconds since 1970 from when on the collector looks at it. */
export type Entry =
  /** Ids of bodies that were given out, or may be; `settled` has a bit for each that is none of the collector's business. */
  | { readonly type: 'block'; readonly due: number; readonly settled: bigint }
  /** A reference that a row of `owner` is about to name. */
  | {
      readonly type: 'reference';
      readonly due: number;
      readonly owner: Owner;
      readonly naming: Naming;
      readonly latest: bigint;
    }
  /** Rows of `owner` that are about to be removed. */
  | { readonly type: 'note'; readonly due: number; readonly owner: Owner; readonly namings: readonly Naming[] }
  /** Bodies of which a name was taken away. */
  | { readonly type: 'trash'; readonly due: number; readonly bodies: readonly Trash[] };

/** A whole body. `size` is unknown where nobody finished writing it. */
export interface Trash {
  readonly type: 'blob' | 'list';
  readonly id: Uuid;
  readonly size?: number;
  readonly chunkBytes?: number;
}

export function trashOf(place: Stored): Trash {
  const { type, id, size } = place;
  return type === 'blob' ? { type, id, size, chunkBytes: place.chunkBytes } : { type, id, size };
}

export function sealEntry(id: Uuid, entry: Entry): Buffer {
  return seal(`ledger ${id}`, plainEntry(entry));
}

function plainEntry(entry: Entry): object {
  switch (entry.type) {
    case 'block':
      return { ...entry, settled: String(entry.settled) };
    case 'reference':
      return { ...entry, owner: plainOwner(entry.owner), latest: String(entry.latest) };
    case 'note':
      return { ...entry, owner: plainOwner(entry.owner) };
    case 'trash':
      return entry;
  }
}

export function unsealEntry(id: Uuid, value: Value | undefined): Entry {
  const fields = unseal(`ledger ${id}`, value);
  const type = fields.oneOf('type', ['block', 'reference', 'note', 'trash']);
  const due = fields.int('due');
  switch (type) {
    case 'block':
      return { type, due, settled: BigInt(fields.text('settled')) };
    case 'reference': {
      const naming = namingOf(fields.object('naming'));
      return { type, due, owner: ownerOf(fields.object('owner')), naming, latest: BigInt(fields.text('latest')) };
    }
    case 'note': {
      const namings = fields.list('namings').map((each) => namingOf(new Fields('a noted naming', each)));
      return { type, due, owner: ownerOf(fields.object('owner')), namings };
    }
    case 'trash':
      return { type, due, bodies: fields.list('bodies').map((each) => trashIn(new Fields('trash', each))) };
  }
}

const trashIn = (fields: Fields): Trash => ({
  type: fields.oneOf('type', ['blob', 'list']),
  id: fields.text('id'),
  ...(fields.has('size') && { size: fields.int('size') }),
  ...(fields.has('chunkBytes') && { chunkBytes: fields.int('chunkBytes') }),
});

// ------------------------------------------------------------------------------------------------------------- namings

/** A naming out of JSON. Into JSON it goes as it is. */
export function namingOf(fields: Fields): Naming {
  const reference = fields.has('reference') ? fields.text('reference') : undefined;
  return { place: placeOf(fields.object('place')), reference };
}

function placeOf(fields: Fields): BodyPlace {
  const type = fields.oneOf('type', ['empty', 'blob', 'list']);
  if (type === 'empty') return EMPTY;
  const range = {
    region: fields.text('region'),
    id: fields.text('id'),
    start: fields.int('start'),
    end: fields.int('end'),
    size: fields.int('size'),
  };
  return type === 'list' ? { type, ...range } : { type, ...range, chunkBytes: fields.int('chunkBytes') };
}
