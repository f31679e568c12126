/**
 * Which operation a request is: `detect(request)` over the table.
 *
 * Sub-resources decide. A base operation (PUT of a key, DELETE of a bucket) is reached only by a request that carries
 * nothing that could mean another one: not S3's other sub-resources, not another operation's parameters, and on PUT, POST
 * and DELETE nothing unknown at all, because tomorrow's sub-resource must not delete today's bucket.
 *
 * Sources: the S3 API reference for the sub-resources; "Logging requests", custom parameters, for `x-` names that S3
 * ignores. Headers that a presigned URL carries are read by `hoist.ts` before this; a parameter that it did not turn into
 * a header is as unknown as any other.
 */

import { S3Error } from '../model/errors.ts';
import type { QueryParameter, S3Request } from '../wire/request.ts';
import { isInertWhenHoisted } from './hoist.ts';
import { type Method, OPERATIONS, type OperationName, type OperationRow } from './table.ts';

type On = OperationRow['on'];

/** An operation with its selectors taken apart, ready for comparison. */
interface Candidate {
  readonly name: OperationName;
  readonly row: OperationRow;
  readonly selectors: readonly { readonly name: string; readonly value: string | undefined }[];
  /** Every parameter name it understands, selectors included. */
  readonly understood: ReadonlySet<string>;
}

interface Place {
  readonly method: string;
  readonly on: On;
}

const COPY_SOURCE = 'x-amz-copy-source';
const NO_SUBRESOURCE = '';
const METHODS: readonly Method[] = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS'];

/** Query authentication, V4 then V2, exactly as S3 spells it. `sign/` reads them. */
const AUTHENTICATION: ReadonlySet<string> = new Set([
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
  'X-Amz-Security-Token',
  'X-Amz-Content-Sha256',
  'AWSAccessKeyId',
  'Signature',
  'Expires',
  'x-amz-security-token',
]);
/** V2 presigners repeat these two headers in the URL; the signature covers the headers. */
const REPEATED_HEADERS: ReadonlySet<string> = new Set(['content-type', 'content-md5']);

const placeKey = (method: string, on: On, subresource: string): string => `${method} ${on} ${subresource}`;

function candidate(name: OperationName, row: OperationRow): Candidate {
  const selectors = row.select.map((text) => {
    const at = text.indexOf('=');
    return at < 0 ? { name: text, value: undefined } : { name: text.slice(0, at), value: text.slice(at + 1) };
  });
  return { name, row, selectors, understood: new Set([...selectors.map((each) => each.name), ...row.parameters]) };
}

/** The operations of one method, target and sub-resource, the most particular first. */
function particularFirst(a: Candidate, b: Candidate): number {
  const weight = ({ row }: Candidate) => row.select.length * 2 + (row.header === undefined ? 0 : 1);
  return weight(b) - weight(a);
}

function buildIndex() {
  const places = new Map<string, Candidate[]>();
  const paths = new Map<string, Candidate>();
  const subresources = new Set<string>();
  const known = new Set<string>();
  // Object.entries widens the keys; the table's type says what they are.
  for (const [name, row] of Object.entries(OPERATIONS) as [OperationName, OperationRow][]) {
    const entry = candidate(name, row);
    for (const parameter of entry.understood) known.add(parameter);
    if (row.path !== undefined) {
      paths.set(row.path, entry);
      continue;
    }
    const subresource = entry.selectors[0]?.name ?? NO_SUBRESOURCE;
    if (subresource !== NO_SUBRESOURCE) subresources.add(subresource);
    const key = placeKey(row.method, row.on, subresource);
    places.set(key, [...(places.get(key) ?? []), entry].sort(particularFirst));
  }
  return { places, paths, subresources, known } as const;
}

const INDEX = buildIndex();

/**
 * The operation that this request asks for. Throws
 * `MethodNotAllowed` where S3 has the target or sub-resource but not with this method, or not on this kind of target;
 * `InvalidArgument` for contradicting sub-resources, a sub-resource without what it needs, and parameters of another operation;
 * `NotImplemented`, with the name, for parameters of a write that S3 does not know.
 */
export const detect = (request: S3Request): OperationName => find(request).name;

function find(request: S3Request): Candidate {
  const on: On = request.bucket === undefined ? 'service' : request.key === undefined ? 'bucket' : 'object';
  const place: Place = { method: request.method, on };
  const copies = request.headers.has(COPY_SOURCE);
  const fixed =
    request.method === 'POST' && request.addressing === 'path' ? INDEX.paths.get(request.rawPath) : undefined;
  if (fixed !== undefined) return fixed;
  const base = INDEX.places.get(placeKey(place.method, on, NO_SUBRESOURCE));
  if (request.parameters.length === 0 && base !== undefined) return choose(base, request, copies, place);
  if (request.method === 'OPTIONS' && base !== undefined) return choose(base, request, copies, place);

  const subresource = subresourceOf(request, place);
  const candidates = INDEX.places.get(placeKey(place.method, on, subresource));
  if (candidates === undefined) throw notAllowed(place, subresource);
  const chosen = choose(candidates, request, copies, place);
  checkParameters(request, chosen);
  return chosen;
}

/** The one sub-resource among the parameters, or none. */
function subresourceOf(request: S3Request, place: Place): string {
  let found = NO_SUBRESOURCE;
  for (const { name } of request.parameters) {
    if (!INDEX.subresources.has(name)) continue;
    if (found !== NO_SUBRESOURCE) throw conflicting(found, name, place);
    found = name;
  }
  return found;
}

function choose(candidates: readonly Candidate[], request: S3Request, copies: boolean, place: Place): Candidate {
  for (const entry of candidates) {
    if (entry.row.header !== undefined && !copies) continue;
    if (entry.selectors.every(({ name, value }) => isSelected(request, name, value))) return entry;
  }
  throw incomplete(candidates, request, place);
}

function isSelected(request: S3Request, name: string, value: string | undefined): boolean {
  if (!request.query.has(name)) return false;
  return value === undefined || request.query.one(name) === value;
}

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** Refuses parameters that the operation does not understand, where ignoring them would do something else than asked. */
function checkParameters(request: S3Request, { name: operation, understood }: Candidate): void {
  const reading = isRead(request.method);
  for (const parameter of request.parameters) {
    const { name, value } = parameter;
    if (understood.has(name) || isIgnored(parameter, request)) continue;
    // A version that is not looked at must not be answered with another one.
    if (name === 'versionId') throw misplaced(name, value, `${operation} does not accept a version id.`);
    if (reading) continue;
    if (INDEX.known.has(name))
      throw misplaced(name, value, `${operation} does not accept the query parameter "${name}".`);
    throw new S3Error(
      'NotImplemented',
      `The query parameter "${name}" is not implemented for ${operation}. Remove it, or begin its name with "x-" to have it ignored.`,
      { fields: { Header: name, Operation: operation } },
    );
  }
}

/** Not about the operation: authentication, empty pieces (`?&`), headers said twice, and what S3 documents as ignored. */
function isIgnored({ name, value }: QueryParameter, request: S3Request): boolean {
  if (name === '') return value === undefined;
  if (AUTHENTICATION.has(name)) return true;
  const lower = name.toLowerCase();
  if (REPEATED_HEADERS.has(lower)) return request.query.has('Signature');
  if (!lower.startsWith('x-amz-')) return name.startsWith('x-');
  // Honoured as a header (`hoist` has put it there), or documented as without effect: else unknown.
  return (request.headers.has(lower) && request.headers.one(lower) === value) || isInertWhenHoisted(lower, request);
}

// -------------------------------------------------------------------------------------------------------- errors

function misplaced(name: string, value: string | undefined, message: string): S3Error {
  return new S3Error('InvalidArgument', message, {
    fields: { ArgumentName: name, ArgumentValue: value ?? '' },
  });
}

function conflicting(first: string, second: string, place: Place): S3Error {
  const message =
    first === second
      ? `The query parameter "${first}" occurs more than once. Send it once.`
      : `Conflicting query string parameters: ${first}, ${second}`;
  return new S3Error('InvalidArgument', message, {
    fields: { ArgumentName: 'ResourceType', ArgumentValue: first, Method: place.method },
  });
}

/** The sub-resource is there, but not all that it takes. Named after the least particular operation it could be. */
function incomplete(candidates: readonly Candidate[], request: S3Request, place: Place): S3Error {
  const nearest = candidates[candidates.length - 1];
  const missing = nearest?.selectors.find(({ name, value }) => !isSelected(request, name, value));
  if (nearest === undefined || missing === undefined) return notAllowed(place, NO_SUBRESOURCE);
  const wanted = missing.value === undefined ? `"${missing.name}"` : `"${missing.name}=${missing.value}"`;
  return new S3Error('InvalidArgument', `${nearest.name} needs the query parameter ${wanted}.`, {
    fields: { ArgumentName: missing.name, ArgumentValue: request.query.all(missing.name)[0] ?? '' },
  });
}

/** 405 with the methods that would do, as RFC 9110 section 15.5.6 asks. */
function notAllowed({ method, on }: Place, subresource: string): S3Error {
  const allowed = METHODS.filter((each) => INDEX.places.has(placeKey(each, on, subresource)));
  const resource = subresource === NO_SUBRESOURCE ? on : subresource;
  const message =
    subresource === NO_SUBRESOURCE
      ? `The method ${method} is not allowed on ${on === 'service' ? 'the service' : `a whole ${on}`}.`
      : `The method ${method} is not allowed against the sub-resource "${subresource}" of ${on === 'object' ? 'an' : 'a'} ${on}.`;
  return new S3Error('MethodNotAllowed', message, {
    fields: { Method: method, ResourceType: resource.toUpperCase() },
    headers: { Allow: allowed.join(', ') },
  });
}
