/**
 * The master key's file: 32 random bytes, mode 0600, made once.
 *
 * It appears whole or not at all: written and flushed under another name, then linked to its own, which fails when
 * another process was first. It is never made where sealed rows exist already, because those could then never be opened
 * again. A file that others may read is refused, not repaired: who read it meanwhile is for the operator to judge.
 *
 * Former keys open what they sealed; `rewrap.ts` seals it anew. Left out: keys kept in a key management service.
 */

import { constants } from 'node:fs';
import { type FileHandle, link, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Random } from '../base/random.ts';
import { createSealer, MASTER_KEY_BYTES, SealError, type Sealer } from '../base/seal.ts';
import type { AccessKey } from '../model/entities.ts';
import type { Rows } from '../store/port.ts';

/** The master key cannot be used, and what to do. For the operator. */
export class MasterKeyError extends Error {}

export interface MasterKeyOptions {
  readonly random: Random;
  /** Make the key if there is none and nothing was sealed yet. */
  readonly create: boolean;
  /** Files of keys that were in use before. */
  readonly former?: readonly string[];
}

/**
 * The sealer of this store. Proves with a stored secret that it has the right key, so that a wrong one is found at the start
 * and not by the first client.
 */
export async function openSealer(rows: Rows, path: string, options: MasterKeyOptions): Promise<Sealer> {
  const [sealedRow] = await rows.scanKeys(undefined, undefined, 1);
  let bytes = await readMasterKey(path);
  if (bytes === undefined) {
    if (sealedRow !== undefined || !options.create) throw missing(path, sealedRow);
    await makeMasterKey(path, options.random);
    bytes = await readMasterKey(path);
    if (bytes === undefined) throw new MasterKeyError(`the master key ${path} vanished while it was made: start again`);
  }
  const former: Buffer[] = [];
  for (const file of options.former ?? []) {
    const known = await readMasterKey(file);
    if (known === undefined) {
      throw new MasterKeyError(
        `the former master key ${file} is missing: put it back, or take it out of former-master-keys when \`moraine master-key rewrap\` said that nothing needs it any more`,
      );
    }
    former.push(known);
  }
  const sealer = createSealer(bytes, options.random, former);
  if (sealedRow !== undefined) prove(sealer, sealedRow, path);
  return sealer;
}

function missing(path: string, sealedRow: AccessKey | undefined): MasterKeyError {
  return new MasterKeyError(
    sealedRow === undefined
      ? `there is no master key ${path}: start the server once, it makes one`
      : `the master key ${path} is missing, and this store holds secrets that only it can open: put it back from your backup, copy it from another front end of this store, or name its place with --master-key`,
  );
}

function prove(sealer: Sealer, key: AccessKey, path: string): void {
  try {
    sealer.unseal('access-key', key.accessKeyId, key.sealedSecret);
  } catch (error) {
    if (!(error instanceof SealError) || error.reason !== 'other-master-key') throw error;
    throw new MasterKeyError(
      `the master key ${path} is not the one this store was sealed with (${error.message}): put the right one back`,
    );
  }
}

/** Undefined when there is no such file. */
async function readMasterKey(path: string): Promise<Buffer | undefined> {
  const what = `the master key ${path}`;
  const bytes = await readPrivate(path, what);
  if (bytes !== undefined && bytes.length !== MASTER_KEY_BYTES) {
    throw new MasterKeyError(`${what} must be a file of ${MASTER_KEY_BYTES} bytes, it has ${bytes.length}`);
  }
  return bytes;
}

/** Undefined when there is no such file. Throws `MasterKeyError` for one that is not for its owner alone. */
export async function readPrivate(path: string, what: string): Promise<Buffer | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new MasterKeyError(`${what} cannot be read: ${codeOf(error)}`);
  }
  try {
    const stat = await file.stat();
    const mode = stat.mode & 0o777;
    if (!stat.isFile()) throw new MasterKeyError(`${what} must be a file`);
    if ((mode & 0o077) !== 0) {
      throw new MasterKeyError(
        `${what} may be read or changed by others (mode ${mode.toString(8).padStart(4, '0')}): run chmod 600 ${path}`,
      );
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** A new key in a file of its own. Throws `MasterKeyError`, also when the file is there. */
export async function createMasterKey(path: string, random: Random): Promise<void> {
  if ((await readMasterKey(path)) !== undefined) {
    throw new MasterKeyError(`the master key ${path} is there already: name a file that is not`);
  }
  await makeMasterKey(path, random);
}

async function makeMasterKey(path: string, random: Random): Promise<void> {
  const folder = dirname(path);
  const draft = `${path}.${random.bytes(8).toString('hex')}.new`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeDurably(draft, random.bytes(MASTER_KEY_BYTES));
    try {
      await link(draft, path);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    } finally {
      await unlink(draft);
    }
    await syncFolder(folder);
  } catch (error) {
    throw new MasterKeyError(`the master key ${path} cannot be made: ${codeOf(error)}`);
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
