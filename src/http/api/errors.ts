/**
 * Errors of the account API: one table, one class, and the one place where whatever was thrown becomes an answer in JSON.
 *
 * `{ "error": { "code", "message", "field"?, "requestId" } }`: the code for programs, the message for people, the field where
 * one member of the request was wrong. What the connection itself gets wrong keeps S3's code.
 */

import { AdminError } from '../../admin/types.ts';
import type { Limits } from '../../base/limits.ts';
import { type Failure, failureOf } from '../failures.ts';
import type { Voice } from '../voice.ts';

const STATUS = Object.freeze({
  InvalidRequest: 400,
  MalformedJSON: 400,
  NotSignedIn: 401,
  SignInFailed: 401,
  AccessDenied: 403,
  CrossSiteRequest: 403,
  InvalidCsrfToken: 403,
  RecentSignInRequired: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  Conflict: 409,
  RequestTooLarge: 413,
  UnsupportedMediaType: 415,
  MisdirectedRequest: 421,
  TooManyRequests: 429,
});

export type ApiErrorCode = keyof typeof STATUS;

/** The text is for whoever asked: what was wrong with this request, and what to do. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  /** Member of the body or parameter of the query, `scope.resources.0.bucket`. */
  readonly field: string | undefined;
  /** In the text that the field holds, from 1. */
  readonly line: number | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ApiErrorCode,
    message: string,
    more: {
      readonly field?: string | undefined;
      readonly line?: number | undefined;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.code = code;
    this.field = more.field;
    this.line = more.line;
    this.headers = more.headers ?? {};
  }
}

const REASONS: Readonly<Record<AdminError['reason'], ApiErrorCode>> = Object.freeze({
  invalid: 'InvalidRequest',
  exists: 'Conflict',
  missing: 'NotFound',
  'in-use': 'Conflict',
  denied: 'AccessDenied',
  busy: 'TooManyRequests',
});

/** Nothing of this port may be kept, taken for what it is not, or lent to another site. */
const HEAD = [
  ...['Server', 'Moraine', 'Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff'],
  ...['Cross-Origin-Resource-Policy', 'same-origin'],
] as const;

const JSON_HEADERS = Object.freeze({
  'Content-Type': 'application/json',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
});

export const jsonReply = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  headers: { ...JSON_HEADERS, ...headers },
  body: `${JSON.stringify(value)}\n`,
});

/** What is to be saved, in place of JSON. */
export interface AnswerFile {
  readonly contentType: string;
  readonly name: string;
  readonly text: string;
}

export const fileReply = (status: number, { contentType, name, text }: AnswerFile) => ({
  status,
  headers: {
    ...JSON_HEADERS,
    'Content-Type': contentType,
    'Content-Disposition': `attachment; filename="${name}"`,
  },
  body: text,
});

/** How the Console's port speaks. */
export function createApiVoice(limits: Pick<Limits, 'retryAfterMs' | 'signInRetryMs'>): Voice {
  return Object.freeze<Voice>({
    head: (requestId) => ['X-Request-Id', requestId, ...HEAD],
    failure: (thrown) => (isOurs(thrown) ? said(thrown, limits) : failureOf(thrown, limits)),
    reply: ({ code, status, text, fields, headers }, { requestId }) =>
      jsonReply(status, { error: { code, message: text, ...placed(fields), requestId } }, headers),
  });
}

const placed = ({ field, line }: Failure['fields']) => ({
  field,
  ...(line === undefined ? {} : { line: Number(line) }),
});

const isOurs = (thrown: unknown): thrown is ApiError | AdminError =>
  thrown instanceof ApiError || thrown instanceof AdminError;

function said(error: ApiError | AdminError, limits: Pick<Limits, 'signInRetryMs'>): Failure {
  const code = error instanceof ApiError ? error.code : REASONS[error.reason];
  const { field, line, headers } =
    error instanceof ApiError ? error : { field: undefined, line: undefined, headers: {} };
  const waits = { 'Retry-After': `${Math.ceil(limits.signInRetryMs / 1000)}` };
  return {
    code,
    status: STATUS[code],
    text: error.message,
    fields: { ...(field === undefined ? {} : { field }), ...(line === undefined ? {} : { line: `${line}` }) },
    headers: {
      ...(code === 'TooManyRequests' ? waits : {}),
      ...(STATUS[code] === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
      ...headers,
    },
    loudness: 'none',
    message: '',
  };
}
