/**
 * From a list of versions to what a list shows: what was current at a moment (time travel), or what is current now with what is
 * deleted. S3 answers the versions of one key newest first, and may break off between them; `decided` carries over the break.
 */

import type { Entry } from './entries.ts';

/** One row of ListObjectVersions. */
export interface VersionRow {
  readonly kind: 'version' | 'marker';
  readonly key: string;
  readonly versionId: string;
  readonly isLatest: boolean;
  /** ms */
  readonly modified: number;
  readonly size: number;
  readonly etag: string;
}

interface Chosen {
  readonly entries: readonly Entry[];
  /** The last key whose version is chosen: further ones of it are older. */
  readonly decided: string | undefined;
}

const entryOf = (row: VersionRow): Entry =>
  row.kind === 'marker'
    ? { kind: 'marker', key: row.key, modified: row.modified, versionId: row.versionId }
    : {
        ...{ kind: 'object' as const, key: row.key, size: row.size, modified: row.modified },
        ...{ etag: row.etag, versionId: row.versionId },
      };

/** What was current at `at`: of each key the newest that is no newer; nothing, where that is a marker. */
export function currentAt(rows: readonly VersionRow[], at: number, before: string | undefined): Chosen {
  let decided = before;
  const entries: Entry[] = [];
  for (const row of rows) {
    if (row.key === decided || row.modified > at) continue;
    decided = row.key;
    if (row.kind === 'version') entries.push(entryOf(row));
  }
  return { entries, decided };
}

/** What is current, and what is deleted: the newest of each key. */
export const withDeleted = (rows: readonly VersionRow[]): readonly Entry[] =>
  rows.filter(({ isLatest }) => isLatest).map(entryOf);
