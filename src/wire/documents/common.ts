/** What S3's documents have in common: owners, checksums, common prefixes and `encoding-type=url`. */

import type { Checksum } from '../../model/entities.ts';
import { encodeKeyForUrl } from '../values.ts';
import { escapeXml, leaf } from '../xml-write.ts';

export interface Owner {
  /** Canonical id. */
  readonly id: string;
  /** S3 itself stopped sending it in 2025; clients show it where it is there. */
  readonly displayName?: string | undefined;
}

export const writeOwner = (name: 'Owner' | 'Initiator', owner: Owner): string =>
  `<${name}>${leaf('ID', owner.id)}${leaf('DisplayName', owner.displayName)}</${name}>`;

/** The member that holds a checksum. */
export const checksumMember = (algorithm: Checksum['algorithm']): string => `Checksum${algorithm}`;

export const writeChecksum = (checksum: Pick<Checksum, 'algorithm' | 'value'> | undefined): string =>
  checksum === undefined ? '' : leaf(checksumMember(checksum.algorithm), checksum.value);

/** A listing whose keys, prefixes, delimiters and key markers may be URL-encoded. */
export interface Listed {
  /** As asked for with `encoding-type`. */
  readonly encodingType?: 'url' | undefined;
}

/** A key, prefix, delimiter or marker as this listing shows it; not yet escaped for XML. */
export function listedText<T extends string | undefined>(listing: Listed, text: T): string | T {
  return text === undefined || listing.encodingType === undefined ? text : encodeKeyForUrl(text);
}

export function writePrefixes(listing: Listed, prefixes: readonly string[]): string {
  let content = '';
  for (const prefix of prefixes) {
    content += `<CommonPrefixes><Prefix>${escapeXml(listedText(listing, prefix))}</Prefix></CommonPrefixes>`;
  }
  return content;
}
