/**
 * What each bucket holds: objects, older versions, delete markers, unfinished uploads, and their bytes.
 *
 * No engine counts this, because a count that every put of a bucket must change would make them wait for each other. So the lists
 * are walked in the background, a page at a time with a pause that is longer than the page took, and begun anew after a while that
 * is longer than the round took; what a round found is told with the time at which it was. Small buckets are counted when they are asked
 * for. In memory of the process that serves the Console.
 */

import type { Clock } from '../base/clock.ts';
import type { Limits } from '../base/limits.ts';
import type { Log } from '../base/log.ts';
import type { AccountId, Bucket } from '../model/entities.ts';
import type { Rows } from '../store/port.ts';

export interface BucketUsage {
  readonly bucket: string;
  readonly owner: AccountId;
  readonly objects: number;
  readonly bytes: number;
  /** Versions that are not current. */
  readonly versions: number;
  readonly versionBytes: number;
  readonly deleteMarkers: number;
  readonly uploads: number;
  /** False: there is at least so much, more was not looked at. */
  readonly complete: boolean;
  /** When it was counted. */
  readonly at: number;
}

export interface UsageOptions {
  readonly rows: Pick<Rows, 'scanBuckets' | 'scanVersions' | 'scanUploads'>;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'usageIntervalMs' | 'usageRestMs' | 'usageBreathMs' | 'usageAtOnce' | 'usageBuckets'>;
  readonly log: Log;
  /** Resolves after so many milliseconds, or as soon as the signal aborts; never rejects. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export interface UsageJob {
  /** Counted now if it is small, else as the last round found it, else at least what is seen at once. */
  of(bucket: Bucket): Promise<BucketUsage>;
  /** What the last rounds found, by bucket. */
  known(): readonly BucketUsage[];
  /** When all was counted last; undefined: not yet. */
  countedAt(): number | undefined;
  stop(): Promise<void>;
}

const PAGE = 1000;
/** Between rounds it rests so many times as long as the last one took. */
const RESTS = 20;

export function startUsage(options: UsageOptions): UsageJob {
  const { clock, limits, log, wait } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let known = new Map<string, BucketUsage>();
  let countedAt: number | undefined;
  const round = async () => {
    const found = new Map<string, BucketUsage>();
    for await (const bucket of bucketsOf(options)) {
      if (signal.aborted) return;
      const usage = await count(options, bucket, { most: Number.POSITIVE_INFINITY, signal });
      if (found.size < limits.usageBuckets) found.set(bucket.id, usage);
      known.set(bucket.id, usage);
    }
    known = found;
    countedAt = clock.now();
  };
  const rounds = async () => {
    while (!signal.aborted) {
      const began = clock.monotonic();
      await round().catch((error: unknown) => log.warn('what buckets hold could not be counted', {}, error));
      const took = clock.monotonic() - began;
      await wait(Math.min(limits.usageIntervalMs, Math.max(limits.usageRestMs, RESTS * took)), signal);
    }
  };
  const ended = rounds();
  return Object.freeze({
    async of(bucket: Bucket): Promise<BucketUsage> {
      const before = known.get(bucket.id);
      const isLarge = before !== undefined && before.objects + before.versions > limits.usageAtOnce;
      if (isLarge) return before;
      const now = await count(options, bucket, { most: limits.usageAtOnce, signal: undefined });
      if (!now.complete && before !== undefined) return before;
      if (now.complete && (before !== undefined || known.size < limits.usageBuckets)) known.set(bucket.id, now);
      return now;
    },
    known: () => [...known.values()],
    countedAt: () => countedAt,
    async stop(): Promise<void> {
      stopping.abort();
      await ended;
    },
  });
}

async function* bucketsOf({ rows }: UsageOptions): AsyncGenerator<Bucket> {
  let after: string | undefined;
  for (;;) {
    const page = await rows.scanBuckets({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.name;
  }
}

interface Bounds {
  /** Versions that are looked at. */
  readonly most: number;
  /** Undefined: somebody waits for the answer, so no pauses. */
  readonly signal: AbortSignal | undefined;
}

async function count(options: UsageOptions, { id, name, owner }: Bucket, bounds: Bounds): Promise<BucketUsage> {
  const { rows, clock } = options;
  const figures = { objects: 0, bytes: 0, versions: 0, versionBytes: 0, deleteMarkers: 0 };
  let from: Parameters<Rows['scanVersions']>[1];
  let complete = false;
  for (let seen = 0; seen < bounds.most && bounds.signal?.aborted !== true; ) {
    const began = clock.monotonic();
    const limit = Math.min(PAGE, bounds.most - seen);
    const page = await rows.scanVersions(id, from, limit);
    for (const { kind, isCurrent, size } of page) {
      if (kind === 'delete-marker') figures.deleteMarkers += 1;
      else if (isCurrent) figures.objects += 1;
      else figures.versions += 1;
      figures[isCurrent ? 'bytes' : 'versionBytes'] += size;
    }
    seen += page.length;
    const last = page.at(-1);
    complete = last === undefined || page.length < limit;
    if (complete || last === undefined) break;
    from = { key: last.key, inclusive: false, afterVersion: last.versionId };
    await breathe(options, bounds, clock.monotonic() - began);
  }
  const uploads = await rows.scanUploads(id, undefined, PAGE);
  const whole = complete && uploads.length < PAGE;
  return { bucket: name, owner, ...figures, uploads: uploads.length, complete: whole, at: clock.now() };
}

/** Three times as long as the work took: a quarter of one processor at most. */
async function breathe({ limits, wait }: UsageOptions, { signal }: Bounds, worked: number): Promise<void> {
  if (signal !== undefined) await wait(Math.max(limits.usageBreathMs, 3 * worked), signal);
}
