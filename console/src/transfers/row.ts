/** One upload as the machine of `state.ts` keeps it: a file is a name and a size here. */

import { partSizeOf, rangeOf } from './plan.ts';

export type Phase =
  | 'queued'
  /** What of it is in the store already is compared with the file. */
  | 'checking'
  | 'uploading'
  /** All parts are there; the whole is being made of them. */
  | 'finishing'
  | 'done'
  | 'exists'
  | 'failed'
  | 'skipped'
  | 'cancelled'
  /** From before a reload: it waits for its file. */
  | 'interrupted';

export interface Part {
  readonly number: number;
  readonly etag: string;
  readonly crc32c: string;
}

/** An unfinished multipart upload that is no longer wanted: it is given back to the store. */
export interface Leftover {
  readonly key: string;
  readonly uploadId: string;
}

export interface Row {
  readonly id: string;
  /** Rows of one drop or choice. */
  readonly batch: string;
  /** As it was dropped: path and name. */
  readonly name: string;
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  readonly phase: Phase;
  readonly paused: boolean;
  /** Chosen: what is there is replaced. */
  readonly replace: boolean;
  readonly partSize: number | undefined;
  readonly uploadId: string | undefined;
  readonly leftovers: readonly Leftover[];
  readonly parts: readonly Part[];
  /** Bytes under way, by part. */
  readonly moving: Readonly<Record<number, number>>;
  /** Periods of waiting in a row after which it failed again. At six it is given up. */
  readonly tries: number;
  /** Periods of waiting in a row for whatever reason: each is longer. */
  readonly waits: number;
  /** Until then nothing of it is tried, ms. */
  readonly waitUntil: number;
  /** It waits because the store asked for it. */
  readonly slow: boolean;
  /** Parts that were under way when the last failure was counted: theirs belongs to the same period. */
  readonly spared: readonly number[];
  /** The object may be in the store already: an answer never came. */
  readonly unsure: boolean;
  readonly failure: unknown;
}

interface Begun {
  readonly id: string;
  readonly batch: string;
  readonly name: string;
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  readonly replace: boolean;
}

export const rowOf = ({ id, batch, name, bucket, key, size, replace }: Begun): Row =>
  Object.freeze({
    ...{ id, batch, name, bucket, key, size, replace },
    phase: 'queued',
    paused: false,
    partSize: partSizeOf(size),
    uploadId: undefined,
    leftovers: [],
    parts: [],
    moving: {},
    tries: 0,
    waits: 0,
    waitUntil: 0,
    slow: false,
    spared: [],
    unsure: false,
    failure: undefined,
  });

export const isOver = ({ phase }: Row): boolean => phase === 'done' || phase === 'skipped' || phase === 'cancelled';

/** Waits for a decision, or for the file. */
export const isStuck = ({ phase }: Row): boolean => phase === 'exists' || phase === 'failed' || phase === 'interrupted';

/** Nothing has to be given back. */
export const isClear = ({ phase, uploadId, leftovers }: Row): boolean =>
  leftovers.length === 0 && (phase !== 'cancelled' || uploadId === undefined);

/** Bytes that are in the store or on their way: never more than the size. */
export function movedOf({ size, partSize, parts, moving, phase }: Row): number {
  if (phase === 'done') return size;
  const there = parts.reduce((sum, { number }) => {
    const { start, end } = rangeOf(size, partSize ?? size, number);
    return sum + end - start;
  }, 0);
  const under = Object.values(moving).reduce((sum, bytes) => sum + bytes, 0);
  return Math.min(size, there + under);
}
