/**
 * How a row is made from its parts, and in which order its parts are looked at: query, rights, what it is about, rights again,
 * body, handler. So nothing is looked up for who may not ask at all, and no body is read for who may not send it (SECURITY
 * rules 7 to 9).
 */

import { z } from 'zod';
import { requireRight } from '../../admin/rights.ts';
import type { AccountId } from '../../model/entities.ts';
import { type AnswerFile, ApiError } from './errors.ts';
import type { ApiServices, Asked, Caller, May, Method, Outcome, Route } from './types.ts';

/** What a row is about, and whose it is. `about` undefined: nobody's in particular. */
export interface Subject<S> {
  readonly about: AccountId | undefined;
  readonly it: S;
}

/** Looks up what a request is about. What the caller may not see is `NotFound`, in the words for what is not there. */
export type Find<S, Q> = (call: SignedIn<Q>, services: ApiServices) => Promise<Subject<S>>;

export interface SignedIn<Q> extends Asked {
  readonly caller: Caller;
  readonly query: Q;
}

interface Row<Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType> {
  readonly method: Method;
  readonly path: string;
  readonly operation: string;
  readonly summary: string;
  readonly details?: string;
  readonly query: Q;
  readonly body: B;
  readonly answer: A;
  /** Default: 200, and 204 without an answer. */
  readonly status?: number;
}

/** No query, no body, no answer. */
export const NO_QUERY = z.strictObject({});
export const NOTHING = z.undefined({ error: 'this operation takes no body' });

export interface OpenRow<Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType> extends Row<Q, B, A> {
  readonly handle: (call: OpenCall<z.output<Q>, z.output<B>>, services: ApiServices) => Promise<Result<z.output<A>>>;
}
export interface OpenCall<Q, B> extends Asked {
  readonly query: Q;
  readonly body: B;
}

export interface OwnRow<Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType, S> extends Row<Q, B, A> {
  readonly may: Exclude<May, 'anyone'>;
  readonly find: Find<S, z.output<Q>>;
  /** Of others' affairs: from a browser only for who showed a password or secret a short while ago. */
  readonly recent?: true;
  readonly handle: (call: OwnCall<z.output<Q>, z.output<B>, S>, services: ApiServices) => Promise<Result<z.output<A>>>;
}
export interface OwnCall<Q, B, S> extends SignedIn<Q> {
  readonly body: B;
  readonly it: S;
}

/** The answer, and headers beside it where there are any. */
export interface Result<A> {
  readonly answer: A;
  /** Told instead. */
  readonly file?: AnswerFile;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A row for anyone. No credentials are read: a session that is over must not stand in the way of a new one. */
export function openRoute<Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType>(
  row: OpenRow<Q, B, A>,
): Route {
  return Object.freeze<Route>({
    ...described(row, 'anyone'),
    async serve(incoming, services) {
      const query = checked(row.query, Object.fromEntries(incoming.query), 'query parameter');
      const body = checked(row.body, await incoming.json(), 'member');
      return row.handle({ ...asked(incoming), query, body }, services);
    },
  });
}

/** A row for who is signed in. */
export function route<Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType, S>(
  row: OwnRow<Q, B, A, S>,
): Route {
  const { may, find } = row;
  return Object.freeze<Route>({
    ...described(row, may),
    async serve(incoming, services): Promise<Outcome> {
      const { caller } = incoming;
      if (caller === undefined) throw new Error(`${row.operation} was reached without a session`);
      const query = checked(row.query, Object.fromEntries(incoming.query), 'query parameter');
      // Who may not do this to its own may not do it to anything.
      if (may !== 'signed-in') requireRight(caller.holder, may, caller.holder.account.id);
      const call = { ...asked(incoming), caller, query };
      const { about, it } = await find(call, services);
      if (may !== 'signed-in') requireRight(caller.holder, may, about);
      if (row.recent === true && about !== caller.holder.account.id) requireRecent(caller, services);
      const body = checked(row.body, await incoming.json(), 'member');
      return row.handle({ ...call, body, it }, services);
    },
  });
}

/** A browser that somebody left open must not be enough. Programs keep their keys elsewhere. */
function requireRecent({ shown, holder }: Caller, { clock, limits }: ApiServices): void {
  if (shown.as !== 'cookie' || clock.now() - holder.provedAt <= limits.recentSignInMs) return;
  const minutes = Math.round(limits.recentSignInMs / 60_000);
  const problem = `This wants a sign-in that is at most ${minutes} minutes old`;
  throw new ApiError('RecentSignInRequired', `${problem}: show password or key again (POST /api/v1/sessions/confirm).`);
}

function described<Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType>(row: Row<Q, B, A>, may: May) {
  const { method, path, operation, summary, details, query, body, answer } = row;
  const status = row.status ?? (answer instanceof z.ZodUndefined ? 204 : 200);
  return { method, path, operation, summary, details, may, query, body, answer, status };
}

const asked = ({ parameters, by, secure, host }: Asked): Asked => ({ parameters, by, secure, host });

/** The value as its schema has it. Throws `InvalidRequest`, with the field and what is wrong with it. */
function checked<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (value === undefined) throw new ApiError('InvalidRequest', 'This operation needs a body of JSON.');
  const path = (issue?.path ?? []).map(String);
  if (issue?.code === 'unrecognized_keys') {
    const [name = ''] = issue.keys;
    const field = [...path, name].join('.');
    throw new ApiError('InvalidRequest', `There is no ${what} ${JSON.stringify(field)} here.`, { field });
  }
  const field = path.length === 0 ? undefined : path.join('.');
  const where = field === undefined ? '' : `${field}: `;
  throw new ApiError('InvalidRequest', `${where}${issue?.message ?? 'not valid'}.`, { field });
}
