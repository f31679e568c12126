/**
 * A browser's form on the line (PostObject): its fields say what a request's head says otherwise.
 *
 * Read up to the file, the form becomes a claim, which is verified, and a PutObject, whose headers are the fields and whose body
 * is the file as it comes; from there it is a request like all others. Of the head's credentials only a header's are taken
 * ("The HTML form declaration does not accept query string authentication parameters"), and never beside the form's own.
 * Source: "POST Object" in the S3 API reference. What S3 checks in which order: the type, the fields that must be there, the
 * signature, the policy.
 */

import type { Limits } from '../base/limits.ts';
import { S3Error } from '../model/errors.ts';
import { Md5Stream } from '../ops/hashing.ts';
import { formKey, putRequestOf, successAction } from '../ops/post-object.ts';
import type { Caller, IncomingBody, Services, SuccessAction } from '../ops/types.ts';
import { severalMechanisms } from '../sign/claim.ts';
import { FORM_CREDENTIALS, formClaimOf } from '../sign/form-claim.ts';
import { applyPostPolicy, type LengthRange, readPostPolicy } from '../sign/post-policy.ts';
import type { FormClaim, HeadClaim } from '../sign/types.ts';
import { boundaryOf, type FormField, meantFields, openForm, valuesOf, wrongNumberOfFiles } from '../wire/form.ts';
import type { S3Request } from '../wire/request.ts';
import { contentMd5 } from '../wire/values.ts';
import { incomingBody } from './body.ts';
import type { Trace } from './exchange.ts';
import type { Proof } from './identity.ts';

/** What came in, verified as far as its head goes. */
export interface Posted {
  readonly sent: S3Request;
  readonly claim: HeadClaim;
  readonly caller: Caller;
  /** Of the whole form. */
  readonly body: IncomingBody;
}

export interface PutByForm {
  readonly operation: 'PutObject';
  readonly request: S3Request;
  readonly caller: Caller;
  /** The file. Throws what can be said of it from the fields. */
  readonly body: () => IncomingBody;
  readonly success: SuccessAction;
}

/** Who a form's claim turns out to be, with what is noted of it. */
export type Prove = (claim: FormClaim) => Promise<Proof>;

/** Throws what is wrong with the form, with who sent it, and with what its policy says of it. */
export async function readPost(posted: Posted, services: Services, prove: Prove, trace: Trace): Promise<PutByForm> {
  const { sent, body } = posted;
  const { limits } = services;
  const boundary = boundaryOf(sent.headers.one('content-type'));
  requireSize(body, limits.putBytes, limits);
  // In the head it is that of the whole form, among the fields that of the file.
  const md5 = contentMd5(sent.headers.one('content-md5'));
  const bytes = md5 === undefined ? body.stream() : new Md5Stream(body.stream(), md5);
  const form = await openForm(bytes, boundary, limits);
  const fields = meantFields(form);
  const values = valuesOf(fields);
  const key = formKey(values);
  trace.key = key;
  if (form.file === undefined) throw wrongNumberOfFiles(0);
  const { caller, range } = await admit(posted, fields, { services, prove, trace });
  const max = Math.min(range.max, limits.putBytes);
  requireSize(body, max, limits);
  const asked = fields.filter(({ name }) => !FORM_CREDENTIALS.has(name.toLowerCase()));
  const request = putRequestOf(sent, key, valuesOf(asked), limits);
  trace.inquest = { ...trace.inquest, asked: { operation: 'PutObject', request, caller } };
  const file = measured(form.file.stream(), { min: range.min, max });
  return {
    ...{ operation: 'PutObject', request, caller, success: successAction(values) },
    body: () => incomingBody(file, request, { kind: 'unsigned' }, services),
  };
}

interface Desk {
  readonly services: Services;
  readonly prove: Prove;
  readonly trace: Trace;
}

const ANY_SIZE: LengthRange = Object.freeze({ min: 0, max: Number.MAX_SAFE_INTEGER });

/** Who sent the form, and how large a file its policy takes. */
async function admit(
  { sent, claim: head, caller }: Posted,
  fields: readonly FormField[],
  { services, prove, trace }: Desk,
): Promise<{ readonly caller: Caller; readonly range: LengthRange }> {
  const claim = formClaimOf(valuesOf(fields));
  if (claim.kind === 'anonymous') {
    if (caller.kind === 'account' && caller.place === 'query') throw severalMechanisms(NOT_IN_QUERY);
    return { caller, range: ANY_SIZE };
  }
  if (head.kind !== 'anonymous')
    throw severalMechanisms('Only one auth mechanism allowed: the form is signed, and its request too.');
  const proved = await prove(claim);
  trace.inquest = { sent, claim, asked: { operation: 'PostObject', request: sent, caller: proved.caller } };
  const range = applyPostPolicy(readPostPolicy(claim.policy), fields, sent.bucket ?? '', services.clock.now());
  return { caller: proved.caller, range };
}

const NOT_IN_QUERY = 'A form is not signed by its URL. Sign the policy among its fields.';

// --------------------------------------------------------------------------------------------------------------- sizes

/** Before the file is read: what no file of the allowed size can make of a form. */
function requireSize({ length }: IncomingBody, max: number, { formBytes }: Pick<Limits, 'formBytes'>): void {
  if (length === undefined) throw new S3Error('MissingContentLength');
  if (length - formBytes > max) throw tooLarge(max);
}

/** The same bytes; fails at their end, or as soon as there are too many, so that nothing is stored. */
async function* measured(file: AsyncIterable<Uint8Array>, { min, max }: LengthRange): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const bytes of file) {
    size += bytes.length;
    if (size > max) throw tooLarge(max);
    yield bytes;
  }
  if (size >= min) return;
  throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
    fields: { ProposedSize: String(size), MinSizeAllowed: String(min) },
  });
}

const tooLarge = (max: number): S3Error =>
  new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
    fields: { MaxSizeAllowed: String(max) },
  });
