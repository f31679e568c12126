/**
 * Who is signed in, and the temporary S3 credentials of this page. They live in memory only: a reload takes the session up again
 * from its cookie and is given new ones. Refreshed at 80 % of their life, once for everybody who waits.
 */

import type { Api } from '../api/client.ts';
import type { Account, Me, SessionAnswer, TemporaryCredentials } from '../api/shapes.ts';

export type SessionState =
  | { readonly kind: 'looking' }
  | { readonly kind: 'out' }
  | {
      readonly kind: 'in';
      readonly account: Account;
      readonly by: Me['session']['by'];
      readonly scoped: boolean;
      /** It ended while the page was open: the page stays, a dialog asks to sign in again. */
      readonly expired: boolean;
    };

export type SignIn =
  | { readonly name: string; readonly password: string }
  | { readonly accessKeyId: string; readonly secretAccessKey: string };

export interface Session {
  subscribe(changed: () => void): () => void;
  state(): SessionState;
  csrfToken(): string | undefined;
  /** Takes up what the cookie holds. Resolves when it is known who is signed in. */
  resume(): Promise<void>;
  /** Rejects with `ApiFailure`. */
  signIn(given: SignIn): Promise<void>;
  signOut(): Promise<void>;
  /** All other sessions of the account end; this one goes on with what the answer gives. */
  endOthers(): Promise<void>;
  /** Shows the password, or a key, once more: what is dangerous to others wants it fresh. */
  confirm(
    given: { readonly password: string } | { readonly accessKeyId: string; readonly secretAccessKey: string },
  ): Promise<void>;
  /** The account API said that the session has ended. */
  ended(): void;
  /** Who one is was changed (name, password): read it again. */
  reread(): Promise<void>;
  /** Rejects with `ApiFailure` when the session has ended. `anew`: the ones given before were refused. */
  credentials(anew?: boolean): Promise<TemporaryCredentials>;
}

/** Share of their life after which credentials are made anew. */
const FRESH = 0.8;

interface Held {
  readonly credentials: TemporaryCredentials;
  readonly renewAt: number;
}

export function createSession(apiOf: (session: Session) => Api, now: () => number): Session {
  const listeners = new Set<() => void>();
  let state: SessionState = Object.freeze({ kind: 'looking' });
  let token: string | undefined;
  let held: Held | undefined;
  let renewing: Promise<TemporaryCredentials> | undefined;

  const become = (next: SessionState): void => {
    state = Object.freeze(next);
    for (const listener of listeners) listener();
  };
  const hold = ({ credentials, csrfToken }: SessionAnswer): TemporaryCredentials => {
    token = csrfToken;
    const life = Date.parse(credentials.expiresAt) - now();
    held = { credentials, renewAt: now() + life * FRESH };
    return credentials;
  };
  const renew = async (): Promise<TemporaryCredentials> => {
    renewing ??= api
      .post<SessionAnswer>('/sessions/refresh')
      .then(hold)
      .finally(() => {
        renewing = undefined;
      });
    return renewing;
  };
  const read = async (): Promise<void> => {
    const me = await api.get<Me>('/me');
    token = me.csrfToken ?? token;
    const { by, scoped } = me.session;
    become({ kind: 'in', account: me.account, by, scoped, expired: false });
  };

  const session: Session = Object.freeze({
    subscribe: (changed: () => void) => {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    state: () => state,
    csrfToken: () => token,
    async resume() {
      await read().catch(() => become({ kind: 'out' }));
    },
    async signIn(given: SignIn) {
      hold(await api.post<SessionAnswer>('/sessions', { body: given }));
      await read();
    },
    async signOut() {
      await api.delete('/sessions/current').finally(() => {
        [token, held] = [undefined, undefined];
        become({ kind: 'out' });
      });
    },
    async endOthers() {
      hold(await api.post<SessionAnswer>('/sessions/end-others'));
    },
    async confirm(given: Parameters<Session['confirm']>[0]) {
      hold(await api.post<SessionAnswer>('/sessions/confirm', { body: given }));
    },
    ended() {
      held = undefined;
      if (state.kind === 'in') become({ ...state, expired: true });
    },
    reread: read,
    credentials: async (anew = false) =>
      !anew && held !== undefined && now() < held.renewAt ? held.credentials : renew(),
  });
  const api = apiOf(session);
  return session;
}
