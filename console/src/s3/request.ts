/**
 * One request to S3: signed, sent, and its failure understood. A clock that is wrong is learnt from the server's `Date`; credentials
 * that have run out are asked for anew; both once. Nothing else is repeated here: whoever asks knows what may be.
 */

import { addressable, encodeKey, encodeName, utf8 } from './encode.ts';
import { NotAddressable, S3Failure, S3Unreachable } from './failure.ts';
import { type Credentials, queryText, sha256Hex, signHeaders, signQuery, type ToSign, UNSIGNED } from './sign.ts';
import { type Element, textOf } from './xml.ts';
import { readXml } from './xml-read.ts';

export interface S3Options {
  /** `https://s3.example.org`, without a slash at its end. */
  readonly endpoint: string;
  readonly region: string;
  /** `anew`: the ones given before were refused as run out. */
  readonly credentials: (anew?: boolean) => Promise<Credentials>;
  readonly now: () => number;
  readonly fetch: typeof fetch;
}

export type Values = Readonly<Record<string, string | number | undefined>>;

export interface Ask {
  /** S3's name. */
  readonly operation: string;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly bucket?: string | undefined;
  readonly key?: string | undefined;
  readonly query?: Values;
  readonly headers?: Values;
  /** A document is hashed and signed; a file is not. */
  readonly body?: string | Blob | Uint8Array<ArrayBuffer> | undefined;
}

export interface Signal {
  readonly signal?: AbortSignal | undefined;
}

/** Reads are signed for the begin of their five minutes, so that a picture asked for twice has one address and is cached. */
const STEP_MS = 300_000;
const READ_SECONDS = 900;
/** Two clocks that differ by more are not taken for equal. */
const SKEW_MS = 60_000;

const given = (values: Values = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );

export interface Answer {
  readonly root: Element;
  readonly headers: Headers;
}

/** Nothing of the Console's session goes to S3. */
const FETCH = Object.freeze({
  credentials: 'omit',
  redirect: 'error',
  referrerPolicy: 'no-referrer',
} as const);

export interface Line {
  /** The answer, when it is a good one. */
  send(ask: Ask, options?: Signal): Promise<Response>;
  /** Its document; a failure when that tells of one, as late answers do that began as a success. */
  read(ask: Ask, options?: Signal): Promise<Element>;
  readAll(ask: Ask, options?: Signal): Promise<Answer>;
  /** An address that is good for so many seconds by itself. Reads of the Console's own use the default. */
  presign(ask: Ask, seconds?: number): Promise<string>;
  /** For uploads with progress: where to send a body that is not hashed, and with which headers. */
  sign(ask: Ask, anew?: boolean): Promise<{ readonly url: string; readonly headers: Readonly<Record<string, string>> }>;
  /** Learns from an answer that the clock is wrong. Whether it was. */
  learnTime(date: string | null): boolean;
}

/** As the browser says it: without the port that the scheme has anyway. */
const hostOf = (endpoint: string): string => {
  const port = endpoint.startsWith('https:') ? /:443$/ : /:80$/;
  return endpoint.replace(/^https?:\/\//, '').replace(port, '');
};

const targetOf = ({ path }: ToSign, query: ToSign['query']): string =>
  Object.keys(query).length === 0 ? path : `${path}?${queryText(query)}`;

export function createLine(options: S3Options): Line {
  const { endpoint, region, now } = options;
  const host = hostOf(endpoint);
  /** What the server's clock shows beyond ours, ms. */
  let ahead = 0;

  const toSign = ({ method, bucket, key, query, headers }: Ask): ToSign => {
    if (key !== undefined && !addressable(key)) throw new NotAddressable(key);
    const path = `/${bucket === undefined ? '' : encodeName(bucket)}${key === undefined ? '' : `/${encodeKey(key)}`}`;
    return { method, host, path, query: given(query), headers: given(headers) };
  };
  const by = async (anew: boolean, at: number) => ({ credentials: await options.credentials(anew), region, at });
  const addressOf = (asked: ToSign, query: ToSign['query']): string => `${endpoint}${targetOf(asked, query)}`;
  const presign = async (ask: Ask, seconds?: number, anew = false): Promise<string> => {
    const asked = toSign(ask);
    const time = now() + ahead;
    const at = seconds === undefined ? Math.floor(time / STEP_MS) * STEP_MS : time;
    return addressOf(asked, signQuery(asked, await by(anew, at), seconds ?? READ_SECONDS));
  };
  const sign = async (ask: Ask, anew = false, payload = UNSIGNED) => {
    const asked = toSign(ask);
    const headers = signHeaders(asked, await by(anew, now() + ahead), payload);
    return { url: addressOf(asked, asked.query), headers: bytesOf(headers) };
  };
  const once = async (ask: Ask, signal: AbortSignal | undefined, anew: boolean): Promise<Response> => {
    const { method, body } = ask;
    const reads = (method === 'GET' || method === 'HEAD') && ask.headers === undefined;
    const payload = typeof body === 'object' ? UNSIGNED : sha256Hex(body ?? '');
    const { url, headers } = reads
      ? { url: await presign(ask, undefined, anew), headers: {} }
      : await sign(ask, anew, payload);
    // What was overwritten is not taken from a cache. With a write, this would be sent as the object's own Cache-Control.
    const cache = method === 'GET' ? 'no-store' : 'default';
    const more = { ...(body === undefined ? {} : { body }), ...(signal === undefined ? {} : { signal }) };
    return options.fetch(url, { method, headers, cache, ...FETCH, ...more }).catch((cause: unknown) => {
      if (signal?.aborted === true) throw cause;
      throw new S3Unreachable(ask.operation, cause);
    });
  };
  const learnTime = (date: string | null): boolean => {
    if (date === null) return false;
    const difference = Date.parse(date) - now();
    if (Number.isNaN(difference) || Math.abs(difference - ahead) < SKEW_MS) return false;
    ahead = difference;
    return true;
  };
  const send = async (ask: Ask, { signal }: Signal = {}): Promise<Response> => {
    const response = await once(ask, signal, false);
    if (response.ok) return response;
    const failure = await failureOf(response, ask.operation);
    const stale = isStale(ask, failure);
    if (!stale && !(failure.status === 403 && learnTime(response.headers.get('date')))) throw failure;
    const second = await once(ask, signal, stale);
    if (second.ok) return second;
    throw await failureOf(second, ask.operation);
  };
  const readAll = async (ask: Ask, signal?: Signal): Promise<Answer> => {
    const response = await send(ask, signal);
    return { root: documentIn(await response.text(), ask.operation), headers: response.headers };
  };
  return Object.freeze({
    send,
    read: async (ask: Ask, signal?: Signal) => (await readAll(ask, signal)).root,
    readAll,
    presign,
    sign: (ask: Ask, anew?: boolean) => sign(ask, anew),
    learnTime,
  });
}

/** The session's keys are no longer taken. Answers to HEAD name no code, and nothing else is wrong with one of ours. */
const isStale = ({ method }: Ask, { code, status }: S3Failure): boolean =>
  code === 'ExpiredToken' || code === 'InvalidToken' || (method === 'HEAD' && status === 400);

/** What a browser takes for a header: one character for each byte of its UTF-8, which is what was signed. */
const bytesOf = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String.fromCharCode(...utf8(value))]));

/** Of an answer with a status of success. Late answers of S3 begin with spaces and may still be errors. */
function documentIn(text: string, operation: string): Element {
  const root = readXml(text);
  if (root.name !== 'Error') return root;
  throw told(root, { status: 200, requestId: undefined, retryAfter: undefined, operation });
}

type Known = Pick<S3Failure, 'status' | 'requestId' | 'operation' | 'retryAfter'>;

const told = (root: Element | undefined, known: Known): S3Failure =>
  new S3Failure(textOf(root, 'Message') ?? '', {
    ...known,
    code: textOf(root, 'Code') ?? CODES[known.status] ?? `HTTP ${known.status}`,
    requestId: textOf(root, 'RequestId') ?? known.requestId,
  });

/** What HEAD says without a body. */
const CODES: Readonly<Record<number, string>> = {
  403: 'AccessDenied',
  404: 'NoSuchKey',
  412: 'PreconditionFailed',
  503: 'ServiceUnavailable',
};

async function failureOf(response: Response, operation: string): Promise<S3Failure> {
  const text = await response.text().catch(() => '');
  const { status, headers } = response;
  const wait = headers.get('retry-after');
  const known = {
    ...{ status, operation, requestId: headers.get('x-amz-request-id') ?? undefined },
    retryAfter: wait === null || !/^\d+$/.test(wait) ? undefined : Number(wait),
  };
  return failureIn(text, known);
}

/** Of the text of an answer; a proxy's HTML has its status alone. */
export function failureIn(text: string, known: Known): S3Failure {
  let root: Element | undefined;
  try {
    root = text === '' ? undefined : readXml(text);
  } catch {
    root = undefined;
  }
  return told(root?.name === 'Error' ? root : undefined, known);
}
