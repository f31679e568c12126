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
import { openDirectory } from './directory.ts';
import { type Disk, systemDisk } from './disk.ts';
import { Ledger } from './ledger.ts';
import { Presence } from './presence.ts';
import { EmbeddedRows } from './rows.ts';
import { Sweeper } from './sweep.ts';
import { openTables, type Tables } from './tables.ts';
import { readCounters } from './transaction.ts';
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
}

/** Bodies given up by the timer in one go; the rest follows a second later. */
const EXPIRE_AT_ONCE = 100;

/**
 * Opens the store in `path`, or makes it. Several processes may have it open. Throws an `Error` that says what to do when
 * the directory holds something else, or a format that this release does not know.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Engine> {
  const { limits, clock, random, disk = systemDisk, readOnly = false } = options;
  const { rowsPath, blobsPath, workersPath } = await openDirectory(options.path, readOnly);
  const tables = openTables(rowsPath, readOnly);
  // The library flushes its file, not the name of it.
  if (!readOnly) await disk.flushDirectory(rowsPath);
  const batcher = new Batcher(
    { tables, clock, tails: new Tails(random), limits },
    readCounters(tables).sequence,
    readOnly,
  );
  const presence = new Presence({
    directory: workersPath,
    disk,
    random,
    sequence: () => latest(tables, batcher),
    onTick: () => void sweeper.expire(clock.now(), EXPIRE_AT_ONCE).catch(() => undefined),
  });
  const ledger = new Ledger(batcher, presence);
  const fence = (within: Tables, blob: number) => ledger.fence(within, blob);
  const sequence = () => batcher.sequence();
  const blobs = new EmbeddedBlobs({ tables, disk, root: blobsPath, clock, limits, ledger, presence, sequence });
  const sweeper = new Sweeper({
    tables,
    batcher,
    disk,
    root: blobsPath,
    clock,
    limits,
    ledger,
    presence,
    blobs,
    fence,
  });
  const checker = new Checker({ tables, disk, root: blobsPath });
  return Object.freeze({
    capabilities: capabilitiesOf(limits),
    rows: new EmbeddedRows({ tables, batcher, fence }),
    blobs,
    upkeep: {
      sweep: (round: { readonly now: number; readonly limit: number }) => sweeper.sweep(round),
      check: (what: { readonly bodies: boolean }) => checker.check(what),
      usage: async () => usageOf(tables),
    },
    close: async () => {
      await ledger.close().catch(() => undefined);
      await batcher.close();
      presence.disappear();
      await tables.env.root.close();
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
