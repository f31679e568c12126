/**
 * Bucket policies ready to be asked: each text parsed once, as many as a bound allows.
 *
 * A stored policy that cannot be parsed (none should be: what is not understood is refused when it is set) denies everything,
 * so that only what owners may do to a policy in any case is left (SECURITY rule 10).
 */

import type { StoredPolicy } from '../access/question.ts';
import type { Bucket } from '../entities.ts';
import { S3Error } from '../errors.ts';
import { evaluatePolicy } from './evaluate.ts';
import { parsePolicy } from './parse.ts';
import { isPublicPolicy } from './status.ts';
import type { PolicyQuestion, PolicyVerdict, StatementFinding } from './types.ts';

export interface PolicyCache {
  /** Undefined: the bucket has no policy. */
  of(bucket: Pick<Bucket, 'name' | 'configuration'>): StoredPolicy | undefined;
}

/** Made once by the composition root; keeps up to `limit` policies, and forgets those that were not used for longest. */
export function createPolicyCache(limit: number): PolicyCache {
  const known = new Map<string, StoredPolicy>();
  return Object.freeze({
    of({ name, configuration }: Pick<Bucket, 'name' | 'configuration'>): StoredPolicy | undefined {
      const text = configuration.policy;
      if (text === undefined) return undefined;
      // No name of a bucket holds a line break.
      const id = `${name}\n${text}`;
      const policy = known.get(id) ?? load(text, name);
      known.delete(id);
      known.set(id, policy);
      const [oldest] = known.keys();
      if (known.size > limit && oldest !== undefined) known.delete(oldest);
      return policy;
    },
  });
}

function load(text: string, bucketName: string): StoredPolicy {
  try {
    const policy = parsePolicy(text, bucketName);
    return Object.freeze({
      isPublic: isPublicPolicy(policy),
      evaluate: (question: PolicyQuestion, options: { readonly explain: boolean }) =>
        evaluatePolicy(policy, question, options),
    });
  } catch (error) {
    if (error instanceof S3Error) return UNREADABLE;
    throw error;
  }
}

const UNREADABLE: StoredPolicy = Object.freeze({
  isPublic: true,
  evaluate: (): PolicyVerdict => {
    const decisive: StatementFinding = { name: 'the stored policy', effect: 'Deny', applies: true, text: '' };
    return { effect: 'Deny', decisive, findings: [decisive] };
  },
});
