/**
 * What is kept of refused requests for `moraine explain --request`: made where a request fails, written by `jobs/refusals.ts`.
 *
 * Kept is what helps to explain and nothing that helps to get in (SECURITY rules 26 and 27): of a signature its digest, of the
 * head no Authorization, no token, no signature in the query, no customer key. Left out: refusals of preflights, which say why
 * themselves, and of requests that were never understood.
 */

import { hash } from 'node:crypto';
import type { Refusal } from '../model/entities.ts';
import { type ErrorCode, S3Error } from '../model/errors.ts';
import { explainRefusal } from '../ops/explain.ts';
import {
  type KeptExplanation,
  type KeptSignature,
  keptExplanation,
  type RefusalRecord,
  writeRefusal,
} from '../ops/refusal.ts';
import { OPERATIONS, type OperationName } from '../ops/table.ts';
import type { Services } from '../ops/types.ts';
import type { V4Claim } from '../sign/types.ts';
import type { SignedClaim } from '../sign/verify.ts';
import type { RawRequest } from '../wire/request.ts';
import type { Inquest, Trace } from './exchange.ts';
import type { Arrival, Pipeline } from './pipeline.ts';

export type NoteRefusal = (make: (at: number) => Refusal) => void;

const EXPLAINED: ReadonlySet<ErrorCode> = new Set([
  ...(['AccessDenied', 'MethodNotAllowed', 'InvalidAccessKeyId', 'InvalidToken', 'ExpiredToken'] as const),
  ...(['SignatureDoesNotMatch', 'RequestTimeTooSkewed', 'AuthorizationHeaderMalformed'] as const),
  'AuthorizationQueryParametersError',
]);

/** The same line; what it refuses is noted. */
export function withRefusals(pipeline: Pipeline, services: Services, note: NoteRefusal): Pipeline {
  return async (arrival, trace) => {
    const look = (error: unknown): void => {
      if (error instanceof S3Error && EXPLAINED.has(error.code) && arrival.raw.method !== 'OPTIONS') {
        note((at) => refusalOf({ arrival, trace, services, error }, at));
      }
    };
    try {
      const reply = await pipeline(arrival, trace);
      reply.later?.catch(look);
      return reply;
    } catch (error) {
      look(error);
      throw error;
    }
  };
}

interface Refused {
  readonly arrival: Arrival;
  readonly trace: Trace;
  readonly services: Services;
  readonly error: S3Error;
}

function refusalOf({ arrival, trace, services, error }: Refused, at: number): Refusal {
  const { raw, requestId } = arrival;
  const { inquest, target, operation } = trace;
  const { asked, claim } = inquest;
  const isSigned = claim !== undefined && claim.kind !== 'anonymous';
  const caller = asked?.caller;
  const asker = caller?.kind === 'account' ? caller.account.id : inquest.accountId;
  const owner = target?.bucket?.owner;
  const record: RefusalRecord = {
    method: raw.method,
    // A form is decided as the PutObject that it stands for.
    operation: asked?.operation ?? (isOperation(operation) ? operation : undefined),
    bucket: trace.bucket,
    key: trace.key,
    // Never throws: what is kept must not change the answer.
    versionId: asked?.request.query.all('versionId')[0],
    remoteAddress: raw.remoteAddress,
    secure: raw.secure,
    ...{ asker, owner },
    accessKeyId: trace.accessKeyId,
    status: error.status,
    code: error.code,
    message: error.message,
    explanation: explanationFor({ trace, services, error }),
    signature: isSigned && asked === undefined ? signatureOf(raw, inquest, claim) : undefined,
  };
  // Its owner may know why somebody was kept out; who signed badly has not shown that it is about the bucket at all.
  const accounts = [...new Set([asker, owner].filter((id) => id !== undefined))];
  return { requestId, at, accounts, record: writeRefusal(record) };
}

function explanationFor({ trace, services, error }: Omit<Refused, 'arrival'>): KeptExplanation | undefined {
  const { inquest, target } = trace;
  if (inquest.asked === undefined || target === undefined) return undefined;
  try {
    return keptExplanation(explainRefusal(inquest.asked, services, target, error));
  } catch {
    // The request itself is such that no question can be made of it. What it was refused for is told all the same.
    return undefined;
  }
}

const isOperation = (name: string | undefined): name is OperationName => name !== undefined && name in OPERATIONS;

function signatureOf(raw: RawRequest, { sent }: Inquest, claim: SignedClaim): KeptSignature {
  if (claim.kind === 'form') {
    const { version, signature, scope, timestamp } = claim;
    // What a form signs is its policy, which is not kept: it says what a tenant's customers may upload.
    const digest = hash('sha256', signature, 'hex');
    return { version, place: 'form', digest, ...scope, ...(timestamp === undefined ? {} : { timestamp }) };
  }
  const { kind: version, place, signature, expires } = claim;
  return {
    ...{ version, place, digest: hash('sha256', signature, 'hex') },
    ...(claim.kind === 'v4' ? scopeOf(claim) : {}),
    ...(expires === undefined ? {} : { expires: String(expires) }),
    head: sent === undefined ? undefined : headOf(raw),
  };
}

const scopeOf = ({ date, region, service, timestamp, signedHeaders }: V4Claim) => ({
  ...{ date, region, service, timestamp, signedHeaders },
});

/** Names of headers and parameters that hold what nobody else may have. */
const SECRET =
  /^(?:authorization|cookie|signature|x-amz-signature|x-amz-(?:security|s3session)-token|.*customer-key(?:-md5)?)$/i;

/** Larger heads are not worth their room. */
const HEAD_CHARACTERS = 6000;

function headOf({ target, rawHeaders }: RawRequest): KeptSignature['head'] {
  const mark = target.indexOf('?');
  const parameters = mark < 0 ? [] : target.slice(mark + 1).split('&');
  const kept = parameters.filter((parameter) => !SECRET.test(nameOf(parameter)));
  const query = mark < 0 ? '' : `?${kept.join('&')}`;
  const headers = rawHeaders.filter((_, at) => !SECRET.test(rawHeaders[at - (at % 2)] ?? ''));
  const head = { target: `${mark < 0 ? target : target.slice(0, mark)}${query}`, headers };
  return JSON.stringify(head).length > HEAD_CHARACTERS ? undefined : head;
}

/** Decoded, as far as it can be: no name is hidden by an encoding. */
function nameOf(parameter: string): string {
  const [name = ''] = parameter.split('=');
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
