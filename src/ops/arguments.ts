/** Query parameters of listings, read with one grammar. Empty means absent, as in S3. */

import { S3Error } from '../model/errors.ts';
import type { Fields } from '../wire/request.ts';
import { integerIn } from '../wire/values.ts';

const INT32_MAX = 2_147_483_647;

/** The parameter's value; undefined when absent or empty. */
export function textArgument(query: Fields, name: string): string | undefined {
  const text = query.one(name);
  return text === '' ? undefined : text;
}

/** A count from `min` upwards; what is larger than `most` is cut to it, as S3 does. Absent: `most`. */
export function countArgument(
  query: Fields,
  name: string,
  range: { readonly min: number; readonly most: number },
): number {
  const text = textArgument(query, name);
  if (text === undefined) return range.most;
  const value = integerIn(text, range.min, INT32_MAX);
  if (value !== undefined) return Math.min(value, range.most);
  throw invalidArgument(name, text, `${name} must be an integer between ${range.min} and ${INT32_MAX}.`);
}

/** `url` or nothing. */
export function encodingType(query: Fields): 'url' | undefined {
  const text = textArgument(query, 'encoding-type');
  if (text === undefined || text === 'url') return text;
  throw invalidArgument('encoding-type', text, 'Invalid Encoding Method specified in Request. Only url is known.');
}

export function booleanArgument(query: Fields, name: string): boolean {
  const text = textArgument(query, name);
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw invalidArgument(name, text, `${name} must be true or false.`);
}

export const invalidArgument = (name: string, value: string, message: string): S3Error =>
  new S3Error('InvalidArgument', message, { fields: { ArgumentName: name, ArgumentValue: value } });
