/**
 * What happens to a bucket as a whole, in steps that anybody may finish.
 *
 * Each row says by its state what is under way; `settle` brings it to rest, whoever began. States and their order are in
 * `records.ts`. What all shards are asked for carries the row's epoch, so that a helper that was paused repeats nothing.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../../port.ts';
import type { Home, Shards, Tools } from '../types.ts';
import type { BucketRows } from './bucket-rows.ts';
import type { Names } from './names.ts';
import type { BucketRecord } from './records.ts';

export interface LifeContext {
  readonly tools: Tools;
  readonly rows: BucketRows;
  readonly names: Names;
  readonly shards: Shards;
  /** Whether the account is there, and will be while a name is claimed for it. */
  readonly keepAccount: (id: string) => Promise<boolean>;
  /** Unfinished uploads of a bucket that is gone. Idempotent. */
  readonly abandonUploads: (home: Home) => Promise<void>;
}

/** Of the patience of those who wait: after this part, they help. */
const HELP_AFTER = 0.1;

export class Life {
  readonly #context: LifeContext;
  /** Buckets that this process is working on already. */
  readonly #busy = new Map<string, Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor(context: LifeContext) {
    this.#context = context;
  }

  /** Until the bucket rests: `live` or `gone`. One that is `new` must hold its name. */
  async settle(record: BucketRecord): Promise<BucketRecord> {
    const { rows } = this.#context;
    let now = record;
    while (now.state !== 'live' && now.state !== 'gone')
      now = (await this.#step(now)) ?? (await rows.present(now.home));
    if (now.state === 'gone') await this.bury(now);
    return now;
  }

  /** Undefined: somebody else came first. */
  async #step(record: BucketRecord): Promise<BucketRecord | undefined> {
    const { rows, shards } = this.#context;
    const { home, epoch, bucket, pending } = record;
    switch (record.state) {
      case 'new':
        return (await this.#context.keepAccount(bucket.owner))
          ? rows.move(record, { state: 'live' })
          : this.drop(record);
      case 'changing':
        await shards.changeMode(home, (pending ?? bucket).versioning, epoch);
        return rows.move(record, { state: 'live', bucket: pending ?? bucket, pending: undefined });
      case 'deleting':
        // The verdict moves the row on.
        await this.#deleteAll(record);
        return undefined;
      case 'kept':
        await this.#deleteAll(record);
        return rows.move(record, { state: 'live' });
      default:
        return record;
    }
  }

  /** Of a bucket that nobody could see yet. */
  drop(record: BucketRecord): Promise<BucketRecord | undefined> {
    return this.#context.rows.move(record, { state: 'gone', epoch: record.epoch + 1 });
  }

  async #deleteAll(record: BucketRecord): Promise<void> {
    const verdict = (empty: boolean) => this.#verdict(record, empty);
    const outcome = await this.#context.shards.deleteAll(record.home, verdict, record.epoch);
    // A bucket without shards has nobody to ask for it.
    await verdict(outcome === 'gone');
  }

  /** One answer for ever for each epoch: the row goes on to the next only after all shards went on. */
  async #verdict({ home, epoch }: BucketRecord, empty: boolean): Promise<'gone' | 'kept'> {
    for (;;) {
      const now = await this.#context.rows.present(home);
      if (now.epoch !== epoch) return 'kept';
      if (now.state === 'gone') return 'gone';
      if (now.state !== 'deleting') return 'kept';
      await this.#context.rows.move(now, { state: empty ? 'gone' : 'kept' });
    }
  }

  /** Takes away what a bucket leaves that is gone, its name and its hints last. Idempotent. */
  async bury(record: BucketRecord): Promise<void> {
    const { names, abandonUploads } = this.#context;
    const { home, bucket } = record;
    await this.#deleteAll(record);
    await abandonUploads(home);
    await names.release(bucket.name, home);
    await names.dropHints(bucket, home);
  }

  /** Work on a bucket that helpers of this process leave alone meanwhile. */
  async working<T>({ bucketId }: Home, work: () => Promise<T>): Promise<T> {
    const mine = work();
    this.#busy.set(bucketId, mine);
    try {
      return await mine;
    } finally {
      if (this.#busy.get(bucketId) === mine) this.#busy.delete(bucketId);
    }
  }

  /** Later, and in the background: whoever began may have died. */
  help(record: BucketRecord): void {
    if (this.#busy.has(record.home.bucketId) || this.#closing.signal.aborted) return;
    this.working(record.home, () => this.#help(record)).catch((error) => {
      if (this.#closing.signal.aborted) return;
      const fields = { bucket: record.bucket.name, state: record.state };
      this.#context.tools.log?.warn('a bucket could not be brought to rest; it will be tried again', fields, error);
    });
  }

  async #help(record: BucketRecord): Promise<void> {
    const { tools, rows } = this.#context;
    await sleep(tools.tuning.sealPatienceMs * HELP_AFTER, undefined, { signal: this.#closing.signal });
    const now = await rows.present(record.home);
    if (now.rev === record.rev) await this.settle(now);
  }

  /** Ends what was begun for others. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#busy.values());
  }
}

/** Best effort: what is left is found by its hints. */
export async function attempt(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
  }
}
