/**
 * The Console port in this process, over an engine of its own: accounts and sessions of some people, and a client that holds
 * every answer to what its row and the description say of it.
 */

import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import type { TestContext } from 'node:test';
import { createAdmin } from '../../src/admin/admin.ts';
import { LOCAL } from '../../src/admin/means.ts';
import type { Admin, SessionCredentials } from '../../src/admin/types.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { LIMITS, type Limits } from '../../src/base/limits.ts';
import { createLog } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createSealer } from '../../src/base/seal.ts';
import { wait } from '../../src/cli/wait.ts';
import { createRouter } from '../../src/http/api/router.ts';
import { startConsoleServer } from '../../src/http/api/server.ts';
import { createRoutes } from '../../src/http/api/table.ts';
import type { Pages } from '../../src/http/console/pages.ts';
import type { Site } from '../../src/http/site.ts';
import type { Certificate } from '../../src/http/tls.ts';
import { startUsage } from '../../src/jobs/usage.ts';
import { type AccessKey, type Account, OPEN_PLATFORM } from '../../src/model/entities.ts';
import { createPolicyCache } from '../../src/model/policy/cache.ts';
import { oneRegion } from '../../src/model/regions.ts';
import type { Engine } from '../../src/store/port.ts';
import { createMemoryEngine } from './memory-engine.ts';
import { type Headers, rawRequest } from './raw-client.ts';
import { RawConnection } from './raw-connection.ts';
import { MASTER_KEY } from './server.ts';

export interface Person {
  readonly account: Account;
  readonly key: AccessKey;
  readonly secret: string;
  /** Of a session from the key: may do what the account may. */
  readonly bearer: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** `undefined` without a body. */
  readonly json: unknown;
}

export interface ApiCallOptions {
  /** A person, or what stands behind `Bearer`. */
  readonly as?: Person | string;
  /** JSON of it is sent. */
  readonly body?: unknown;
  readonly raw?: string | Uint8Array;
  readonly headers?: Headers;
}

export interface ApiWorld {
  readonly origin: string;
  readonly port: number;
  readonly engine: Engine;
  readonly admin: Admin;
  /** Operator; tenants. */
  readonly olga: Person;
  readonly ana: Person;
  readonly bob: Person;
  addPerson(name: string, role?: Account['role']): Promise<Person>;
  call(method: string, path: string, options?: ApiCallOptions): Promise<ApiAnswer>;
  connect(): Promise<RawConnection>;
  /** Operations that answered without an error so far. */
  readonly succeeded: ReadonlySet<string>;
  /** Lines of the log. */
  readonly lines: readonly string[];
}

export interface ApiWorldOptions {
  readonly engine?: Engine;
  readonly clock?: Clock;
  readonly limits?: Partial<Limits>;
  readonly tls?: Certificate;
  readonly ca?: string | Buffer;
  readonly hostNames?: readonly string[];
  readonly origins?: readonly string[];
  readonly trustedProxies?: readonly string[];
  readonly site?: Partial<Site>;
  readonly pages?: Pages;
  readonly base?: string;
  /** What `/metrics` would say. */
  readonly figures?: string;
}

const SITE: Site = {
  ...{ endpoint: undefined, tls: false, hostNames: ['localhost'], regions: oneRegion('us-east-1') },
  listen: () => ({ host: undefined, port: 9000 }),
};

/** What a memory-hard hash costs is not what these tests are about. */
const CHEAP = { passwordMemoryBytes: 1024 * 1024, passwordPasses: 1 };

/** Stopped with the test. */
export async function startApi(t: TestContext, options: ApiWorldOptions = {}): Promise<ApiWorld> {
  const engine = options.engine ?? createMemoryEngine();
  const clock = options.clock ?? systemClock;
  const limits = Object.freeze({ ...LIMITS, ...CHEAP, sweepMs: 10, ...options.limits });
  const { rows, upkeep, capabilities } = engine;
  const sealer = createSealer(MASTER_KEY, systemRandom);
  const admin = createAdmin({ rows, sealer, clock, random: systemRandom, limits });
  const policies = createPolicyCache(limits.policyCache);
  const lines: string[] = [];
  const usage = startUsage({ rows, clock, limits, log: createLog('info', () => {}), wait });
  const server = await startConsoleServer({
    services: {
      ...{ admin, rows, upkeep, capabilities, policies, clock, limits, usage },
      figures: async () => options.figures ?? '',
      ...{ site: { ...SITE, ...options.site }, access: OPEN_PLATFORM, version: '0.0.0' },
    },
    place: { hostNames: options.hostNames ?? [], origins: options.origins ?? [] },
    pages: options.pages ?? (() => ({ status: 200, headers: { 'Content-Type': 'text/html' }, body: 'page' })),
    base: options.base ?? '/',
    listen: { host: '127.0.0.1', port: 0 },
    random: systemRandom,
    log: createLog('info', (line) => lines.push(line)),
    tls: options.tls,
    trustedProxies: options.trustedProxies ?? [],
  });
  const connections: RawConnection[] = [];
  t.after(async () => {
    for (const connection of connections) connection.destroy();
    await server.stop();
    await usage.stop();
    if (options.engine === undefined) await engine.close();
  });
  const origin = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${server.port}`;
  const { call, succeeded } = client(origin, options.ca);
  const addPerson = (name: string, role: Account['role'] = 'tenant') => personOf(admin, name, role);
  return {
    ...{ origin, port: server.port, engine, admin, addPerson, call, succeeded, lines },
    olga: await addPerson('olga', 'operator'),
    ana: await addPerson('ana'),
    bob: await addPerson('bob'),
    connect: async () => {
      const connection = await RawConnection.open(server.port);
      connections.push(connection);
      return connection;
    },
  };
}

async function personOf(admin: Admin, name: string, role: Account['role']): Promise<Person> {
  const account = await admin.addAccount({ name, role }, LOCAL);
  const { key, secret } = await admin.createKey(account, { label: `${name}'s own` }, LOCAL);
  const session = await admin.signInWithKey(key.accessKeyId, secret, LOCAL);
  return { account, key, secret: secret.reveal(), bearer: bearerOf(session) };
}

/** What `Authorization: Bearer` takes. */
export const bearerOf = ({ accessKeyId, secret, sessionToken }: SessionCredentials): string =>
  `${accessKeyId}.${secret.reveal()}.${sessionToken}`;

function client(origin: string, ca: string | Buffer | undefined) {
  const match = createRouter(createRoutes());
  const succeeded = new Set<string>();
  const call = async (method: string, path: string, options: ApiCallOptions = {}): Promise<ApiAnswer> => {
    const { as, body, raw } = options;
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const headers = {
      ...(as === undefined ? {} : { authorization: `Bearer ${typeof as === 'string' ? as : as.bearer}` }),
      ...(content === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    };
    const target = `/api/v1${path}`;
    const answer = await rawRequest({
      ...{ origin, method, target, headers },
      ...(content === undefined ? {} : { body: content }),
      ...(ca === undefined ? {} : { ca }),
    });
    const text = answer.body.toString();
    const json: unknown = text === '' ? undefined : JSON.parse(text);
    checkHead(answer.headers);
    if (answer.status >= 400) {
      if (method !== 'HEAD') checkError(json);
    } else {
      const { route } = match(method, target.split('?')[0] ?? '');
      assert.equal(answer.status, route.status);
      if (method !== 'HEAD') assert.ok(route.answer.safeParse(json).success, `${route.operation}: ${text}`);
      succeeded.add(route.operation);
    }
    return { status: answer.status, headers: answer.headers, text, json };
  };
  return { call, succeeded };
}

/** What every answer of the API has. */
function checkHead(headers: IncomingHttpHeaders): void {
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.match(`${headers['x-request-id']}`, /^[0-9A-F]{16}$/);
  assert.equal(headers['access-control-allow-origin'], undefined);
  if (headers['content-length'] === undefined || headers['content-length'] === '0') return;
  assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'");
  assert.equal(headers['content-type'], 'application/json');
}

/** `{ error: { code, message, field?, requestId } }` and nothing else. */
function checkError(json: unknown): void {
  const { code, message, requestId, field, line, ...rest } = Object(member(json, 'error'));
  assert.match(code, /^[A-Z][A-Za-z]+$/);
  assert.ok(typeof message === 'string' && message !== '');
  assert.match(requestId, /^[0-9A-F]{16}$/);
  assert.ok(field === undefined || typeof field === 'string');
  assert.ok(line === undefined || (Number.isSafeInteger(line) && line > 0));
  assert.deepEqual(rest, {});
}

/** `member(json, 'keys', 0, 'accessKeyId')`; undefined when a step is missing. */
export function member(json: unknown, ...path: readonly (string | number)[]): unknown {
  let value = json;
  for (const name of path) value = Object(value)[name];
  return value;
}

export const text = (json: unknown, ...path: readonly (string | number)[]): string => `${member(json, ...path)}`;
export const code = ({ json }: ApiAnswer): string => text(json, 'error', 'code');
