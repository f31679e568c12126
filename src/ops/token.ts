/**
 * Continuation tokens: where a listing goes on, as text that clients pass back and do not read.
 *
 * A token holds a place in the order of names and nothing else: no id, no right. Whoever sends it is authorised for the
 * page like for the first one, so a forged token only chooses another place. The checksum is there so that a token of
 * another listing, or one cut off, is refused instead of silently answered from the wrong place.
 */

import { createHash } from 'node:crypto';
import { S3Error } from '../model/errors.ts';

const CHECK_BYTES = 8;

/** `scope` names the listing: the operation, and the bucket's id where there is one. */
export function writeToken(scope: string, place: string): string {
  const bytes = Buffer.from(place, 'utf8');
  return Buffer.concat([check(scope, bytes), bytes]).toString('base64url');
}

/** The place in a token of the same scope. Throws `InvalidArgument` for any other text. */
export function readToken(scope: string, token: string): string {
  const bytes = Buffer.from(token, 'base64url');
  const place = bytes.subarray(CHECK_BYTES);
  if (bytes.length > CHECK_BYTES && bytes.toString('base64url') === token) {
    if (check(scope, place).equals(bytes.subarray(0, CHECK_BYTES))) return place.toString('utf8');
  }
  throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect', {
    fields: { ArgumentName: 'continuation-token', ArgumentValue: token },
  });
}

const check = (scope: string, place: Buffer): Buffer =>
  createHash('sha256').update(`${scope}\0`).update(place).digest().subarray(0, CHECK_BYTES);
