/** Files for client tests: contents that can be made again, and folders that can be compared. */

import { createCipheriv, createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';

export const MiB = 1024 * 1024;

/** `size` bytes that look random and are the same for the same `seed`. */
export function content(size: number, seed: string): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Names that break clients and servers which decode twice, fold, trim or build paths. Files of a Linux folder. */
export const HOSTILE_NAMES: readonly string[] = [
  'plain.txt',
  'with space.txt',
  ' leading space',
  'plus+plus.txt',
  'percent%41.txt',
  'percent%2Fslash',
  '100%',
  'question?mark=1&x=2#hash',
  'semi;colon,comma:colon@at!$(paren)*star',
  'quote\'and"double',
  'less<greater>&amp;entity',
  'back\\slash',
  'tilde~caret^grave`pipe|brace{}[]',
  'umlaut-composed-\u00e9',
  'umlaut-decomposed-e\u0301',
  'kanji-漢字/かな',
  'emoji-\u{1f5fb}',
  'astral-before-\u{10000}-and-\uffee',
  '.hidden',
  '...',
  '..dots',
  'UPPER/lower',
  'upper/LOWER',
  'deep/a/b/c/d/e/f/g/h/i/j/leaf',
  `long-${'n'.repeat(200)}`,
];

/** Before any upload, also for clients that compare times and for S3's, which are whole seconds. */
const LONG_AGO = new Date('2020-02-29T12:34:56Z');

/** Writes one file for each hostile name below `folder`, each with a content of its own. */
export async function writeHostileFiles(folder: string): Promise<void> {
  for (const name of HOSTILE_NAMES) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content(100 + name.length, name));
    await utimes(path, LONG_AGO, LONG_AGO);
  }
}

/** Relative path → SHA-256 of every file below `folder`, sorted by path. */
export async function fingerprint(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const found = new Map<string, string>();
  for (const path of paths.sort()) found.set(relative(folder, path), await sha256OfFile(path));
  return found;
}
