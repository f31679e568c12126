/** What tags of buckets may be. Source: "Tag restrictions" of the S3 user guide. Pure. */

import type { Tag } from '../../s3/buckets.ts';

export const MOST_TAGS = 50;
const NAME = 128;
const VALUE = 256;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

export interface TagProblem {
  readonly in: 'key' | 'value';
  readonly what: 'empty' | 'twice' | 'text';
}

/** Of each tag in turn; undefined: none. */
export const tagProblems = (tags: readonly Tag[]): readonly (TagProblem | undefined)[] =>
  tags.map(({ key, value }, index) => {
    if (key === '') return { in: 'key', what: 'empty' };
    if (!ALLOWED.test(key) || key.length > NAME || /^aws:/i.test(key)) return { in: 'key', what: 'text' };
    if (tags.findIndex((tag) => tag.key === key) < index) return { in: 'key', what: 'twice' };
    return !ALLOWED.test(value) || value.length > VALUE ? { in: 'value', what: 'text' } : undefined;
  });

/** In whatever order. */
export const sameTags = (a: readonly Tag[], b: readonly Tag[]): boolean => {
  const said = (tags: readonly Tag[]): string => JSON.stringify(tags.map(({ key, value }) => [key, value]).sort());
  return said(a) === said(b);
};
