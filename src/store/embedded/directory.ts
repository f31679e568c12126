/**
 * The store's directory: what is in it, of which format, and that nobody else can look into it.
 */

import { open, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemDisk } from './disk.ts';

/** Rises when a release cannot read what an older one wrote, or the other way round. */
export const STORE_FORMAT = 2;
/** Read as they are, and moved forward when opened for writing: format 2 only added tables, and fields to rows. */
const OLDER_FORMATS: readonly number[] = [1];
export const isKnownFormat = (format: unknown): format is number =>
  typeof format === 'number' && (format === STORE_FORMAT || OLDER_FORMATS.includes(format));

export interface StorePaths {
  readonly rowsPath: string;
  readonly blobsPath: string;
  readonly workersPath: string;
}

const OWN = ['rows', 'blobs', 'workers'] as const;

export async function openDirectory(path: string, readOnly: boolean): Promise<StorePaths> {
  const paths = { rowsPath: join(path, 'rows'), blobsPath: join(path, 'blobs'), workersPath: join(path, 'workers') };
  const label = await readLabel(path);
  if (await isDrive(path)) {
    throw new Error(`${path} is one of the drives of a store: name all of them, each as [[drive]] with path = "DIR"`);
  }
  if (label === undefined && readOnly) throw new Error(`there is no store in ${path}`);
  if (label === undefined) {
    const stranger = await strangersDirectory(path);
    // Another process may have made the store meanwhile.
    if (stranger !== undefined && (await readLabel(path)) === undefined) {
      throw new Error(`${path} holds a directory '${stranger}' but no store.json: choose another data directory`);
    }
    await systemDisk.makeDirectory(path);
  }
  if (!readOnly) for (const own of OWN) await systemDisk.makeDirectory(join(path, own));
  for (const own of OWN) await refuseOpenDirectory(join(path, own));
  if (!readOnly && label !== STORE_FORMAT) await writeLabel(path);
  return paths;
}

/** The label of a drive that shares a store with others (`drives/drive.ts`). */
export const DRIVE_LABEL = 'drive.json';

async function isDrive(path: string): Promise<boolean> {
  return (await systemDisk.list(path)).includes(DRIVE_LABEL);
}

const labelPath = (path: string): string => join(path, 'store.json');

/** The format of the store, if there is one; throws when it is not ours to open. */
async function readLabel(path: string): Promise<number | undefined> {
  let text: string;
  try {
    text = await readFile(labelPath(path), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const format = formatOf(text);
  if (isKnownFormat(format)) return format;
  throw new Error(
    format === undefined
      ? `${labelPath(path)} is not of a Moraine store: choose another data directory`
      : `the store in ${path} has format ${format}, this release knows format ${STORE_FORMAT}: use a newer release`,
  );
}

function formatOf(text: string): number | undefined {
  try {
    const label: unknown = JSON.parse(text);
    if (typeof label !== 'object' || label === null || !('moraine' in label) || !('format' in label)) return undefined;
    return typeof label.format === 'number' ? label.format : undefined;
  } catch {
    return undefined;
  }
}

/** A directory that has our names in it but not our label is somebody else's, or damaged: it is not written to. */
async function strangersDirectory(path: string): Promise<string | undefined> {
  for (const own of OWN) if ((await systemDisk.list(join(path, own))).length > 0) return own;
  return undefined;
}

async function refuseOpenDirectory(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) throw new Error(`${path} can be entered by other users: run chmod 700 on it`);
}

/** Durable before anything is stored. */
async function writeLabel(path: string): Promise<void> {
  const temporary = `${labelPath(path)}.${process.pid}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ moraine: 'store', format: STORE_FORMAT })}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, labelPath(path));
  await systemDisk.flushDirectory(path);
  await systemDisk.flushDirectory(dirname(path));
}
