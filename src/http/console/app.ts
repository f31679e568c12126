/**
 * The Console's app as `npm start` builds it (`console/dist`), read into memory at start: a fixed table of files by path.
 *
 * No request names a file of the disk: what is not in the table is not there (SECURITY rule 15). Files are compressed when they
 * are built; a `.br` or `.gz` beside a file is that file's other form. Names that begin with a dot are the build's own notes.
 */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { Limits } from '../../base/limits.ts';

export interface AppFile {
  readonly type: string;
  /** Its name has its content's hash in it: it never changes. */
  readonly hashed: boolean;
  /** Of its bytes, without quotes. */
  readonly tag: string;
  readonly bytes: Uint8Array;
  /** The same compressed, by the name of the encoding. */
  readonly encoded: ReadonlyMap<Encoding, Uint8Array>;
}

export interface App {
  /** The one page, with the places that an answer fills in. */
  readonly index: string;
  /** By path, `/assets/index-Bx31.js`. */
  readonly files: ReadonlyMap<string, AppFile>;
}

/** As `Accept-Encoding` names them, the better first. */
export const ENCODINGS = Object.freeze(['br', 'gzip'] as const);
export type Encoding = (typeof ENCODINGS)[number];

const ENDINGS: Readonly<Record<Encoding, string>> = { br: '.br', gzip: '.gz' };
const INDEX = '/index.html';
/** Where the build puts what it names by content. */
export const HASHED = '/assets/';

const TYPES: Readonly<Record<string, string>> = Object.freeze({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
});

/** Undefined when there is none in the folder. Throws for one that is larger than `consoleAppBytes` or has no page. */
export async function openApp(folder: string, limits: Pick<Limits, 'consoleAppBytes'>): Promise<App | undefined> {
  if (!existsSync(join(folder, INDEX))) return undefined;
  const found = await filesBelow(folder, limits.consoleAppBytes);
  const isForm = (path: string) => Object.values(ENDINGS).some((ending) => path.endsWith(ending));
  const files = [...found].filter(([path]) => path !== INDEX && !isForm(path));
  return Object.freeze({
    index: Buffer.from(found.get(INDEX) ?? []).toString(),
    files: new Map(files.map(([path, bytes]) => [path, fileOf(path, bytes, found)])),
  });
}

async function filesBelow(folder: string, most: number): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  let size = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = `/${relative(folder, path).split(sep).join('/')}`;
    if (!entry.isFile() || name.includes('/.')) continue;
    const bytes = await readFile(path);
    size += bytes.length;
    if (size > most) throw new Error(`${folder} holds more than ${most} bytes: it is not what the build makes`);
    files.set(name, bytes);
  }
  return files;
}

function fileOf(path: string, bytes: Uint8Array, all: ReadonlyMap<string, Uint8Array>): AppFile {
  const encoded = new Map(
    ENCODINGS.flatMap((encoding): [Encoding, Uint8Array][] => {
      const form = all.get(`${path}${ENDINGS[encoding]}`);
      return form === undefined ? [] : [[encoding, form]];
    }),
  );
  return Object.freeze({
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    hashed: path.startsWith(HASHED),
    tag: createHash('sha256').update(bytes).digest('base64url').slice(0, TAG_CHARACTERS),
    bytes,
    encoded,
  });
}

const TAG_CHARACTERS = 22;
