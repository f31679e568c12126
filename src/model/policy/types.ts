/**
 * Bucket policies as values: what `parse.ts` makes of a document and `evaluate.ts` judges.
 *
 * Source: "Bucket policies for Amazon S3", "IAM JSON policy elements reference" and "Condition keys for Amazon S3". Anything
 * that is not understood is refused when a policy is set, so that what is stored is understood whole.
 */

import type { AccountId, CanonicalId } from '../entities.ts';

/** Values of condition keys (lower case: `aws:sourceip`), from the request, the caller and the clock. Absent: not there. */
export type ConditionValues = ReadonlyMap<string, readonly string[]>;

/** Who asks, as policies name them. */
export type PolicyPrincipal =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'account'; readonly id: AccountId; readonly canonicalId: CanonicalId };

export interface PolicyQuestion {
  readonly principal: PolicyPrincipal;
  /** `s3:GetObject`. */
  readonly action: string;
  /** `arn:aws:s3:::bucket` or `arn:aws:s3:::bucket/key`. */
  readonly resource: string;
  readonly conditions: ConditionValues;
}

/** Which statement of its policy. */
export interface StatementPlace {
  /** From 1. */
  readonly number: number;
  readonly sid: string | undefined;
}

/** Of one statement: whether it applies, and if not, what first kept it from it. */
export interface StatementFinding {
  /** `statement 2 ("TeamWrites")`. */
  readonly name: string;
  /** Undefined: it is not known. */
  readonly place?: StatementPlace;
  readonly effect: 'Allow' | 'Deny';
  readonly applies: boolean;
  /** For people: `Principal does not name the caller`, `Condition IpAddress aws:SourceIp is not met: …`. */
  readonly text: string;
}

export interface PolicyVerdict {
  /** Deny wins. `none`: no statement applies. */
  readonly effect: 'Allow' | 'Deny' | 'none';
  /** The statement that decided, among `findings`; undefined for `none`. */
  readonly decisive: StatementFinding | undefined;
  /** Made only when asked for: one per statement, in order. */
  readonly findings: readonly StatementFinding[];
}
