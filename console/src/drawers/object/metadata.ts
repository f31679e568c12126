/**
 * The headers that an object keeps and answers with: those of HTTP, and pairs of one's own. Saved as a copy onto itself; what such a copy
 * would lose (ACL, lock, encryption, class) is said again in the same request, so that there is no moment without it. Pure.
 */

import type { Acl } from '../../s3/access.ts';
import type { ObjectHead, SystemMetadata, UserMetadata } from '../../s3/objects.ts';
import type { Values } from '../../s3/request.ts';

export const SYSTEM = [
  'contentType',
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
  'expires',
] as const;
export type SystemName = (typeof SYSTEM)[number];

/** One of one's own: its name without `x-amz-meta-`. */
export interface Pair {
  readonly name: string;
  readonly value: string;
}

export interface Metadata {
  /** Empty: not set. */
  readonly system: Readonly<Record<SystemName, string>>;
  readonly pairs: readonly Pair[];
}

/** What S3 takes in all, counted in bytes of names and values, the prefix left out. */
export const METADATA_BYTES = 2048;

/** The largest object that one copy takes. */
export const COPY_MOST = 5 * 2 ** 30;

export const TYPES = [
  ...['application/gzip', 'application/javascript', 'application/json', 'application/octet-stream', 'application/pdf'],
  ...['application/wasm', 'application/xml', 'application/zip', 'audio/mpeg', 'font/woff2', 'image/avif', 'image/gif'],
  ...['image/jpeg', 'image/png', 'image/svg+xml', 'image/tiff', 'image/webp', 'text/css', 'text/csv', 'text/html'],
  ...['text/markdown', 'text/plain', 'video/mp4', 'video/webm'],
] as const;

export const NO_SYSTEM: Metadata['system'] = Object.freeze({
  ...{ contentType: '', cacheControl: '', contentDisposition: '' },
  ...{ contentEncoding: '', contentLanguage: '', expires: '' },
});

export function metadataOf(head: ObjectHead): Metadata {
  const system = { ...NO_SYSTEM };
  for (const name of SYSTEM) system[name] = head[name] ?? '';
  const pairs = Object.entries(head.metadata).map(([name, value]) => ({ name, value }));
  return { system, pairs: pairs.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

export const metadataBytes = (pairs: readonly Pair[]): number =>
  pairs.reduce((sum, { name, value }) => sum + bytesOf(name) + bytesOf(value), 0);

export type PairProblem = 'noName' | 'badName' | 'twice' | 'badValue';

/** RFC 9110 section 5.1: what a header may be called. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i;
const isControl = (character: string): boolean => character < ' ' || character === '\u007f';

/** For each pair what is wrong with it. */
export const pairProblems = (pairs: readonly Pair[]): readonly (PairProblem | undefined)[] =>
  pairs.map(({ name, value }, index) => {
    if (name === '') return 'noName';
    if (!TOKEN.test(name)) return 'badName';
    if (pairs.findIndex((other) => other.name.toLowerCase() === name.toLowerCase()) < index) return 'twice';
    return Array.from(value).some(isControl) || value !== value.trim() ? 'badValue' : undefined;
  });

export const isBadHeader = (value: string): boolean => Array.from(value).some(isControl);

export const isSavable = ({ system, pairs }: Metadata): boolean =>
  metadataBytes(pairs) <= METADATA_BYTES &&
  pairProblems(pairs).every((problem) => problem === undefined) &&
  !Object.values(system).some(isBadHeader);

/** As plain lines: to compare two, and to show one beside another. */
export const metadataText = ({ system, pairs }: Metadata): string =>
  [
    ...SYSTEM.filter((name) => system[name] !== '').map((name) => `${name}: ${system[name].trim()}`),
    ...pairs.map(({ name, value }) => `x-amz-meta-${name.toLowerCase()}: ${value}`).sort(),
  ].join('\n');

export const sameMetadata = (a: Metadata, b: Metadata): boolean => metadataText(a) === metadataText(b);

/** How many headers differ. */
export function changeCount(before: Metadata, after: Metadata): number {
  const [a, b] = [before, after].map(
    (one) =>
      new Map(
        metadataText(one)
          .split('\n')
          .map((line) => [nameIn(line), line]),
      ),
  );
  const names = new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])].filter((name) => name !== ''));
  return Array.from(names).filter((name) => a?.get(name) !== b?.get(name)).length;
}

const nameIn = (line: string): string => line.slice(0, Math.max(0, line.indexOf(':')));

export interface Rewrite extends SystemMetadata {
  readonly metadata: UserMetadata;
}

export function rewriteOf({ system, pairs }: Metadata): Rewrite {
  const said = Object.fromEntries(SYSTEM.map((name) => [name, system[name].trim() || undefined]));
  return { ...said, metadata: Object.fromEntries(pairs.map(({ name, value }) => [name.toLowerCase(), value])) };
}

const HEADERS = {
  READ: 'x-amz-grant-read',
  WRITE: 'x-amz-grant-write',
  READ_ACP: 'x-amz-grant-read-acp',
  WRITE_ACP: 'x-amz-grant-write-acp',
  FULL_CONTROL: 'x-amz-grant-full-control',
} as const;

/** The ACL as headers of a request; none where only the owner has all, which is what a copy has by itself. */
export function grantHeaders({ owner, grants }: Acl): Values {
  const onlyOwner = grants.every(({ grantee }) => grantee.type === 'id' && grantee.id === owner.id);
  if (onlyOwner) return {};
  const said = new Map<string, string[]>();
  for (const { grantee, permission } of grants) {
    const who =
      grantee.type === 'group'
        ? `uri="${grantee.uri}"`
        : grantee.type === 'id'
          ? `id="${grantee.id}"`
          : `emailAddress="${grantee.email}"`;
    said.set(HEADERS[permission], [...(said.get(HEADERS[permission]) ?? []), who]);
  }
  return Object.fromEntries(Array.from(said, ([name, list]) => [name, list.join(', ')]));
}

/** What a copy does not take along by itself. */
export function keptHeaders(head: ObjectHead, acl: Acl | undefined, now: number): Values {
  const locked = head.lockUntil !== undefined && head.lockUntil > now;
  return {
    ...(acl === undefined ? {} : grantHeaders(acl)),
    'x-amz-object-lock-mode': locked ? head.lockMode : undefined,
    'x-amz-object-lock-retain-until-date': locked ? new Date(head.lockUntil).toISOString() : undefined,
    'x-amz-object-lock-legal-hold': head.legalHold === true ? 'ON' : undefined,
    'x-amz-server-side-encryption': head.encryption,
    'x-amz-server-side-encryption-aws-kms-key-id': head.encryptionKey,
    'x-amz-storage-class': head.storageClass === 'STANDARD' ? undefined : head.storageClass,
  };
}

/** What is to become of the metadata of every object of a folder. */
export interface FolderChange {
  /** Empty: stays as it is. */
  readonly system: Metadata['system'];
  readonly set: readonly Pair[];
  /** Names of pairs that go. */
  readonly remove: readonly string[];
}

export function appliedTo(old: Metadata, { system, set, remove }: FolderChange): Metadata {
  const gone = new Set([...remove, ...set.map(({ name }) => name)].map((name) => name.toLowerCase()));
  const kept = old.pairs.filter(({ name }) => !gone.has(name.toLowerCase()));
  const merged = { ...old.system };
  for (const name of SYSTEM) if (system[name].trim() !== '') merged[name] = system[name].trim();
  return { system: merged, pairs: [...kept, ...set] };
}
