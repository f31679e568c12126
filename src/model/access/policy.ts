/**
 * The layers that come before ownership and ACLs: who pays, what the public-access block takes away, and the bucket's policy.
 *
 * Sources: "How Amazon S3 authorizes a request for an object operation" (bucket context and object context), "Blocking public
 * access to your Amazon S3 storage", "Using Requester Pays buckets".
 */

import type { PolicyVerdict, StatementFinding } from '../policy/types.ts';
import { type Layer, objectOwnerOf, ownsBucket, POLICY_ACTIONS, type Question, type Reason } from './question.ts';

export const requestPayment: Layer = (question) => {
  const { bucket, principal, requesterPays } = question;
  if (bucket?.payer !== 'Requester' || ownsBucket(question)) return [];
  const layer = 'request-payment';
  if (principal.kind === 'anonymous') {
    const text = 'The bucket has Requester Pays, and nobody can be charged for an anonymous request.';
    return [{ layer, verdict: 'denies', text, remedy: 'Sign the request and send x-amz-request-payer: requester.' }];
  }
  if (requesterPays) return [{ layer, verdict: 'silent', text: 'The request says that the requester pays.' }];
  const text = 'The bucket has Requester Pays, and the request does not say that the requester pays.';
  return [{ layer, verdict: 'denies', text, remedy: 'Send x-amz-request-payer: requester.' }];
};

/** Takes part by what the later layers leave out; here it is only told. */
export const publicAccessBlock: Layer = ({ bucket }, explain) => {
  if (!explain || bucket === undefined) return [];
  const { ignorePublicAcls, restrictPublicBuckets } = bucket.publicAccessBlock;
  const texts = [
    ...(ignorePublicAcls
      ? ['IgnorePublicAcls is on: grants to AllUsers and AuthenticatedUsers count for nothing.']
      : []),
    ...(restrictPublicBuckets && bucket.policy?.isPublic === true
      ? ["RestrictPublicBuckets is on and the policy is public: it admits only the account of the bucket's owner."]
      : []),
  ];
  const none = texts.length === 0 ? ['The public-access block takes nothing away here.'] : [];
  return [...texts, ...none].map((text) => ({ layer: 'public-access-block', verdict: 'silent', text }));
};

export const policy: Layer = (question, explain) => {
  const { need, bucket } = question;
  if (bucket === undefined || need === 'anyone' || need === 'account') return [];
  if (bucket.policy === undefined) {
    if (!explain) return [];
    return [{ layer: 'policy', verdict: 'silent', text: 'The bucket has no policy.', ...addStatement(question) }];
  }
  const verdicts = question.actions.map((action) => ({ action, verdict: evaluate(question, action, explain) }));
  const uncounted = whyAllowDoesNotCount(question);
  const missing = verdicts.filter(({ verdict }) => !hasAllow(verdict)).map(({ action }) => action);
  const obstacle = missing.length === 0 ? uncounted : { text: `It does not allow ${missing.join(' and ')}.` };
  return verdicts.flatMap(({ action, verdict }) => verdictReasons({ question, action, verdict, obstacle, explain }));
};

function evaluate({ bucket, principal, reach, conditions }: Question, action: string, explain: boolean): PolicyVerdict {
  if (bucket?.policy === undefined || reach.kind === 'service') return NONE;
  const key = reach.kind === 'object' ? `/${reach.key}` : '';
  const resource = `arn:aws:s3:::${reach.bucket}${key}`;
  return bucket.policy.evaluate({ principal, action, resource, conditions: conditions() }, { explain });
}

/** Also where something else denies. */
const hasAllow = ({ effect, findings }: PolicyVerdict): boolean =>
  effect === 'Allow' || findings.some((finding) => finding.applies && finding.effect === 'Allow');

const NONE: PolicyVerdict = Object.freeze({ effect: 'none', decisive: undefined, findings: Object.freeze([]) });

/** What keeps an Allow from counting. One with an error denies. */
type Obstacle = Pick<Reason, 'text' | 'remedy' | 'error'>;

/** Why what the policy allows does not let this request in; undefined when it does. */
function whyAllowDoesNotCount(question: Question): Obstacle | undefined {
  const { bucket, need, actions } = question;
  if (bucket === undefined) return undefined;
  if (!ownsBucket(question)) {
    if (bucket.publicAccessBlock.restrictPublicBuckets && bucket.policy?.isPublic === true) {
      return {
        text: 'RestrictPublicBuckets keeps a public policy from admitting others.',
        remedy: 'Make the policy name accounts instead of everybody, or switch off RestrictPublicBuckets.',
      };
    }
    if (POLICY_ACTIONS.has(actions[0])) return OWNERS_ALONE;
    if (need === 'own-upload') return { text: 'Only who began the upload and the bucket owner fill and complete it.' };
  }
  const owner = objectOwnerOf(question);
  if (needsTheObjectsOwner(question) && owner !== undefined && owner !== bucket.ownerCanonicalId) {
    return {
      text: 'Another account than the bucket owner owns the object, and a policy of the bucket gives no right to it.',
      remedy: 'Let the owner of the object grant it in its ACL, or set BucketOwnerEnforced on the bucket.',
    };
  }
  return undefined;
}

/** "If you have the correct permissions, but you're not using an identity that belongs to the bucket owner's account" (405). */
const OWNERS_ALONE: Obstacle = Object.freeze({
  text: "A bucket's policy is its owner's alone.",
  remedy: "Sign with a key of the bucket owner's account.",
  error: 'MethodNotAllowed',
});

/** Reads and changes of an object are its owner's to give. Writing and deleting keys is the bucket owner's. */
const needsTheObjectsOwner = ({ need, reach, actions }: Question): boolean =>
  need.startsWith('object:') ||
  (need === 'owner' && reach.kind === 'object' && !actions[0].startsWith('s3:DeleteObject'));

interface Judged {
  readonly question: Question;
  readonly action: string;
  readonly verdict: PolicyVerdict;
  readonly obstacle: Obstacle | undefined;
  readonly explain: boolean;
}

function verdictReasons({ question, action, verdict, obstacle, explain }: Judged): readonly Reason[] {
  const exempt = ownsBucket(question) && POLICY_ACTIONS.has(action);
  if (exempt) {
    const text = "The owner may always read, set and delete the bucket's policy, whatever it says.";
    return [{ layer: 'policy', verdict: 'allows', text }];
  }
  const reasonOf = (finding: StatementFinding): Reason => statementReason(action, finding, obstacle);
  if (!explain) {
    if (verdict.effect === 'none') return [];
    const unnamed = { name: 'a statement', effect: verdict.effect, applies: true, text: '' };
    return [reasonOf(verdict.decisive ?? unnamed)];
  }
  const silent = { layer: 'policy', verdict: 'silent', text: `No statement allows or denies ${action}.` } as const;
  const reasons = verdict.findings.map(reasonOf);
  const nothing = verdict.effect === 'none' ? [{ ...silent, ...addStatement(question) }] : [];
  return [...reasons, ...nothing];
}

function statementReason(action: string, finding: StatementFinding, obstacle: Obstacle | undefined): Reason {
  const { name, place, effect, applies, text } = finding;
  const layer = 'policy';
  const of = place === undefined ? {} : { statement: place };
  if (!applies) return { layer, verdict: 'silent', text: `${capital(name)} does not apply: ${text}`, ...of };
  if (effect === 'Deny') {
    const remedy = `Remove ${name} from the bucket policy, or except the caller from it.`;
    return { layer, verdict: 'denies', text: `${capital(name)} denies ${action}.`, remedy, ...of };
  }
  const allows = `${capital(name)} allows ${action}`;
  if (obstacle === undefined) return { layer, verdict: 'allows', text: `${allows}.`, ...of };
  const verdict = obstacle.error === undefined ? 'silent' : 'denies';
  return { ...obstacle, layer, verdict, text: `${allows}, which does not count: ${obstacle.text}`, ...of };
}

/** What to add to the policy; nothing where no policy could help. */
function addStatement(question: Question): Pick<Reason, 'remedy'> {
  if (whyAllowDoesNotCount(question) !== undefined || question.bucket === undefined) return {};
  const who = question.principal.kind === 'anonymous' ? 'everybody' : 'the caller';
  return { remedy: `Allow ${question.actions.join(' and ')} to ${who} in the bucket's policy.` };
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
