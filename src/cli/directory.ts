/** The data directory: made at first start, for its owner's eyes only. */

import { chmod, mkdir, stat } from 'node:fs/promises';
import type { Log } from '../base/log.ts';
import { CommandError } from './command.ts';

const OWNER_ONLY = 0o700;

/**
 * Makes the directory, or takes away what others may do with it. Where that is not ours to change (a volume that belongs
 * to root), it is said in the log: names of files inside could be seen, the files themselves stay closed.
 * Throws `CommandError` when it cannot be made or is none.
 */
export async function prepareDirectory(path: string, log: Log): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: OWNER_ONLY });
  } catch (error) {
    throw new CommandError(
      `the data directory ${path} cannot be made: ${reasonOf(error)}: choose another with --data DIR`,
    );
  }
  const mode = (await stat(path)).mode & 0o777;
  if ((mode & 0o077) === 0) return;
  try {
    await chmod(path, OWNER_ONLY);
  } catch (error) {
    const shown = mode.toString(8).padStart(4, '0');
    log.warn('others can look into the data directory, and its mode cannot be changed', { path, mode: shown }, error);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return 'this user may not write there';
  return code === 'EEXIST' || code === 'ENOTDIR' ? 'there is a file of that name' : code;
}
