/**
 * Copies rows from a shard into the one that takes over, with their own tags: idempotent, and never over anything newer.
 *
 * Versions of a key go before its head, or with it in one mutation: who finds the head there finds what belongs to it.
 */

import type { Session, Uuid } from '../database/types.ts';
import type { HeadRow, VersionRow } from '../types.ts';
import type { HeadCell } from './cells.ts';
import { type Bound, putHead, putVersion, readKeyCells } from './rows.ts';
import { walkVersions } from './walk.ts';

/** Limits of one mutation: far below what the database accepts, enough to make its round trip worth it. */
const BATCH_ROWS = 50;
const BATCH_BYTES = 64 * 1024;
/** Rows read at a time. */
export const PAGE_ROWS = 500;

/** Gathers rows for one shard. `flush` at the end. */
export class Carrier {
  readonly #session: Session;
  readonly #target: Uuid;
  #batch: Bound[] = [];
  #bytes = 0;

  constructor(session: Session, target: Uuid) {
    this.#session = session;
    this.#target = target;
  }

  async add(versions: readonly VersionRow[], head: HeadRow | undefined): Promise<void> {
    for (const version of versions) await this.#put(putVersion(this.#target, version), version);
    if (head !== undefined) await this.#put(putHead(this.#target, head.key, head), head);
  }

  async flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#bytes = 0;
    if (batch.length > 0) await this.#session.batch(batch);
  }

  async #put(bound: Bound, row: HeadRow | VersionRow): Promise<void> {
    this.#batch.push(bound);
    this.#bytes += row.key.length + (row.payload?.length ?? 0);
    if (this.#batch.length >= BATCH_ROWS || this.#bytes >= BATCH_BYTES) await this.flush();
  }
}

/**
 * Carries all rows of one key; its head is returned. The head is read first: rows that came with it are there by the time
 * versions are read.
 */
export async function carryKey(session: Session, from: Uuid, to: Uuid, key: Buffer): Promise<HeadCell | undefined> {
  const { head } = await readKeyCells(session, from, key);
  const carrier = new Carrier(session, to);
  for await (const version of walkVersions(session, from, PAGE_ROWS, key)) await carrier.add([version], undefined);
  await carrier.add([], head === undefined ? undefined : { key, ...head });
  await carrier.flush();
  return head;
}
