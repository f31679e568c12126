/**
 * Tagging, both ways, and the form that a header has. Sources: PutObjectTagging, PutBucketTagging and PutObject
 * (`x-amz-tagging`) in the S3 API reference. How many there may be and what they may be called is in `model/tags.ts`.
 */

import type { Tag } from '../../model/entities.ts';
import { S3Error } from '../../model/errors.ts';
import type { XmlLimits } from '../xml.ts';
import { branch, leaf, s3Document } from '../xml-write.ts';
import { Members, readRoot } from './members.ts';

const ROOT = 'Tagging';

/** Throws `MalformedXML`. */
export function readTagging(bytes: Uint8Array, limits: XmlLimits): readonly Tag[] {
  const set = new Members(readRoot(bytes, ROOT, limits), ['TagSet']).required('TagSet');
  return new Members(set, ['Tag']).all('Tag').map((element) => {
    const tag = new Members(element, ['Key', 'Value']);
    return { key: tag.requiredExact('Key'), value: tag.requiredExact('Value') };
  });
}

export function writeTagging(tags: readonly Tag[]): string {
  const content = tags.map(({ key, value }) => branch('Tag', leaf('Key', key) + leaf('Value', value)));
  return s3Document(ROOT, branch('TagSet', content.join('')));
}

/** `a=1&b=2`, as query parameters are encoded. Empty: no tags. Throws `InvalidArgument`. */
export function parseTagHeader(text: string): readonly Tag[] {
  if (text === '') return [];
  const tags = text.split('&').map((pair) => {
    const at = pair.indexOf('=');
    const [key, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    return { key: decoded(key, text), value: decoded(value, text) };
  });
  if (new Set(tags.map(({ key }) => key)).size !== tags.length) throw badHeader(text);
  return tags;
}

function decoded(text: string, header: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw badHeader(header);
  }
}

const badHeader = (value: string): S3Error =>
  new S3Error(
    'InvalidArgument',
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    { fields: { ArgumentName: 'x-amz-tagging', ArgumentValue: value } },
  );
