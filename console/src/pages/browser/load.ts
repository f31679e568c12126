/** Pages of a list, asked of S3. Small first, so that rows are there at once; then as large as S3 gives them. */

import type { S3 } from '../../s3/client.ts';
import type { ObjectEntry as Listed, VersionPage } from '../../s3/listings.ts';
import { compareKeys, type Entry, type ObjectEntry, type Page, type PageStart } from './entries.ts';
import { askedPrefix, type Place } from './place.ts';
import type { ScanPage } from './search-scan.ts';
import { currentAt, type VersionRow, withDeleted } from './versions.ts';

const FIRST_PAGE = 200;
const NEXT_PAGE = 1000;

const objectOf = ({ key, size, modifiedAt, etag, storageClass }: Listed): ObjectEntry => ({
  ...{ kind: 'object', key, size, modified: modifiedAt, etag, storageClass },
});

const folders = (prefixes: readonly string[]): readonly Entry[] => prefixes.map((key) => ({ kind: 'folder', key }));

/** S3 answers folders apart; in a list they stand where their name is. */
const merged = (objects: readonly Entry[], prefixes: readonly string[]): readonly Entry[] =>
  prefixes.length === 0 ? objects : [...objects, ...folders(prefixes)].toSorted((a, b) => compareKeys(a.key, b.key));

export async function loadPage(s3: S3, place: Place, start: PageStart, signal: AbortSignal): Promise<Page> {
  const maxKeys = start.kind === 'first' ? FIRST_PAGE : NEXT_PAGE;
  const asked = { bucket: place.bucket, prefix: askedPrefix(place), delimiter: '/', maxKeys };
  if (place.at !== undefined || place.deleted) {
    const from = start.kind === 'versions' ? start : undefined;
    const { keyMarker, versionIdMarker } = from ?? {};
    const page = await s3.listObjectVersions({ ...asked, keyMarker, versionIdMarker }, { signal });
    return versionsPage(page, place, from?.decided);
  }
  const continuationToken = start.kind === 'token' ? start.token : undefined;
  const { objects, prefixes, next } = await s3.listObjectsV2({ ...asked, continuationToken }, { signal });
  return {
    entries: merged(objects.map(objectOf), prefixes),
    next: next === undefined ? undefined : { kind: 'token', token: next },
  };
}

function versionsPage({ versions, prefixes, next }: VersionPage, place: Place, before: string | undefined): Page {
  const rows: readonly VersionRow[] = versions.map(({ marker, latest, modifiedAt, ...row }) => ({
    ...{ kind: marker ? 'marker' : 'version', key: row.key, versionId: row.versionId, isLatest: latest },
    ...{ modified: modifiedAt, size: row.size, etag: row.etag },
  }));
  const { entries, decided } =
    place.at === undefined ? { entries: withDeleted(rows), decided: undefined } : currentAt(rows, place.at, before);
  return {
    entries: merged(entries, prefixes),
    next: next === undefined ? undefined : { kind: 'versions', ...next, decided },
  };
}

/** Every key under a prefix, folders or not. */
export async function scanPage(
  s3: S3,
  { bucket, prefix }: Pick<Place, 'bucket' | 'prefix'>,
  continuationToken: string | undefined,
  signal: AbortSignal,
): Promise<ScanPage> {
  const page = await s3.listObjectsV2({ bucket, prefix, continuationToken, maxKeys: NEXT_PAGE }, { signal });
  return { objects: page.objects.map(objectOf), next: page.next };
}

/** How many deleted objects there are where nothing else is: of the first page, and whether there are more. */
export async function countDeleted(
  s3: S3,
  place: Place,
  signal: AbortSignal,
): Promise<{ count: number; more: boolean }> {
  const { versions, next } = await s3.listObjectVersions(
    { bucket: place.bucket, prefix: place.prefix, maxKeys: NEXT_PAGE },
    { signal },
  );
  return { count: versions.filter(({ latest, marker }) => latest && marker).length, more: next !== undefined };
}
