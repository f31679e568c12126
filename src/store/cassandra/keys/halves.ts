/**
 * A put writes `head` and `ver` in one mutation, which is atomic on each replica only: where its writer died before most
 * replicas had it, a reader may see its row without its head. A change decided on that row would get a tag below the put and
 * be lost when the head shows, or remove a version that the head names then. So who changes a key stores such a head first
 * (decision 0006, "Changes that read first").
 *
 * The other half needs nothing: a head is found without its row, and each elected change writes the row of the version that
 * was current anew. What is elected is completed before the next one looks, so only puts can be half there.
 */

import { compareTags } from '../tags.ts';
import type { Effect, KeyView, Shards, VersionRow } from '../types.ts';
import { placeTag } from './record.ts';
import { isDead } from './versions.ts';

/** The head that a put wrote with its row. Undefined: the row was changed since, or removed. */
export function headOfPut({ place, tag, payload }: VersionRow): Effect['head'] {
  if (payload === undefined || compareTags(placeTag(place), tag) !== 0) return undefined;
  return { tag, payload: isDead(payload) ? undefined : payload };
}

/**
 * The head of a put that is newer than `view`, which was read before. Undefined: there is none, or no bucket. Only the newest
 * row of each kind can be such a put's: what removes a row moves the head above it.
 */
export async function missingHead(shards: Shards, view: KeyView, key: Buffer): Promise<Effect | undefined> {
  const { home, mode } = view.shard;
  const kinds = ({ unversioned: [0], enabled: [1], suspended: [0, 1] } as const)[mode];
  const pages = await Promise.all(kinds.map((z) => shards.versionRows(home, { type: 'key', key, z, limit: 1 })));
  const heads = pages.flatMap((page) => page?.rows ?? []).flatMap((row) => headOfPut(row) ?? []);
  const head = heads.sort((a, b) => compareTags(a.tag, b.tag)).at(-1);
  return head && compareTags(head.tag, view.tag) > 0 ? { key, head, versions: [] } : undefined;
}
