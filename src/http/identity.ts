/**
 * Who asks: from a claim to a caller, with one read of the store and one verification, or the error that says why not.
 *
 * SECURITY rules 1, 2 and 12: unknown, revoked and expired credentials are refused and never taken for anonymous; what was
 * derived from a key or account holds no longer than they do, at each use: a token only names its parent, which is read and
 * judged as it is now. Nothing is remembered of keys and accounts; what is remembered of tokens is what they say.
 */

import {
  keyProblem,
  type OpenSession,
  type Parent,
  parentOf,
  type Session,
  sessionProblem,
  sessionScopes,
} from '../admin/sessions.ts';
import type { Limits } from '../base/limits.ts';
import type { Secret } from '../base/secret.ts';
import type { AccessKey, AccountId, KeyClient } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import type { Caller, Services } from '../ops/types.ts';
import { payloadOf } from '../sign/payload.ts';
import type { Claim, PayloadForm, Verified } from '../sign/types.ts';
import { createVerifier } from '../sign/verify.ts';
import type { Identity } from '../store/port.ts';
import type { S3Request } from '../wire/request.ts';

/** What opens what clients hold; whoever makes it decides what it remembers. */
export interface Keyring {
  /** A key's sealed secret. */
  readonly unseal: (key: AccessKey) => Secret;
  readonly openSession: OpenSession;
  /** Told of each verified use of a key, also of what was derived from it. */
  readonly noteUse: (accessKeyId: string, client: KeyClient) => void;
}

/** Whose credentials were named, before anything is proved. */
export type Holder =
  | { readonly kind: 'key'; readonly identity: Identity }
  | { readonly kind: 'session'; readonly session: Session; readonly parent: Parent | undefined };

export interface Proof {
  readonly caller: Caller;
  readonly payload: PayloadForm;
}

export function createIdentity(services: Services, { unseal, openSession, noteUse }: Keyring) {
  const { rows, clock, limits, regions } = services;
  const verifier = createVerifier(limits);
  return Object.freeze({
    /** One read; none when anonymous. */
    async fetchHolder(claim: Claim): Promise<Holder | undefined> {
      if (claim.kind === 'anonymous') return undefined;
      const { accessKeyId, token } = claim;
      if (token !== undefined) {
        const session = openSession(accessKeyId, token);
        if (session === undefined) throw new S3Error('InvalidToken');
        return { kind: 'session', session, parent: await parentOf(rows, session) };
      }
      const identity = await rows.getIdentity(accessKeyId);
      // A revoked or expired key is answered like one that never was: the difference is nobody's but its owner's.
      if (identity === undefined || keyProblem(identity.key, clock.now()) !== undefined) {
        throw new S3Error('InvalidAccessKeyId', undefined, { fields: { AWSAccessKeyId: accessKeyId } });
      }
      return { kind: 'key', identity };
    },

    /** What an account or session may not do at all is said only to those who proved that they hold it. */
    verify(request: S3Request, claim: Claim, holder: Holder | undefined): Proof {
      if (claim.kind === 'anonymous' || holder === undefined) {
        return { caller: { kind: 'anonymous' }, payload: payloadOf(request, claim) };
      }
      const secret = holder.kind === 'key' ? unseal(holder.identity.key) : holder.session.secret;
      const proof = verifier.verify(request, claim, secret, { now: clock.now(), regions });
      const caller =
        holder.kind === 'key' ? keyCaller(holder.identity, proof) : sessionCaller(holder, proof, clock.now());
      const used = holder.kind === 'key' ? holder.identity.key.accessKeyId : holder.session.parent;
      if (used !== undefined) noteUse(used, clientOf(request, limits));
      return { caller, payload: proof.payload };
    },
  });
}

/** Where it comes from, and what it calls itself. */
export function clientOf({ headers, remoteAddress: from }: S3Request, limits: Pick<Limits, 'agentLength'>): KeyClient {
  const said = headers.raw('user-agent')[0] ?? '';
  const agent = said.replace(/[^\x20-\x7e]/g, '').slice(0, limits.agentLength);
  return agent === '' ? { from } : { from, agent };
}

/** Whose credentials were named, proved or not. */
export const accountOf = (holder: Holder | undefined): AccountId | undefined =>
  holder?.kind === 'key' ? holder.identity.account.id : holder?.session.accountId;

const signatureOf = ({ version, place, signedAt }: Verified) => ({ signature: version, place, signedAt });

function keyCaller({ key, account }: Identity, proof: Verified): Caller {
  if (account.state === 'suspended') throw suspended();
  if (proof.version === 'v2' && !key.allowV2) throw v4Only();
  return { kind: 'account', account, key, scopes: key.scope === undefined ? [] : [key.scope], ...signatureOf(proof) };
}

function sessionCaller(
  { session, parent }: Extract<Holder, { kind: 'session' }>,
  proof: Verified,
  now: number,
): Caller {
  const problem = sessionProblem(session, parent, now);
  if (problem === 'expired') throw new S3Error('ExpiredToken');
  if (problem === 'suspended') throw suspended();
  if (problem === 'ended' || parent === undefined) {
    throw new S3Error('InvalidToken', 'These temporary credentials were ended, or what they were derived from was.');
  }
  const allowV2 = parent.key?.allowV2 ?? false;
  if (proof.version === 'v2' && !allowV2) throw v4Only();
  const { accessKeyId, accountId, begunAt: createdAt, expiresAt } = session;
  const key: AccessKey = { accessKeyId, accountId, sealedSecret: '', createdAt, allowV2, state: 'active', expiresAt };
  return {
    kind: 'account',
    account: parent.account,
    key,
    scopes: sessionScopes(session, parent),
    ...signatureOf(proof),
  };
}

const suspended = (): S3Error =>
  new S3Error('AccessDenied', 'This account is suspended. Ask the operator of this service.');

const v4Only = (): S3Error =>
  new S3Error('AccessDenied', 'This access key does not allow signature version 2. Sign with version 4.');
