/**
 * The line: parse → detect → claim → fetch key → verify → fetch target → authorise → run. All of S3 goes through it.
 *
 * Read `createPipeline` top to bottom and you have seen a request's whole way. Each step takes values of the steps before
 * and returns the next, or throws `S3Error`; nothing before `verify` has an effect or looks at a bucket, and nothing but
 * the handler reads the body. A browser's form says in its fields what other requests say in their head: it becomes the
 * PutObject that it stands for before anything is looked at (`form.ts`). Cost in store reads: the key (none when anonymous),
 * then bucket and version together.
 * Left out: sockets (`front.ts`) and turning the outcome into bytes (`respond.ts`).
 */

import { S3Error } from '../model/errors.ts';
import { checkKey, checkVersionId } from '../model/keys.ts';
import { checkBucketName, isBucketName } from '../model/names.ts';
import { requireServedHere } from '../model/regions.ts';
import { noteChange } from '../ops/activity.ts';
import type { Asked } from '../ops/asked.ts';
import { authorise } from '../ops/authorise.ts';
import { detect } from '../ops/detect.ts';
import { HANDLERS } from '../ops/handlers.ts';
import { hoist } from '../ops/hoist.ts';
import { checkHeaders } from '../ops/refusals.ts';
import { withCharge } from '../ops/request-payment.ts';
import { OPERATIONS, type OperationName, type OperationRow } from '../ops/table.ts';
import type { Call, Handler, IncomingBody, Reply, Services } from '../ops/types.ts';
import { claimOf } from '../sign/claim.ts';
import type { Claim, FormClaim } from '../sign/types.ts';
import type { Rows, Target, TargetQuery } from '../store/port.ts';
import { type HostNames, parseRequest, type RawRequest, type S3Request } from '../wire/request.ts';
import { incomingBody } from './body.ts';
import type { Trace } from './exchange.ts';
import { readPost } from './form.ts';
import { accountOf, createIdentity, type Keyring, type Proof } from './identity.ts';
import { soonOrLater } from './late.ts';

export interface PipelineOptions {
  readonly services: Services;
  readonly names: HostNames;
  readonly keyring: Keyring;
}

export interface Arrival {
  readonly raw: RawRequest;
  readonly requestId: string;
  /** Begun only when somebody asks for its first byte. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The client has sent all of its request, read or not. */
  readonly hasArrived: () => boolean;
  readonly signal: AbortSignal;
}

/** Notes in `trace` what it learns on the way, for the log of a request that fails half way. Throws what failed. */
export type Pipeline = (arrival: Arrival, trace: Trace) => Promise<Reply>;

export function createPipeline({ services, names, keyring }: PipelineOptions): Pipeline {
  const { fetchHolder, verify } = createIdentity(services, keyring);
  return async (arrival, trace) => {
    const sent = parseRequest(arrival.raw, names, services.limits);
    trace.bucket = sent.bucket;
    trace.key = sent.key;
    // Signatures cover what was sent; everything else acts on what it means.
    const request = hoist(sent);
    const operation = detect(request);
    trace.operation = operation;
    const claim = claimOf(sent);
    const { caller, payload } = await identify(sent, claim, trace);
    trace.inquest = { sent, claim, asked: { operation, request, caller } };
    const handler = builtHandler(operation);
    checkHeaders(operation, request);
    const body = (): IncomingBody => incomingBody(arrival.body, request, payload, services);
    if (operation !== 'PostObject') return run(handler, { operation, request, caller, body }, arrival, trace);
    const prove = (signed: FormClaim): Promise<Proof> => identify(sent, signed, trace);
    const put = await readPost({ sent, claim, caller, body: body() }, services, prove, trace);
    checkHeaders(put.operation, put.request);
    return run(handler, put, arrival, trace);
  };

  async function identify(sent: S3Request, claim: Claim, trace: Trace): Promise<Proof> {
    trace.accessKeyId = claim.kind === 'anonymous' ? undefined : claim.accessKeyId;
    trace.inquest = { sent, claim };
    const holder = await fetchHolder(claim);
    trace.inquest = { sent, claim, accountId: accountOf(holder) };
    return verify(sent, claim, holder);
  }

  async function run(handler: Handler, proved: Proved, arrival: Arrival, trace: Trace): Promise<Reply> {
    const { operation, request } = proved;
    const target = await fetchTarget(services.rows, operation, request);
    trace.target = target;
    // As at S3: where a bucket is may be known, and a new one may be asked for anywhere.
    if (target.bucket !== undefined && !ANYWHERE.has(operation)) requireServedHere(services.regions, target.bucket);
    authorise(proved, services, target);
    const { requestId, signal } = arrival;
    const call = { ...proved, requestId, target, body: proved.body(), signal };
    const row: OperationRow = OPERATIONS[operation];
    const answer = handler(call, services);
    const { lateAnswerMs } = services.limits;
    const reply = row.mayBeLate ? soonOrLater(answer, lateAnswerMs, arrival.hasArrived) : answer;
    const done = await reply;
    noteChange(call, done, services);
    return withCharge(call, done);
  }
}

/** A request whose sender is known, on its way to its handler. */
type Proved = Asked & Pick<Call, 'success'> & { readonly body: () => IncomingBody };

/**
 * An operation we lack is 501, never a neighbouring one. Said here: after the signature, because bad credentials are
 * refused whatever they ask for, and before the target is read, so that the answer tells nothing about any bucket.
 */
function builtHandler(operation: OperationName): Handler {
  const handler = HANDLERS[operation];
  if (handler !== undefined) return handler;
  throw new S3Error('NotImplemented', `${operation} is not implemented by this server.`, {
    fields: { Operation: operation },
  });
}

const ANYWHERE: ReadonlySet<OperationName> = new Set(['CreateBucket', 'GetBucketLocation']);

const NO_TARGET: Target = Object.freeze({ bucket: undefined, version: undefined, revision: '' });

/** Names that no bucket or key can have are refused before the engine sees them. */
async function fetchTarget(rows: Rows, operation: OperationName, request: S3Request): Promise<Target> {
  const row: OperationRow = OPERATIONS[operation];
  if (row.on === 'service' || request.bucket === undefined) return NO_TARGET;
  const isPreflight = row.method === 'OPTIONS';
  // A preflight asks what may be sent, not whether the name is right: a page could never read that of the answer to it.
  if (isPreflight && !isBucketName(request.bucket)) return NO_TARGET;
  checkBucketName(request.bucket);
  // A preflight is answered alike for every key.
  const isOfBucket = row.on === 'bucket' || isPreflight;
  if (isOfBucket || request.key === undefined) return rows.getTarget({ bucket: request.bucket });
  checkKey(request.key);
  const versionId = row.parameters.includes('versionId') ? versionOf(request) : undefined;
  const query: TargetQuery = { bucket: request.bucket, key: request.key, withBody: row.reads === 'body' };
  return rows.getTarget(versionId === undefined ? query : { ...query, versionId });
}

function versionOf(request: S3Request): string | undefined {
  if (!request.query.has('versionId')) return undefined;
  const versionId = request.query.one('versionId') ?? '';
  checkVersionId(versionId);
  return versionId;
}
