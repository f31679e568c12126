/**
 * May they: one pure function over what is asked, who asks, and everything that speaks of it, in AWS's order. It can say why.
 *
 * Sources: "How Amazon S3 authorizes a request", "Access control list (ACL) overview", "Blocking public access to your Amazon S3
 * storage", "Policy evaluation logic". A layer allows, denies or is silent; one that denies wins over all that allow, and
 * where all are silent the answer is no (SECURITY rule 11).
 *
 * What matters and surprises: ACLs are never inherited; a bucket's owner has no READ on an object that another account owns
 * unless its ACL says so, and what the bucket's policy allows does not reach it, though what it denies does; an owner may drop
 * every grant of their own but always keeps READ_ACP and WRITE_ACP, and always the bucket's policy; nobody is LogDelivery; the
 * operator role is about accounts and gives no right to anybody's data.
 */

import { acls, identity, ownership } from './access/grants.ts';
import { policy, publicAccessBlock, requestPayment } from './access/policy.ts';
import type { Decision, Layer, Question, Reason } from './access/question.ts';
import { scopeFindings } from './scope.ts';

/** What the caller's keys may at most: all their scopes must let the request through. */
const keyScopes: Layer = ({ scopes, ...asked }, explain) => {
  const findings = scopes.flatMap((scope) => scopeFindings(scope, asked));
  if (findings.length === 0) {
    if (!explain) return [];
    const text = scopes.length === 0 ? 'The key has no scope.' : 'The scope of the key lets the request through.';
    return [{ layer: 'key-scope', verdict: 'silent', text }];
  }
  return findings.map((finding) => ({ layer: 'key-scope', verdict: 'denies', ...finding }));
};

const LAYERS: readonly Layer[] = Object.freeze([
  keyScopes,
  requestPayment,
  publicAccessBlock,
  policy,
  identity,
  ownership,
  acls,
]);

/** `explain`: every layer is asked, whatever the ones before it said, and a no comes with what would help. */
export function decide(question: Question, { explain = false }: { readonly explain?: boolean } = {}): Decision {
  const reasons: Reason[] = [];
  for (const layer of LAYERS) {
    for (const reason of layer(question, explain)) {
      if (reason.verdict === 'denies' && !explain) return denied([...reasons, reason], reason);
      reasons.push(reason);
    }
  }
  const denying = reasons.find(({ verdict }) => verdict === 'denies');
  if (denying !== undefined) return denied(reasons, denying, remediesOf(reasons));
  const allowing = reasons.find(({ verdict }) => verdict === 'allows');
  if (allowing !== undefined) return { allowed: true, decisive: allowing, reasons, remedies: [] };
  return denied(reasons, undefined, explain ? remediesOf(reasons) : []);
}

const denied = (
  reasons: readonly Reason[],
  decisive: Reason | undefined,
  remedies: readonly string[] = [],
): Decision => ({ allowed: false, decisive, reasons, remedies });

/** All that denies must go; and where nothing would then allow, any one of the others helps. */
function remediesOf(reasons: readonly Reason[]): readonly string[] {
  const helping = reasons.some(({ verdict }) => verdict === 'allows')
    ? reasons.filter(({ verdict }) => verdict === 'denies')
    : reasons;
  return [...new Set(helping.flatMap(({ remedy }) => remedy ?? []))];
}
