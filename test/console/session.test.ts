/** The session of a page of the Console: what a reload finds, when credentials are made anew, and what happens when it has ended. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, ApiFailure, type Asked } from '../../console/src/api/client.ts';
import { createSession } from '../../console/src/session/session.ts';

const HOUR = 3_600_000;

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** An account API of which only sessions are there. `answers` by method and path; a thrown one is the failure. */
function world(answers: Readonly<Record<string, () => unknown>>) {
  const calls: Call[] = [];
  let time = 0;
  const ask =
    (method: string) =>
    async (path: string, { body }: Asked = {}): Promise<never> => {
      calls.push({ method, path, body });
      const answer = answers[`${method} ${path}`];
      if (answer === undefined) throw new Error(`nobody answers ${method} ${path}`);
      return answer() as never;
    };
  const api: Api = {
    get: ask('GET'),
    post: ask('POST'),
    put: ask('PUT'),
    patch: ask('PATCH'),
    delete: ask('DELETE'),
    address: (path) => path,
  };
  const session = createSession(
    () => api,
    () => time,
  );
  return {
    session,
    calls,
    asked: (what: string) => calls.filter(({ method, path }) => `${method} ${path}` === what).length,
    pass: (ms: number) => {
      time += ms;
    },
    given: (n: number) => ({
      credentials: {
        accessKeyId: `key-${n}`,
        secretAccessKey: 's',
        sessionToken: 't',
        expiresAt: new Date(time + HOUR).toISOString(),
      },
      csrfToken: `csrf-${n}`,
    }),
  };
}

const ME = {
  account: { id: '1', name: 'ana' },
  session: { by: 'key', scoped: false, expiresAt: '' },
  csrfToken: 'csrf-0',
};
const refused = (): never => {
  throw new ApiFailure(401, { code: 'NotSignedIn', message: 'Sign in.' });
};

test('a reload takes the session up from its cookie, and asks for credentials when somebody needs them', async () => {
  const it = world({ 'GET /me': () => ME, 'POST /sessions/refresh': () => it.given(1) });
  assert.equal(it.session.state().kind, 'looking');
  await it.session.resume();
  assert.deepEqual(it.session.state(), { kind: 'in', account: ME.account, by: 'key', scoped: false, expired: false });
  assert.equal(it.session.csrfToken(), 'csrf-0');
  assert.equal((await it.session.credentials()).accessKeyId, 'key-1');
  assert.equal(it.session.csrfToken(), 'csrf-1');
});

test('without a session nobody is signed in, and no failure is shown for it', async () => {
  const it = world({ 'GET /me': refused });
  await it.session.resume();
  assert.deepEqual(it.session.state(), { kind: 'out' });
});

test('credentials are kept until 80 % of their life, then made anew once for all who wait', async () => {
  let made = 0;
  const it = world({ 'GET /me': () => ME, 'POST /sessions/refresh': () => it.given(++made) });
  await it.session.resume();
  await it.session.credentials();
  it.pass(0.79 * HOUR);
  assert.equal((await it.session.credentials()).accessKeyId, 'key-1');
  it.pass(0.02 * HOUR);
  const all = await Promise.all([it.session.credentials(), it.session.credentials(), it.session.credentials()]);
  assert.deepEqual(new Set(all.map(({ accessKeyId }) => accessKeyId)), new Set(['key-2']));
  assert.equal(it.asked('POST /sessions/refresh'), 2);
});

test('credentials that were refused are made anew, whatever is left of their life', async () => {
  let made = 0;
  const it = world({ 'GET /me': () => ME, 'POST /sessions/refresh': () => it.given(++made) });
  await it.session.resume();
  await it.session.credentials();
  assert.equal((await it.session.credentials(true)).accessKeyId, 'key-2');
});

test('a session that ends leaves the page, marked; signing in again goes on', async () => {
  const it = world({ 'GET /me': () => ME, 'POST /sessions': () => it.given(7) });
  await it.session.resume();
  const seen: unknown[] = [];
  it.session.subscribe(() => seen.push(it.session.state()));
  it.session.ended();
  const state = it.session.state();
  assert(state.kind === 'in' && state.expired);
  await it.session.signIn({ accessKeyId: 'A', secretAccessKey: 'B' });
  const again = it.session.state();
  assert(again.kind === 'in' && !again.expired);
  assert.equal((await it.session.credentials()).accessKeyId, 'key-7');
  assert.equal(seen.length, 2);
});

test('a sign-in that is refused changes nothing', async () => {
  const it = world({ 'GET /me': refused, 'POST /sessions': refused });
  await it.session.resume();
  await assert.rejects(it.session.signIn({ name: 'ana', password: 'x' }), ApiFailure);
  assert.deepEqual(it.session.state(), { kind: 'out' });
});

test('signing out forgets the credentials even when the server does not answer', async () => {
  const it = world({ 'GET /me': () => ME, 'POST /sessions': () => it.given(1), 'DELETE /sessions/current': refused });
  await it.session.signIn({ name: 'ana', password: 'x' });
  await assert.rejects(it.session.signOut());
  assert.deepEqual(it.session.state(), { kind: 'out' });
  assert.equal(it.session.csrfToken(), undefined);
});
