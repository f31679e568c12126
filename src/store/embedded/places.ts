/**
 * Where a store is: in one directory, or on several drives that each hold all of it. The rest of the engine is the same for
 * both; here is what differs, as a value.
 */

import { statfs } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import type { Limits } from '../../base/limits.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { Health, StoreCopy, Upkeep } from '../port.ts';
import type { Batcher } from './batcher.ts';
import { readFile } from './blob-file.ts';
import type { BlobsContext } from './blobs.ts';
import type { Checker } from './check.ts';
import { copiesOf } from './copies.ts';
import { openDirectory } from './directory.ts';
import { type Disk, systemDisk } from './disk.ts';
import { Lead } from './drives/lead.ts';
import { Mender } from './drives/mender.ts';
import { MirrorDisk } from './drives/mirror-disk.ts';
import { MirrorFiles } from './drives/mirror-files.ts';
import { type DrivesOptions, openDrives } from './drives/open.ts';
import { scrub } from './drives/scrub.ts';
import type { Fresh } from './extents.ts';
import { openRows, TABLE_NAMES, type Tables, tablesOf } from './tables.ts';
import type { Journal, Transaction } from './transaction.ts';

/** The care of copies: the part of `Upkeep` that depends on how many drives there are. */
export type Care = Pick<Upkeep, 'scrub' | 'mend' | 'health' | 'copies'>;

export interface StorePlace {
  readonly tables: Tables;
  readonly journal: Journal | undefined;
  readonly workersPaths: readonly string[];
  readonly writing: Pick<BlobsContext, 'disk' | 'root'>;
  readonly readFile: BlobsContext['readFile'];
  /** Directories that each hold all files. */
  readonly places: () => readonly { readonly root: string; readonly name: string }[];
  /** In the commit that first names this file. */
  covers(transaction: Transaction, fresh: Fresh): void;
  careWith(parts: { readonly batcher: Batcher; readonly checker: Checker }): Care;
  /** Waits for work of its own; before the batcher is closed. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export interface PlaceOptions {
  readonly path: string;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: Log;
  readonly readOnly?: boolean;
  readonly disk?: Disk;
}

export async function openOne(options: PlaceOptions): Promise<StorePlace> {
  const { path, readOnly = false, disk = systemDisk } = options;
  const { rowsPath, blobsPath: root, workersPath } = await openDirectory(path, readOnly);
  const rows = openRows(rowsPath, readOnly);
  // The library flushes its file, not the name of it.
  if (!readOnly) await disk.flushDirectory(rowsPath);
  const tables = tablesOf(rows);
  const places = () => [{ root, name: '' }];
  return {
    tables,
    journal: undefined,
    workersPaths: [workersPath],
    writing: { disk, root },
    readFile: (file, range) => readFile(disk, root, file, range),
    places,
    covers: () => undefined,
    careWith: ({ checker }) => ({
      scrub: async function* () {
        for await (const finding of checker.check({ bodies: true })) yield { ...finding, healed: false };
      },
      mend: async () => ({ mended: 0, done: true }),
      health: async () => ({
        ...{ wanted: 1, minimum: 1 },
        copies: [{ place: path, state: 'up', reason: '', capacity: await capacityOf(path) }],
      }),
      copies: (body) => copiesOf(body, { disk, places: [{ name: path, root, tables }] }),
    }),
    settle: async () => undefined,
    close: () => rows.root.close(),
  };
}

export async function openSeveral(options: PlaceOptions, drives: DrivesOptions): Promise<StorePlace> {
  const { clock, random, limits, log, readOnly = false, disk = systemDisk } = options;
  const opened = await openDrives({ drives, clock, random, limits, log, readOnly });
  const tables = tablesOf(opened.lead.rows, TABLE_NAMES);
  const lead = new Lead({ tables, ...opened, clock, random, limits, log, readOnly });
  const files = new MirrorFiles({ lead, disk, random, readOnly });
  return {
    tables,
    journal: lead,
    workersPaths: opened.drives.map(({ workersPath }) => workersPath),
    writing: { disk: new MirrorDisk(disk, lead), root: '' },
    readFile: (file, range) => files.read(file, range),
    places: () => lead.whole().map(({ blobsPath, path }) => ({ root: blobsPath, name: path })),
    covers: (transaction, fresh) => lead.covers(transaction, fresh),
    careWith: ({ batcher, checker }) => {
      lead.commitWith(batcher);
      const { paths, minCopies } = drives;
      const mender = new Mender({ lead, files, batcher, random, clock, log, paths, minCopies });
      return {
        scrub: () => scrub({ lead, files, batcher, nameOf: (blob) => checker.nameOf(blob) }),
        mend: ({ limit }) => mender.mend(limit),
        health: async () => withCapacity(healthOf(lead, paths)),
        copies: (body) =>
          copiesOf(body, {
            disk,
            places: lead.whole().map((drive) => ({ name: drive.path, root: drive.blobsPath, tables: drive.tables })),
          }),
      };
    },
    settle: () => files.close(),
    close: () => lead.close(),
  };
}

async function withCapacity(health: Health): Promise<Health> {
  const copies = health.copies.map(async (copy) => ({ ...copy, capacity: await capacityOf(copy.place) }));
  return { ...health, copies: await Promise.all(copies) };
}

/** Of the file system that holds it, as an ordinary user may fill it. */
async function capacityOf(path: string): Promise<StoreCopy['capacity']> {
  try {
    const { blocks, bavail, bsize } = await statfs(path);
    return { total: blocks * bsize, free: bavail * bsize };
  } catch {
    // It is not there: its state says so.
    return undefined;
  }
}

function healthOf(lead: Lead, paths: readonly string[]) {
  const { drives, minCopies, lead: id } = lead.currentMembers();
  const copies = drives.map((drive): StoreCopy => {
    const lost = drive.state === 'up' && lead.drive(drive.id) === undefined;
    if (lost) return { place: drive.path, state: 'down', reason: 'it is not there' };
    return { place: drive.path, state: drive.state, reason: drive.id === id ? 'it leads' : drive.reason };
  });
  const absent = paths.filter((path) => !drives.some((drive) => drive.path === path));
  for (const place of absent) copies.push({ place, state: 'down', reason: 'it is not part of the store yet' });
  return { wanted: paths.length, minimum: minCopies, copies };
}
