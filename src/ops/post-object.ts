/**
 * PostObject: a browser's form as the PutObject that it stands for, and what the browser is answered.
 *
 * Sources: "POST Object", "HTML form fields" and "Redirection" in the S3 API reference. Fields become the headers of their
 * names, so that each is honoured or refused as its header is. Fields that S3 does not know are ignored, as there, but for
 * those in `x-amz-`; who sent the form, and under which policy, was judged before (`http/form.ts`).
 */

import { strict as assert } from 'node:assert';
import { S3Error } from '../model/errors.ts';
import { writePostResponse } from '../wire/documents/post.ts';
import { readTagging } from '../wire/documents/tagging.ts';
import { HeaderTable, QueryTable } from '../wire/fields.ts';
import { type FormValues, missingField } from '../wire/form.ts';
import type { S3Request } from '../wire/request.ts';
import { encodeKeyForUrl } from '../wire/values.ts';
import type { XmlLimits } from '../wire/xml.ts';
import { XML } from './headers.ts';
import { storeObject } from './objects.ts';
import { ruleFor } from './refusals.ts';
import type { Call, Handler, Reply, SuccessAction } from './types.ts';

// ------------------------------------------------------------------------------------------------------- the request

/** Fields that are headers by another name. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['acl', 'x-amz-acl'],
  // The header of that name is for multipart uploads; what it says of one object is this one's.
  ['x-amz-checksum-algorithm', 'x-amz-sdk-checksum-algorithm'],
]);
const SAME: ReadonlySet<string> = new Set([
  'cache-control',
  'content-type',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-md5',
  'expires',
]);
/** Headers that frame a body, which a form has no use for. */
const NO_FIELDS: ReadonlySet<string> = new Set([
  'x-amz-content-sha256',
  'x-amz-decoded-content-length',
  'x-amz-trailer',
]);
/** Of the form's own head: what policies may ask of it, and what every request may say in it. */
const KEPT = ['host', 'referer', 'user-agent', 'x-amz-expected-bucket-owner', 'x-amz-request-payer'] as const;

/** The key that the form names. Throws what S3 answers when there is none. */
export function formKey(fields: FormValues): string {
  const key = fields.get('key');
  if (key === undefined) throw missingField('key');
  if (key !== '') return key;
  throw new S3Error(
    'UserKeyMustBeSpecified',
    'The field named "key" is empty, or the file’s name that it stands for is. It must name the object.',
  );
}

/**
 * The request that would put the file. `fields`: without those that say who sends it. Throws `InvalidArgument` for a field that
 * could not be a header, and for one that names another bucket.
 */
export function putRequestOf(request: S3Request, key: string, fields: FormValues, limits: XmlLimits): S3Request {
  const bucket = fields.get('bucket');
  if (bucket !== undefined && bucket !== request.bucket) {
    throw invalid(
      'bucket',
      bucket,
      `The form was sent to the bucket "${request.bucket ?? ''}", but names another one.`,
    );
  }
  refuseMisplaced(request);
  const rawHeaders: string[] = KEPT.flatMap((name) => request.headers.raw(name).flatMap((value) => [name, value]));
  for (const [field, value] of fields) {
    if (field === 'tagging') rawHeaders.push('x-amz-tagging', tagHeader(value, limits));
    const name = headerOf(field);
    if (name !== undefined) rawHeaders.push(name, headerValue(field, name, value));
  }
  return {
    ...request,
    ...{ method: 'PUT', key, rawQuery: undefined, parameters: [] },
    ...{ query: new QueryTable([]), headers: new HeaderTable(rawHeaders) },
  };
}

/** What a header would say of an object that is put, a form says among its fields: in its head nobody would look at it. */
function refuseMisplaced({ headers }: S3Request): void {
  for (const name of headers.names()) {
    const isOfPut = name.startsWith('x-amz-') && ruleFor(name, 'PutObject', 'PUT')?.verdict === 'honoured';
    if (!isOfPut || ruleFor(name, 'PostObject', 'POST') !== undefined) continue;
    throw invalid(name, '', `The header ${name} belongs among the fields of the form.`);
  }
}

function headerOf(field: string): string | undefined {
  if (NO_FIELDS.has(field)) throw invalid(field, '', `${field} is a header of requests, and no field of a form.`);
  return RENAMED.get(field) ?? (SAME.has(field) || field.startsWith('x-amz-') ? field : undefined);
}

/** The tags, which a form brings as a document, as a header has them. */
const tagHeader = (document: string, limits: XmlLimits): string =>
  readTagging(Buffer.from(document), limits)
    .map(({ key, value }) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    .join('&');

/** What a header may be called, in lower case (RFC 9110 section 5.1). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/** One character per byte, as headers come. */
function headerValue(field: string, name: string, value: string): string {
  if (!TOKEN.test(name)) throw invalid(field, value, `The field "${field}" has a name that no header can have.`);
  if (CONTROL.test(value)) throw invalid(field, value, `The value of the field "${field}" holds a control character.`);
  return Buffer.from(value, 'utf8').toString('latin1');
}

const invalid = (name: string, value: string, message: string): S3Error =>
  new S3Error('InvalidArgument', message, { fields: { ArgumentName: name, ArgumentValue: value } });

// -------------------------------------------------------------------------------------------------------- the answer

/** An unknown status is 204, and a redirect that is no URL is none, as in S3. */
export function successAction(fields: FormValues): SuccessAction {
  const status = fields.get('success_action_status');
  return {
    status: status === '200' ? 200 : status === '201' ? 201 : 204,
    redirect: urlOf(fields.get('success_action_redirect') ?? fields.get('redirect')),
  };
}

/** Nothing but http and https, and no character that would end the header or begin another one. */
function urlOf(text: string | undefined): string | undefined {
  if (text === undefined || !/^https?:\/\/[^\s/?#\\]/i.test(text)) return undefined;
  return text.replace(/[^\x21-\x7e]/gu, encodeURIComponent);
}

/** Handles the request that `putRequestOf` made. */
export const postObject: Handler = async (call, services) => {
  const { headers } = await storeObject(call, services, undefined);
  return answered(call, headers);
};

function answered({ request, success }: Call, headers: Reply['headers']): Reply {
  const { bucket, key } = request;
  const etag = headers.ETag;
  assert(success !== undefined && bucket !== undefined && key !== undefined && etag !== undefined);
  if (success.redirect !== undefined) {
    return { status: 303, headers: { ...headers, Location: withResult(success.redirect, { bucket, key, etag }) } };
  }
  const location = locationOf(request, bucket, key);
  const reply = { status: success.status, headers: { ...headers, Location: location } };
  if (success.status !== 201) return reply;
  return {
    ...reply,
    headers: { ...reply.headers, ...XML },
    body: writePostResponse({ location, bucket, key, etag }),
  };
}

const encoded = (text: string): string => encodeKeyForUrl(text).replaceAll('/', '%2F');

/** The redirect with what was stored behind the query that it has. */
function withResult(redirect: string, result: Readonly<Record<string, string>>): string {
  const [url = '', fragment] = split(redirect, '#');
  const query = Object.entries(result).map(([name, value]) => `${name}=${encoded(value)}`);
  const glue = !url.includes('?') ? '?' : /[?&]$/.test(url) ? '' : '&';
  return `${url}${glue}${query.join('&')}${fragment === undefined ? '' : `#${fragment}`}`;
}

function split(text: string, mark: string): readonly [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** The object's URL under the name by which the browser called us. S3 encodes the key whole, slashes too. */
function locationOf({ secure, host, addressing }: S3Request, bucket: string, key: string): string {
  const origin = `${secure ? 'https' : 'http'}://${host}`;
  const path = encodeURIComponent(key);
  return addressing === 'virtual' ? `${origin}/${path}` : `${origin}/${encodeURIComponent(bucket)}/${path}`;
}
