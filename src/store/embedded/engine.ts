/**
 * The embedded engine: rows in LMDB, small bodies with them, larger ones in files; shared by all processes of a machine.
 *
 * docs/decisions/0003-embedded-engine.md has the layout and the reasons, measured. In the directory: `store.json` (format),
 * `rows/` (LMDB), `blobs/` (files), `workers/` (who is here). Anything else in it belongs to others and is left alone.
 */

import type { Clock } from '../../base/clock.ts';
import type { Limits } from '../../base/limits.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import { type Capabilities, type Engine, Unavailable } from '../port.ts';
import { Batcher } from './batcher.ts';
import { EmbeddedBlobs } from './blobs.ts';
import { Checker } from './check.ts';
import { type Disk, systemDisk } from './disk.ts';
import type { DrivesOptions } from './drives/open.ts';
import type { Fresh } from './extents.ts';
import { Ledger } from './ledger.ts';
import { openOne, openSeveral } from './places.ts';
import { Presence } from './presence.ts';
import { EmbeddedRows } from './rows.ts';
import { Sweeper } from './sweep.ts';
import type { Tables } from './tables.ts';
import { readCounters, type Transaction } from './transaction.ts';
import { Tails } from './version-record.ts';

export interface EmbeddedOptions {
  /** The store's directory; made when it is not there. */
  readonly path: string;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: Log;
  /** Nothing is written, not even a store that is not there. */
  readonly readOnly?: boolean;
  /** Tests put a failing one here. */
  readonly disk?: Disk;
  /** Keep all of it on each of these; `path` then is not looked at. */
  readonly drives?: DrivesOptions;
}

/** Bodies given up by the timer in one go; the rest follows a second later. */
const EXPIRE_AT_ONCE = 100;

/**
 * Opens the store in `path`, or makes it. Several processes may have it open. Throws an `Error` that says what to do when
 * the directory holds something else, or a format that this release does not know.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Engine> {
  const place = options.drives === undefined ? await openOne(options) : await openSeveral(options, options.drives);
  const { limits, clock, random, readOnly = false, disk = systemDisk } = options;
  const { tables, journal } = place;
  const batcher = new Batcher(
    { tables, clock, tails: new Tails(random), limits, ...(journal === undefined ? {} : { journal }) },
    readCounters(tables).sequence,
    readOnly,
  );
  const presence = new Presence({
    directories: place.workersPaths,
    disk,
    random,
    sequence: () => latest(tables, batcher),
    onTick: () => void sweeper.expire(clock.now(), EXPIRE_AT_ONCE).catch(() => undefined),
  });
  const ledger = new Ledger(batcher, presence);
  const fence = (transaction: Transaction, fresh: Fresh) => {
    ledger.fence(transaction.tables, fresh.blob);
    place.covers(transaction, fresh);
  };
  const sequence = () => batcher.sequence();
  const { writing, readFile: read } = place;
  const blobs = new EmbeddedBlobs({ tables, ...writing, readFile: read, clock, limits, ledger, presence, sequence });
  const sweeper = new Sweeper({ tables, batcher, ...writing, clock, limits, ledger, presence, blobs, fence });
  const checker = new Checker({ tables, disk, places: place.places });
  const care = place.careWith({ batcher, checker });
  return Object.freeze({
    capabilities: capabilitiesOf(limits),
    rows: new EmbeddedRows({ tables, batcher, fence, clock, limits }),
    blobs,
    upkeep: {
      sweep: (round: { readonly now: number; readonly limit: number }) => sweeper.sweep(round),
      check: (what: { readonly bodies: boolean }) => checker.check(what),
      usage: async () => usageOf(tables),
      ...care,
    },
    close: async () => {
      await ledger.close().catch(() => undefined);
      await place.settle();
      await batcher.close();
      presence.disappear();
      await place.close();
    },
  });
}

function capabilitiesOf(limits: Limits): Capabilities {
  // A row costs some microseconds and no round trip: the first page is what most listings want.
  return Object.freeze({ name: 'embedded', scanFirstRows: 32, scanRows: 1024, inlineBytes: limits.inlineBytes });
}

/** The last committed change, of any process. */
function latest(tables: Tables, batcher: Batcher): number {
  tables.env.fresh();
  batcher.notice(readCounters(tables).sequence);
  return batcher.sequence();
}

function usageOf(tables: Tables) {
  try {
    tables.env.fresh();
    const { buckets, bodyBytes, trashBytes } = readCounters(tables);
    return { buckets, bodyBytes, trashBytes };
  } catch (cause) {
    throw new Unavailable('the rows cannot be read', { mayHaveApplied: false, cause });
  }
}
