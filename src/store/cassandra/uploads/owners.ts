/**
 * What the collector asks of who names bodies: of keys what the keys answer, of parts what the rows of the upload say.
 *
 * A question about an upload finishes what was begun with it: notes in the ledger rest on that.
 */

import type { Uuid } from '../database/types.ts';
import type { Home, Owner, Owners } from '../types.ts';
import type { Completer } from './completer.ts';
import type { Stores } from './ending.ts';
import { placeOf, type UploadOwner } from './parts.ts';

export const isUploads = (owner: Owner): owner is UploadOwner => owner.uploadId !== undefined;

export function ownersOfParts(
  keys: Owners,
  context: Pick<Stores, 'parts'> & { readonly completer: Completer },
): Owners {
  const { parts, completer } = context;
  return Object.freeze({
    isNamed: async (owner: Owner, naming: Uuid) => {
      if (!isUploads(owner)) return await keys.isNamed(owner, naming);
      if ((await completer.isOpen(owner)) && (await parts.names(placeOf(owner), naming))) return true;
      // The composed body of a completion is the key's.
      return await keys.isNamed({ home: owner.home, key: owner.key }, naming);
    },
    // Rows of the naming do not count from here on, whenever they are stored. When the upload has ended none is read any more.
    fence: async (owner: Owner, naming: Uuid, latest: bigint) => {
      if (!isUploads(owner)) await keys.fence(owner, naming, latest);
      else if (await completer.isOpen(owner)) await parts.ban(placeOf(owner), naming);
    },
    unfence: async (owner: Owner, naming: Uuid) => {
      if (isUploads(owner)) await parts.allow(placeOf(owner), naming);
      else await keys.unfence(owner, naming);
    },
    confirm: (home: Home, key: Buffer) => keys.confirm(home, key),
    tidy: (home: Home, key: Buffer) => keys.tidy(home, key),
  });
}
