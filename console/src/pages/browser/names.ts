/** Prefixes, names and kinds of files: what a key says about itself. */

import type { Entry } from './entries.ts';

export interface Crumb {
  readonly name: string;
  readonly prefix: string;
}

/** The folders that lead to a prefix, the bucket itself left out. */
export function crumbsOf(prefix: string): readonly Crumb[] {
  const ends = Array.from(prefix.matchAll(/\//g), ({ index }) => index + 1);
  const folders = ends.map((end, index) => ({
    name: prefix.slice(ends[index - 1] ?? 0, end - 1),
    prefix: prefix.slice(0, end),
  }));
  const rest = prefix.slice(ends.at(-1) ?? 0);
  return rest === '' ? folders : [...folders, { name: rest, prefix }];
}

/** The folder that a key lies in: of a folder, the one above. */
export function folderOf(key: string): string {
  const end = key.lastIndexOf('/', key.length - (key.endsWith('/') ? 2 : 1));
  return end < 0 ? '' : key.slice(0, end + 1);
}

/** The last part: `a.csv` of `x/a.csv`, `y` of `x/y/`. */
export const nameOf = (key: string): string => {
  const bare = key.endsWith('/') ? key.slice(0, -1) : key;
  return bare.slice(bare.lastIndexOf('/') + 1);
};

/** What a row shows: the key from the folder on. Two slashes in a row make a folder without a name. */
export function shownName(entry: Entry, prefix: string): string {
  const name = entry.key.startsWith(prefix) ? entry.key.slice(prefix.length) : entry.key;
  return entry.kind === 'folder' && name.endsWith('/') ? name.slice(0, -1) : name;
}

export type Kind = 'folder' | 'image' | 'film' | 'music' | 'text' | 'pdf' | 'archive' | 'file';

const KINDS: Readonly<Record<Exclude<Kind, 'folder' | 'file'>, string>> = {
  image: 'png jpg jpeg gif webp avif svg tif tiff bmp ico heic',
  film: 'mp4 webm mov mkv avi m4v',
  music: 'mp3 ogg oga opus flac wav m4a aac',
  text: 'txt md csv tsv json xml yaml yml log html htm css js ts tsx jsx py sh rs go c h java toml ini conf sql',
  pdf: 'pdf',
  archive: 'zip gz tgz bz2 xz zst tar 7z rar',
};

/** After the last dot, in small letters; none of `.profile`, nor of what no program would call one. */
export function extensionOf(key: string): string {
  const name = nameOf(key);
  const dot = name.lastIndexOf('.');
  const extension = dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
  return /^[a-z0-9]{1,8}$/.test(extension) ? extension : '';
}

/** By its name alone: a list says nothing of types. */
export function kindOf(entry: Entry): Kind {
  if (entry.kind === 'folder') return 'folder';
  const extension = extensionOf(entry.key);
  const found = Object.entries(KINDS).find(([, extensions]) => extensions.split(' ').includes(extension))?.[0];
  return found === 'image' ||
    found === 'film' ||
    found === 'music' ||
    found === 'text' ||
    found === 'pdf' ||
    found === 'archive'
    ? found
    : 'file';
}

export type NameProblem = 'empty' | 'slash' | 'dots' | 'long';

const KEY_BYTES = 1024;

/** What is wrong with a name for something in this folder. `/` would make folders; `.` and `..` cannot be addressed by browsers. */
export function nameProblem(name: string, folder: string): NameProblem | undefined {
  if (name.trim() === '') return 'empty';
  if (name.includes('/')) return 'slash';
  if (name === '.' || name === '..') return 'dots';
  return new TextEncoder().encode(folder + name).length > KEY_BYTES ? 'long' : undefined;
}

/** Public addresses of an object: as a path, and as a host where the store has a domain for buckets. */
export function publicUrls(
  at: { readonly endpoint: string; readonly bucketDomain?: string | undefined },
  bucket: string,
  key: string,
): readonly string[] {
  const path = key
    .split('/')
    .map((part) =>
      encodeURIComponent(part).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
    )
    .join('/');
  const { protocol, port } = new URL(at.endpoint);
  const host = `${at.bucketDomain}${port === '' || at.bucketDomain?.includes(':') === true ? '' : `:${port}`}`;
  // A name with a dot has no certificate below a wildcard.
  const asHost = at.bucketDomain !== undefined && !(protocol === 'https:' && bucket.includes('.'));
  return [`${at.endpoint}/${bucket}/${path}`, ...(asHost ? [`${protocol}//${bucket}.${host}/${path}`] : [])];
}

/** `s3://bucket/key`, for command lines: quoted where a shell would read something else. */
export function s3Uri(bucket: string, key: string): string {
  const uri = `s3://${bucket}/${key}`;
  return /^[\w@%+=:,./-]+$/.test(uri) ? uri : `'${uri.replaceAll("'", `'\\''`)}'`;
}
