/** What a statement is about: ARNs of a bucket and of keys in it, with wildcards and variables. */

import type { PolicyAction } from './actions.ts';
import { patternOf } from './pattern.ts';
import type { ConditionValues } from './types.ts';
import { constantOf, resolve, templateOf } from './variables.ts';

export interface ResourceTest {
  /** What such an ARN can name. */
  readonly kinds: readonly PolicyAction['on'][];
  /** `resource`: `arn:aws:s3:::bucket/key`. */
  matches(resource: string, request: ConditionValues): boolean;
}

const PREFIX = 'arn:aws:s3:::';

/** Throws an `Error` that says what is wrong: a resource must be in the policy's own bucket. */
export function readResource(text: string, bucketName: string, variables: boolean): ResourceTest {
  if (!text.startsWith(PREFIX)) throw new Error(`a resource begins with ${PREFIX}`);
  const path = text.slice(PREFIX.length);
  const slash = path.indexOf('/');
  const bucket = slash < 0 ? path : path.slice(0, slash);
  if (variables && bucket.includes('${')) throw new Error('the name of a bucket cannot hold a variable');
  if (!patternOf(bucket).matches(bucketName)) throw new Error(`it is not in bucket ${bucketName}`);
  const template = templateOf(text, 'wildcards', variables);
  const constant = constantOf(template, same);
  const kinds =
    slash >= 0 ? (['object'] as const) : bucket.endsWith('*') ? (['bucket', 'object'] as const) : (['bucket'] as const);
  return Object.freeze({
    kinds,
    matches: (resource: string, request: ConditionValues) =>
      (constant ?? resolve(template, request, same))?.matches(resource) === true,
  });
}

const same = (text: string): string => text;
