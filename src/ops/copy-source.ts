/** `x-amz-copy-source`, read: which object a copy is made from. Source: CopyObject in the S3 API reference. */

import { S3Error } from '../model/errors.ts';
import { checkKey, checkVersionId } from '../model/keys.ts';
import { trimHeader } from '../wire/fields.ts';
import type { HeaderFields } from '../wire/request.ts';

const HEADER = 'x-amz-copy-source';

export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/**
 * `[/]bucket/key[?versionId=id]`, percent-encoded UTF-8. The query is split off before decoding, so a `?` of the key must be
 * encoded; `+` is a space, as S3 reads it (aws-cli issue 614, aws-sdk-php issue 236). Throws `InvalidArgument`, `KeyTooLongError`.
 */
export function parseCopySource(headers: HeaderFields): CopySource {
  const [raw = ''] = headers.raw(HEADER);
  if (headers.raw(HEADER).length > 1) throw invalid('occurs more than once');
  const text = trimHeader(raw);
  const mark = text.indexOf('?');
  const path = mark < 0 ? text : text.slice(0, mark);
  // Many callers encode all of it, the slashes too. No bucket's name holds one, so where it ends is plain either way.
  const [bucket, key] = path.includes('/') ? split(path).map(decode) : split(decode(path));
  if (!bucket || !key) throw invalid('must name source bucket and key: sourcebucket/sourcekey');
  checkKey(key);
  return { bucket, key, versionId: mark < 0 ? undefined : versionIn(text.slice(mark + 1)) };
}

/** Bucket and key; the key is empty when there is none. */
function split(path: string): readonly string[] {
  const bare = path.startsWith('/') ? path.slice(1) : path;
  const slash = bare.indexOf('/');
  return slash < 0 ? [bare, ''] : [bare.slice(0, slash), bare.slice(slash + 1)];
}

function versionIn(query: string): string {
  const match = /^versionId=(.*)$/.exec(query);
  if (match === null) throw invalid('has a query other than versionId; write a ? of the key as %3F');
  const versionId = decode(match[1] ?? '');
  checkVersionId(versionId);
  return versionId;
}

/** Header bytes above ASCII are UTF-8 that the client did not encode. */
function decode(text: string): string {
  try {
    return decodeURIComponent(
      text.replaceAll('+', ' ').replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`),
    );
  } catch {
    throw invalid('is not percent-encoded UTF-8');
  }
}

const invalid = (problem: string): S3Error =>
  new S3Error('InvalidArgument', `The header ${HEADER} ${problem}.`, { fields: { ArgumentName: HEADER } });
