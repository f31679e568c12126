/**
 * The client of the account API: JSON below `api/v1` of the Console's own address, with the session's cookie and, where something
 * changes, its CSRF token. What it asks is what any script of the tenant could ask.
 */

type Said = Partial<Record<'code' | 'message' | 'field' | 'requestId' | 'line', string>>;

/** The server said no. `code` is for programs, the message for people. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly code: string;
  readonly status: number;
  /** Member of the body or parameter that was wrong. */
  readonly field: string | undefined;
  readonly requestId: string | undefined;
  /** Of a text in the body: where it was wrong, from 1. */
  readonly line: number | undefined;

  constructor(status: number, said: Said) {
    super(said.message ?? '');
    this.code = said.code ?? `HTTP ${status}`;
    this.status = status;
    this.field = said.field;
    this.requestId = said.requestId;
    this.line = said.line === undefined ? undefined : Number(said.line);
  }
}

export type Query = Readonly<Record<string, string | number | undefined>>;

export interface Asked {
  readonly query?: Query;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

export interface Api {
  /** `path` below `/api/v1`, its parts encoded already (`pathOf`). The answer's shape is what the caller says it is. */
  get<Answer>(path: string, asked?: Asked): Promise<Answer>;
  post<Answer>(path: string, asked?: Asked): Promise<Answer>;
  put<Answer>(path: string, asked?: Asked): Promise<Answer>;
  patch<Answer>(path: string, asked?: Asked): Promise<Answer>;
  delete<Answer>(path: string, asked?: Asked): Promise<Answer>;
  /** Address of something that the browser itself fetches: an audit trail as CSV. */
  address(path: string, query?: Query): string;
}

interface ApiOptions {
  /** Where the Console is: `/`, or the path it was put below, ending in `/`. */
  readonly base: string;
  readonly csrfToken: () => string | undefined;
  /** The session has ended: 401 of something else than signing in. */
  readonly onSignedOut: () => void;
}

/** `pathOf('accounts', name, 'keys')`. */
export const pathOf = (...parts: readonly string[]): string => `/${parts.map(encodeURIComponent).join('/')}`;

const queryOf = (query: Query): string => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
};

export function createApi({ base, csrfToken, onSignedOut }: ApiOptions): Api {
  const address = (path: string, query: Query = {}): string => `${base}api/v1${path}${queryOf(query)}`;
  const ask = async (method: string, path: string, { query, body, signal }: Asked = {}) => {
    const token = method === 'GET' ? undefined : csrfToken();
    const response = await fetch(address(path, query), {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(token === undefined ? {} : { 'X-CSRF-Token': token }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (response.ok) return response.status === 204 ? undefined : response.json();
    const failure = new ApiFailure(response.status, await saidBy(response));
    if (failure.code === 'NotSignedIn') onSignedOut();
    throw failure;
  };
  return Object.freeze({
    get: (path: string, asked?: Asked) => ask('GET', path, asked),
    post: (path: string, asked?: Asked) => ask('POST', path, asked),
    put: (path: string, asked?: Asked) => ask('PUT', path, asked),
    patch: (path: string, asked?: Asked) => ask('PATCH', path, asked),
    delete: (path: string, asked?: Asked) => ask('DELETE', path, asked),
    address,
  });
}

/** The members of `{ error }`; none of something that is not the account API, a proxy in between. */
async function saidBy(response: Response): Promise<Said> {
  const answer: unknown = await response.json().catch(() => undefined);
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return { message: response.statusText };
  const error: unknown = answer.error;
  return typeof error === 'object' && error !== null
    ? Object.fromEntries(Object.entries(error).map(([name, value]) => [name, String(value)]))
    : {};
}
