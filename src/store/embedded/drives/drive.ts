/** One drive that can be reached: its rows, where its files are, and what it says of itself. */

import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RowReader } from '../codec.ts';
import { isKnownFormat, DRIVE_LABEL as LABEL, STORE_FORMAT } from '../directory.ts';
import { systemDisk } from '../disk.ts';
import { type OpenedRows, openRows, type Snapshot, TABLE_NAMES, type Tables, tablesOf } from '../tables.ts';
import { type Found, HEAD, MEMBERS, type Members, PARTIAL, readMembers } from './members.ts';

export interface Drive {
  readonly id: string;
  readonly path: string;
  readonly rows: OpenedRows;
  /** Always of this drive. */
  readonly tables: Tables;
  readonly blobsPath: string;
  readonly workersPath: string;
  /** Files on their way into `blobs`. */
  readonly mendingPath: string;
}

export interface Label {
  readonly store: string;
  readonly drive: string;
  readonly format: number;
}

const FOLDERS = ['rows', 'blobs', 'workers', 'mending'] as const;

/** Opens a drive that has its label. */
export async function openDrive(path: string, id: string, readOnly: boolean): Promise<Drive> {
  if (!readOnly) for (const folder of FOLDERS) await mkdir(join(path, folder), { recursive: true, mode: 0o700 });
  const drive = attachDrive(path, id, readOnly);
  // The library flushes its file, not the name of it.
  if (!readOnly) for (const folder of [join(path, 'rows'), path]) await systemDisk.flushDirectory(folder);
  return drive;
}

/** Opens a drive that was open before, perhaps in another process. */
export function attachDrive(path: string, id: string, readOnly: boolean): Drive {
  const rows = openRows(join(path, 'rows'), readOnly, TABLE_NAMES);
  return Object.freeze({
    id,
    path,
    rows,
    tables: tablesOf(rows, TABLE_NAMES),
    blobsPath: join(path, 'blobs'),
    workersPath: join(path, 'workers'),
    mendingPath: join(path, 'mending'),
  });
}

/** Removes all that is ours from a drive that begins anew. */
export async function emptyDrive(path: string): Promise<void> {
  for (const name of ['rows', 'workers', 'mending']) await rm(join(path, name), { recursive: true, force: true });
}

/** `blank`: nothing of ours is on it. `single`: a store of its own. */
export async function readLabel(path: string): Promise<Label | 'blank' | 'single'> {
  const text = await textOf(join(path, LABEL));
  if (text === undefined) {
    if ((await textOf(join(path, 'store.json'))) !== undefined) return 'single';
    for (const folder of ['rows', 'blobs'] as const) {
      if ((await systemDisk.list(join(path, folder))).length === 0) continue;
      throw new Error(`${path} holds a directory '${folder}' but no ${LABEL}: choose another directory for this drive`);
    }
    return 'blank';
  }
  const label = parse(text);
  if (label !== undefined) return label;
  throw new Error(`${join(path, LABEL)} is not one that this release can read: is this drive of another release?`);
}

/** Throws when the drive is not where it was: an empty mount point is no drive, and nothing is written to it. */
export async function mustBeThere({ path, id }: Pick<Drive, 'path' | 'id'>): Promise<void> {
  const label = await readLabel(path);
  if (typeof label === 'string' || label.drive !== id) throw new Error(`the drive is not at ${path}`);
}

export async function writeLabel(path: string, { store, drive }: Omit<Label, 'format'>): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const temporary = join(path, `${LABEL}.${process.pid}.new`);
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ moraine: 'drive', format: STORE_FORMAT, store, drive })}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(path, LABEL));
  await systemDisk.flushDirectory(path);
}

function parse(text: string): Label | undefined {
  try {
    const label: unknown = JSON.parse(text);
    if (typeof label !== 'object' || label === null) return undefined;
    const fields = new Map<string, unknown>(Object.entries(label));
    const [store, drive] = [fields.get('store'), fields.get('drive')];
    const format = fields.get('format');
    if (fields.get('moraine') !== 'drive' || !isKnownFormat(format)) return undefined;
    return typeof store === 'string' && typeof drive === 'string' ? { store, drive, format } : undefined;
  } catch {
    return undefined;
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

// ------------------------------------------------------------------------------------------------------ what it knows

export function membersOf(tables: Tables, snapshot?: Snapshot): Members | undefined {
  const row = tables.meta.payload(MEMBERS, snapshot);
  return row === undefined ? undefined : readMembers(new RowReader(row));
}

export const headOf = (tables: Tables, snapshot?: Snapshot): number => tables.meta.get(HEAD, snapshot)?.uint() ?? 0;

/** What this drive knows now. */
export function look(drive: Drive): Found {
  const snapshot = drive.tables.env.hold();
  try {
    const { id, path, tables } = drive;
    const partial = tables.meta.raw(PARTIAL, snapshot) !== undefined;
    return { id, path, members: membersOf(tables, snapshot), head: headOf(tables, snapshot), partial };
  } finally {
    snapshot.done();
  }
}
