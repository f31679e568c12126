/**
 * The cells of `head` and `ver` as bytes: state of a shard (`head.s`), current row of a key (`head.v`), a version (`ver.v`).
 * Decision 0006, "Cells". Pure.
 *
 * Every cell is written at a timestamp of ours, and at equal timestamps the database keeps the bytewise larger value. So the
 * count of a tag leads its cell, and a state's timestamp is the state's number: neither can go back.
 *
 * Left out: what the records inside mean; that is the keys' (keys/).
 */

import type { Versioning } from '../../../model/entities.ts';
import { Corrupt } from '../../port.ts';
import type { Uuid } from '../database/types.ts';
import type { JobKind, ShardState, Tag } from '../types.ts';
import { bigintOf, isOneOf, keyOf, listOf, numberOf, parse, textOf } from './json.ts';

/** Key of the row that every partition of `head` has as long as it exists. No object has an empty key. */
export const SENTINEL = Buffer.alloc(0);
/** The smallest key that is not the sentinel's. */
export const FIRST_KEY = Buffer.of(0);

const NUMBERS: Readonly<Record<ShardState, number>> = { filling: 1, live: 2, sealed: 3, retired: 4 };
const STATES: Readonly<Record<number, ShardState | undefined>> = { 1: 'filling', 2: 'live', 3: 'sealed', 4: 'retired' };
const KINDS = ['move', 'mode', 'delete'] as const satisfies readonly JobKind[];
const MODES = ['unversioned', 'enabled', 'suspended'] as const satisfies readonly Versioning[];

/** What a shard is from its first to its last day. */
export interface Fixed {
  readonly low: Buffer;
  /** Undefined: to the end. */
  readonly high: Buffer | undefined;
  readonly mode: Versioning;
  readonly floor: bigint;
  /** The last change of the whole bucket that it went through. */
  readonly epoch: number;
}

/** Who takes over from here on: written with SEALED and RETIRED. */
export interface Succession {
  readonly kind: JobKind;
  /** The floor of the shards that take over. */
  readonly floor: bigint;
  /**
   * By ascending `low`. SEALED for `mode` and `delete`: not decided yet, empty. RETIRED and empty: the bucket is gone.
   */
  readonly next: readonly { readonly low: Buffer; readonly shard: Uuid }[];
}

export interface StateCell extends Fixed {
  readonly state: ShardState;
  readonly over: Succession | undefined;
}

/** The timestamp at which a state is written. */
export function stateTime(state: ShardState): bigint {
  return BigInt(NUMBERS[state]);
}

/** The same bytes whoever writes it: several workers do. */
export function encodeState({ state, over, ...fixed }: StateCell): Buffer {
  const text = JSON.stringify({
    low: fixed.low.toString('base64'),
    high: fixed.high?.toString('base64') ?? null,
    mode: fixed.mode,
    floor: String(fixed.floor),
    epoch: fixed.epoch,
    ...(over === undefined
      ? {}
      : {
          kind: over.kind,
          over: String(over.floor),
          next: over.next.map(({ low, shard }) => ({ low: low.toString('base64'), shard })),
        }),
  });
  return Buffer.concat([Buffer.of(NUMBERS[state]), Buffer.from(text)]);
}

/** Throws `Corrupt`. */
export function decodeState(cell: Buffer): StateCell {
  const state = STATES[cell[0] ?? 0];
  if (state === undefined) throw new Corrupt(`a shard in state ${cell[0]}, which this version does not know`);
  const json = parse(cell.subarray(1));
  const kind = textOf(json, 'kind', '');
  const fixed: Fixed = {
    low: keyOf(json, 'low') ?? SENTINEL,
    high: keyOf(json, 'high'),
    mode: isOneOf(MODES, textOf(json, 'mode')),
    floor: bigintOf(json, 'floor'),
    epoch: numberOf(json, 'epoch'),
  };
  if (kind === '') return { ...fixed, state, over: undefined };
  const next = listOf(json, 'next').map((one) => ({ low: keyOf(one, 'low') ?? SENTINEL, shard: textOf(one, 'shard') }));
  return { ...fixed, state, over: { kind: isOneOf(KINDS, kind), floor: bigintOf(json, 'over'), next } };
}

/** Whether the shard is the one for this key, if it is anybody's. */
export function covers({ low, high }: Pick<Fixed, 'low' | 'high'>, key: Buffer): boolean {
  return key.compare(low) >= 0 && (high === undefined || key.compare(high) < 0);
}

/** Which of the next shards takes the key. Undefined: there is none. */
export function successorOf({ next }: Succession, key: Buffer): Uuid | undefined {
  return next.findLast(({ low }) => low.compare(key) <= 0)?.shard ?? next[0]?.shard;
}

// -------------------------------------------------------------------------------------------------------------- rows

/** A cell of `head`; its timestamp is `tag.time`. */
export interface HeadCell {
  readonly tag: Tag;
  /** Undefined: dead. */
  readonly payload: Buffer | undefined;
}

const COUNT_BYTES = 4;
const DEAD = 0;
const ALIVE = 1;

export function encodeHead({ tag, payload }: HeadCell): Buffer {
  const cell = Buffer.allocUnsafe(COUNT_BYTES + 1 + (payload?.length ?? 0));
  cell.writeInt32BE(tag.count, 0);
  cell.writeUInt8(payload === undefined ? DEAD : ALIVE, COUNT_BYTES);
  payload?.copy(cell, COUNT_BYTES + 1);
  return cell;
}

/** `time`: the cell's timestamp. Throws `Corrupt`. */
export function decodeHead(cell: Buffer, time: bigint): HeadCell {
  const kind = cell[COUNT_BYTES];
  if (kind !== DEAD && kind !== ALIVE) throw new Corrupt('a current row that is neither dead nor alive');
  const payload = kind === ALIVE ? cell.subarray(COUNT_BYTES + 1) : undefined;
  return { tag: { time, count: cell.readInt32BE(0) }, payload };
}

const TAG_BYTES = 12;

/** A cell of `ver`. */
export interface VersionCell {
  /** The key's tag at which the row was last changed, or became void. */
  readonly tag: Tag;
  /** Undefined: void. */
  readonly payload: Buffer | undefined;
}

/** Voids carry their tag too: a later vacuum may forget them once no change from before them can be stored any more. */
export function encodeVersion({ tag, payload }: VersionCell): Buffer {
  const cell = Buffer.allocUnsafe(TAG_BYTES + 1 + (payload?.length ?? 0));
  cell.writeBigUInt64BE(tag.time, 0);
  cell.writeInt32BE(tag.count, 8);
  cell.writeUInt8(payload === undefined ? DEAD : ALIVE, TAG_BYTES);
  payload?.copy(cell, TAG_BYTES + 1);
  return cell;
}

/** Throws `Corrupt`. */
export function decodeVersion(cell: Buffer): VersionCell {
  const kind = cell[TAG_BYTES];
  if (kind !== DEAD && kind !== ALIVE) throw new Corrupt('a version that is neither void nor there');
  const payload = kind === ALIVE ? cell.subarray(TAG_BYTES + 1) : undefined;
  return { tag: { time: cell.readBigUInt64BE(0), count: cell.readInt32BE(8) }, payload };
}
