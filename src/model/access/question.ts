/** What a decision is asked and what it answers: the values of `model/access.ts` and its layers. */

import type { Acl, CanonicalId, KeyScope, ObjectOwnership, PublicAccessBlock } from '../entities.ts';
import type {
  ConditionValues,
  PolicyPrincipal,
  PolicyQuestion,
  PolicyVerdict,
  StatementPlace,
} from '../policy/types.ts';
import type { Payer } from '../request-payment.ts';
import type { Reach } from '../scope.ts';

/**
 * What an operation needs of ownership and ACLs. `bucket:READ` and so on: that permission on the bucket; `object:…` on the
 * object. `owner`: to own the bucket. `upload`: to have begun the upload or own the bucket. `own-upload`: the same, where not even
 * a policy can give it to others. `account`: to be a verified account. `anyone`: nothing (the handler judges for itself).
 */
export type Need =
  | `${'bucket' | 'object'}:${'READ' | 'WRITE' | 'READ_ACP' | 'WRITE_ACP'}`
  | 'owner'
  | 'upload'
  | 'own-upload'
  | 'account'
  | 'anyone';

/** Who asks, as far as rights go: policies name the same. */
export type Principal = PolicyPrincipal;

export interface Resource {
  readonly ownerCanonicalId: CanonicalId;
  readonly acl: Acl;
}

/** A bucket, and what holds for all that is in it. */
export interface BucketFacts extends Resource {
  readonly ownership: ObjectOwnership;
  readonly publicAccessBlock: PublicAccessBlock;
  readonly payer: Payer;
  readonly policy: StoredPolicy | undefined;
}

/** A bucket's policy, ready to be asked. */
export interface StoredPolicy {
  /** In the sense of the public-access block. */
  readonly isPublic: boolean;
  evaluate(question: PolicyQuestion, options: { readonly explain: boolean }): PolicyVerdict;
}

export interface Question {
  readonly need: Need;
  /** `s3:GetObject`; and what the request's headers ask for beside it, which a policy must allow as well. */
  readonly actions: readonly [string, ...string[]];
  readonly principal: Principal;
  /** Those of the caller's key, and of what it was derived from. */
  readonly scopes: readonly KeyScope[];
  /** Where the request comes from: the socket, or what a trusted proxy says. */
  readonly remoteAddress: string;
  /** The request says that its sender pays for it. */
  readonly requesterPays: boolean;
  readonly reach: Reach;
  /** Undefined: the operation is on none that is there. */
  readonly bucket: BucketFacts | undefined;
  readonly object?: Resource | undefined;
  /** Who began the upload that is asked for. */
  readonly initiator?: CanonicalId | undefined;
  /** Asked for only when there is a policy. */
  readonly conditions: () => ConditionValues;
}

/** One thing that was looked at. */
export interface Reason {
  readonly layer:
    | 'identity'
    | 'key-scope'
    | 'request-payment'
    | 'public-access-block'
    | 'policy'
    | 'ownership'
    | 'bucket-acl'
    | 'object-acl';
  readonly verdict: 'allows' | 'denies' | 'silent';
  readonly text: string;
  /** What would turn this reason into one that allows, or keep it from denying. */
  readonly remedy?: string;
  /** Of a policy: which statement says so. */
  readonly statement?: StatementPlace;
  /** S3's answer where it is not the plain AccessDenied. */
  readonly error?: 'MethodNotAllowed';
}

export interface Decision {
  readonly allowed: boolean;
  /** The reason that settled it; undefined: nothing allows it. */
  readonly decisive: Reason | undefined;
  /** In the order of the layers. Complete when it was asked to explain, otherwise down to the first that denies. */
  readonly reasons: readonly Reason[];
  /** Made only when asked to explain, and only for a no: sentences, each one thing that would help. */
  readonly remedies: readonly string[];
}

/** What one layer has to say. `explain`: also what it has looked at in vain. */
export type Layer = (question: Question, explain: boolean) => readonly Reason[];

export const canonicalIdOf = (principal: Principal): CanonicalId | undefined =>
  principal.kind === 'account' ? principal.canonicalId : undefined;

export const ownsBucket = ({ bucket, principal }: Question): boolean =>
  bucket !== undefined && canonicalIdOf(principal) === bucket.ownerCanonicalId;

/** Who owns the object, as the bucket's ownership controls have it. */
export const objectOwnerOf = ({ bucket, object }: Question): CanonicalId | undefined =>
  bucket?.ownership === 'BucketOwnerEnforced' ? bucket.ownerCanonicalId : object?.ownerCanonicalId;

/** Reading, setting and deleting the policy: the owner's always, and nobody else's ("PutBucketPolicy", section Permissions). */
export const POLICY_ACTIONS: ReadonlySet<string> = new Set([
  's3:GetBucketPolicy',
  's3:PutBucketPolicy',
  's3:DeleteBucketPolicy',
]);
