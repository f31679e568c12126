/**
 * The Console port's line: parse → page or API → place → row → session → origin and CSRF → the row itself.
 *
 * Read `createApiLine` top to bottom and you have seen a request's whole way. Authentication is here and nowhere else; what the
 * caller may do is asked in `route.ts`, from the row. Left out: sockets (`front.ts`) and errors as bytes (`errors.ts`).
 */

import { type Actor, AdminError } from '../../admin/types.ts';
import { LIMITS } from '../../base/limits.ts';
import type { Reply } from '../../ops/types.ts';
import { parseRequest, type S3Request } from '../../wire/request.ts';
import type { Pages } from '../console/pages.ts';
import type { Trace } from '../exchange.ts';
import { clientOf } from '../identity.ts';
import type { Arrival, Pipeline } from '../pipeline.ts';
import { plainText } from '../plain-server.ts';
import { notSignedIn, requireCsrfToken, shownBy } from './credentials.ts';
import { ApiError, fileReply, jsonReply } from './errors.ts';
import { parseJson } from './json.ts';
import { checkPlace, type Place, requireOrigin } from './place.ts';
import { API_ROOT, createRouter } from './router.ts';
import type { ApiServices, Caller, Route } from './types.ts';

export interface ApiLineOptions {
  readonly services: ApiServices;
  readonly routes: readonly Route[];
  readonly place: Place;
  /** What is not the API: GET and HEAD of the Console's pages and files. */
  readonly pages: Pages;
  /** Path below which all of it is reached, `/` or `/console/`. A proxy may take it away or leave it. */
  readonly base: string;
}

export function createApiLine({ services, routes, place, pages, base }: ApiLineOptions): Pipeline {
  const { admin, limits } = services;
  const match = createRouter(routes);
  return async (arrival, trace) => {
    const request = parseRequest(arrival.raw, [], limits);
    const { method, secure, host } = request;
    const path = below(base, request.rawPath);
    if (path !== API_ROOT && !path.startsWith(`${API_ROOT}/`)) {
      trace.operation = 'GetPage';
      return pageReply(request, path, pages);
    }
    checkPlace(request, place);
    const { route, parameters } = match(method, path);
    trace.operation = route.operation;
    const caller = route.may === 'anyone' ? undefined : await callerOf(request, admin, trace);
    const vouched = caller?.shown.as === 'cookie';
    if (vouched && route.method !== 'GET') {
      requireOrigin(request);
      requireCsrfToken(request, caller.shown.proof);
    }
    const by = actorOf(caller, request, arrival.requestId);
    const json = () => readJson(arrival, request, limits);
    const query = queryOf(request);
    const { answer, file, headers } = await route.serve(
      { parameters, by, secure, host, caller, query, json },
      services,
    );
    if (file !== undefined) return sized(fileReply(route.status, file));
    return answer === undefined
      ? { status: route.status, headers: { ...headers } }
      : sized(jsonReply(route.status, answer, headers));
  };
}

/** HEAD is told the length of what it does not get. */
function sized(reply: Reply): Reply {
  const { body } = reply;
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return reply;
  return { ...reply, headers: { ...reply.headers, 'Content-Length': `${Buffer.byteLength(body)}` } };
}

/** The path that the request would have at the root. */
function below(base: string, path: string): string {
  if (path === base.slice(0, -1)) return '/';
  return path.startsWith(base) ? path.slice(base.length - 1) : path;
}

function pageReply(request: S3Request, path: string, pages: Pages): Reply {
  if (request.method === 'GET' || request.method === 'HEAD') return sized(pages(request, path));
  return { ...plainText(405, 'Only GET and HEAD are served here.'), headers: { Allow: 'GET, HEAD' } };
}

/** Who is signed in. Every reason why nobody is gets the same answer. */
async function callerOf(request: S3Request, admin: ApiServices['admin'], trace: Trace): Promise<Caller> {
  const shown = shownBy(request);
  trace.accessKeyId = shown.proof.accessKeyId;
  try {
    return { shown, holder: await admin.sessionHolder(shown.proof) };
  } catch (error) {
    throw error instanceof AdminError && error.reason === 'denied' ? notSignedIn() : error;
  }
}

function actorOf(caller: Caller | undefined, request: S3Request, requestId: string): Actor {
  const more = { ...clientOf(request, LIMITS), requestId };
  if (caller === undefined) return { actor: { kind: 'stranger' }, ...more };
  const { account } = caller.holder;
  const { accessKeyId } = caller.shown.proof;
  return { actor: { kind: 'account', accountId: account.id, name: account.name, accessKeyId }, ...more };
}

function queryOf({ query, parameters }: S3Request): ReadonlyMap<string, string> {
  return new Map(
    query.names().map((name) => {
      const all = parameters.filter((parameter) => parameter.name === name);
      const [{ value } = { value: undefined }] = all;
      if (all.length === 1 && value !== undefined) return [name, value];
      const problem = all.length > 1 ? 'stands twice in the query' : 'has no value in the query';
      throw new ApiError('InvalidRequest', `${JSON.stringify(name)} ${problem}.`, { field: name });
    }),
  );
}

/** Undefined when there is no body. */
async function readJson(arrival: Arrival, { headers }: S3Request, limits: ApiServices['limits']): Promise<unknown> {
  const length = headers.one('content-length');
  if (length === undefined ? !headers.has('transfer-encoding') : length === '0') return undefined;
  requireJson(headers.one('content-type'));
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of arrival.body) {
    size += chunk.length;
    if (size > limits.apiBodyBytes) {
      throw new ApiError('RequestTooLarge', `The body is larger than ${limits.apiBodyBytes} bytes.`);
    }
    chunks.push(chunk);
  }
  return parseJson(Buffer.concat(chunks), limits.apiJsonDepth);
}

/** A form can be sent here from any page; JSON cannot, without asking first. */
function requireJson(contentType: string | undefined): void {
  const [type = '', ...parameters] = (contentType ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const utf8 = parameters.every((parameter) => parameter === 'charset=utf-8' || parameter === '"charset=utf-8"');
  if (type === 'application/json' && utf8) return;
  throw new ApiError('UnsupportedMediaType', 'Send the body as JSON in UTF-8, with Content-Type: application/json.');
}
