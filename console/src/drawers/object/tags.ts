/** Tags of an object: what they may be ("Object tagging" in the S3 user guide), and what is wrong with those that are typed. Pure. */

import type { Tag } from '../../s3/buckets.ts';

export const TAGS_MOST = 10;
const KEY_LENGTH = 128;
const VALUE_LENGTH = 256;

/** Letters, numbers and spaces of any script, and `+ - = . _ : / @`. */
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

export type TagProblem = 'noKey' | 'badKey' | 'longKey' | 'reserved' | 'twice' | 'badValue' | 'longValue';

function problemOf({ key, value }: Tag, before: readonly Tag[]): TagProblem | undefined {
  if (key === '') return 'noKey';
  if (key.length > KEY_LENGTH) return 'longKey';
  if (!ALLOWED.test(key)) return 'badKey';
  if (/^aws:/i.test(key)) return 'reserved';
  if (before.some((tag) => tag.key === key)) return 'twice';
  if (value.length > VALUE_LENGTH) return 'longValue';
  return ALLOWED.test(value) ? undefined : 'badValue';
}

export const tagProblems = (tags: readonly Tag[]): readonly (TagProblem | undefined)[] =>
  tags.map((tag, index) => problemOf(tag, tags.slice(0, index)));

export const tagsText = (tags: readonly Tag[]): string =>
  tags
    .map(({ key, value }) => `${key}=${value}`)
    .sort()
    .join('\n');

export const sameTags = (a: readonly Tag[], b: readonly Tag[]): boolean => tagsText(a) === tagsText(b);

/** Those that an object of a folder has afterwards. */
export function taggedWith(old: readonly Tag[], set: readonly Tag[], remove: readonly string[]): readonly Tag[] {
  const gone = new Set([...remove, ...set.map(({ key }) => key)]);
  return [...old.filter(({ key }) => !gone.has(key)), ...set];
}
