/**
 * Who a statement is about: `*`, or accounts by id, ARN or canonical id.
 *
 * Source: "AWS JSON policy elements: Principal" and "Principals for bucket policies". An account is its root in ARNs. Left out,
 * and refused: users, roles, sessions, services and federations, which Moraine does not have.
 */

import type { PolicyPrincipal } from './types.ts';

export interface Principals {
  readonly everybody: boolean;
  /** Account ids and canonical ids that are named. */
  readonly named: ReadonlySet<string>;
}

export interface PrincipalName {
  readonly by: 'id' | 'canonicalId';
  readonly value: string;
}

const ACCOUNT_ID = /^[A-Za-z0-9_-]{1,64}$/;
const CANONICAL_ID = /^[0-9a-f]{64}$/;
const ROOT = /^arn:aws:iam::([A-Za-z0-9_-]{1,64}):root$/;

/** `undefined` for what names nobody that can be. `*` is for the caller to see. */
export function principalName(kind: string, text: string): PrincipalName | undefined {
  if (kind === 'CanonicalUser') return CANONICAL_ID.test(text) ? { by: 'canonicalId', value: text } : undefined;
  if (kind !== 'AWS') return undefined;
  const id = ROOT.exec(text)?.[1] ?? text;
  if (CANONICAL_ID.test(id)) return { by: 'canonicalId', value: id };
  return ACCOUNT_ID.test(id) ? { by: 'id', value: id } : undefined;
}

export function includes({ everybody, named }: Principals, caller: PolicyPrincipal): boolean {
  if (everybody) return true;
  return caller.kind === 'account' && (named.has(caller.id) || named.has(caller.canonicalId));
}
