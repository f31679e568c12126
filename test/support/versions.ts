/** ListObjectVersions as its document says it, and versions by their ids. */

import assert from 'node:assert/strict';
import { type Answer, type Client, element, elements, header } from './s3-world.ts';

export interface ListedVersion {
  readonly kind: 'Version' | 'DeleteMarker';
  readonly key: string;
  readonly versionId: string;
  readonly isLatest: boolean;
}

export interface VersionsPage {
  readonly text: string;
  /** In the document's order. */
  readonly versions: readonly ListedVersion[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
  /** What asks for the next page. */
  readonly next: Readonly<Record<string, string>>;
}

export async function listVersions(
  client: Client,
  bucket: string,
  query: Readonly<Record<string, string>> = {},
): Promise<VersionsPage> {
  const { status, text } = await client.send('GET', { bucket, query: { versions: '', ...query } });
  assert.equal(status, 200, text);
  const entries = [...text.matchAll(/<(Version|DeleteMarker)>.*?<\/\1>/gs)].map(([all]) => all);
  const keyMarker = element(text, 'NextKeyMarker');
  const versionIdMarker = element(text, 'NextVersionIdMarker');
  return {
    text,
    versions: entries.map((entry) => ({
      kind: entry.startsWith('<Version>') ? 'Version' : 'DeleteMarker',
      key: element(entry, 'Key') ?? '',
      versionId: element(entry, 'VersionId') ?? '',
      isLatest: element(entry, 'IsLatest') === 'true',
    })),
    commonPrefixes: elements(text, 'CommonPrefixes').map((each) => element(each, 'Prefix') ?? ''),
    isTruncated: element(text, 'IsTruncated') === 'true',
    next: {
      ...(keyMarker !== undefined && { 'key-marker': keyMarker }),
      ...(versionIdMarker !== undefined && { 'version-id-marker': versionIdMarker }),
    },
  };
}

/** Page by page to the end. */
export async function listAllVersions(
  client: Client,
  bucket: string,
  query: Readonly<Record<string, string>> = {},
): Promise<Pick<VersionsPage, 'versions' | 'commonPrefixes'>> {
  const versions: ListedVersion[] = [];
  const commonPrefixes: string[] = [];
  for (let next: VersionsPage['next'] | undefined = {}; next !== undefined; ) {
    const page: VersionsPage = await listVersions(client, bucket, { ...query, ...next });
    versions.push(...page.versions);
    commonPrefixes.push(...page.commonPrefixes);
    next = page.isTruncated ? page.next : undefined;
    assert.ok(next === undefined || next['key-marker'] !== undefined, 'a truncated page says where the next begins');
  }
  return { versions, commonPrefixes };
}

/** The version that an answer names. */
export const versionIdOf = (answer: Answer): string => header(answer, 'x-amz-version-id');

/** One version of a key, for `Client.send`. */
export const versionAt = (bucket: string, key: string, versionId: string) => ({ bucket, key, query: { versionId } });
