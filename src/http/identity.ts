/**
 * Who asks: from a claim to a caller, with one read of the store and one verification, or the error that says why not.
 *
 * SECURITY rules 1, 2 and 12: unknown, revoked and expired credentials are refused and never taken for anonymous; what was
 * derived from a key or account holds no longer than they do, at each use.
 */

import type { Secret } from '../base/secret.ts';
import type { AccessKey, KeyScope } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import type { Caller, Services } from '../ops/types.ts';
import { payloadOf } from '../sign/payload.ts';
import type { Claim, PayloadForm, Verified } from '../sign/types.ts';
import { createVerifier } from '../sign/verify.ts';
import type { Identity, Rows } from '../store/port.ts';
import type { S3Request } from '../wire/request.ts';

/** Opens a key's sealed secret; whoever makes it decides what it caches. */
export type Unseal = (key: AccessKey) => Secret;

export async function fetchIdentity(rows: Rows, claim: Claim): Promise<Identity | undefined> {
  if (claim.kind === 'anonymous') return undefined;
  const identity = await rows.getIdentity(claim.accessKeyId);
  // A revoked key is answered like one that never was: the difference is nobody's but its owner's.
  if (identity === undefined || identity.key.state === 'revoked') {
    throw new S3Error('InvalidAccessKeyId', undefined, { fields: { AWSAccessKeyId: claim.accessKeyId } });
  }
  return identity;
}

export interface Proof {
  readonly caller: Caller;
  readonly payload: PayloadForm;
}

/** What an account may not do at all is said only to those who proved that they are the account. */
export function createVerify({ clock, limits, regions }: Services, unseal: Unseal) {
  const verifier = createVerifier(limits);
  return (request: S3Request, claim: Claim, identity: Identity | undefined): Proof => {
    if (claim.kind === 'anonymous' || identity === undefined) {
      return { caller: { kind: 'anonymous' }, payload: payloadOf(request, claim) };
    }
    const { key, account } = identity;
    const proof = verifier.verify(request, claim, unseal(key), { now: clock.now(), regions });
    if (account.state === 'suspended') {
      throw new S3Error('AccessDenied', 'This account is suspended. Ask the operator of this service.');
    }
    if (proof.version === 'v2' && !key.allowV2) {
      throw new S3Error('AccessDenied', 'This access key does not allow signature version 2. Sign with version 4.');
    }
    return {
      caller: { kind: 'account', account, key, scopes: scopesOf(key), ...signatureOf(proof) },
      payload: proof.payload,
    };
  };
}

const signatureOf = ({ version, place, signedAt }: Verified) => ({ signature: version, place, signedAt });

const scopesOf = ({ scope }: AccessKey): readonly KeyScope[] => (scope === undefined ? [] : [scope]);
