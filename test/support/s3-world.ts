/**
 * What S3's contract tests stand on: a server over each engine, people who sign, and an answer that is easy to ask.
 *
 * `overEngines` runs a file's tests once per engine; a test takes a bucket of its own, so tests don't see each other. Where
 * several engines share a store, each has a server, and clients ask them in turn: what one wrote the next must show.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http, { type ClientRequest } from 'node:http';
import { after, before, describe } from 'node:test';
import type { Limits } from '../../src/base/limits.ts';
import type { PlatformAccess } from '../../src/model/entities.ts';
import { ENGINES, type OpenedEngine } from './engines.ts';
import { type Headers, hostOf, type RawAnswer, rawRequest } from './raw-client.ts';
import { startTestServer, type TestAccount, type TestServer } from './server.ts';
import { signV4, targetOf } from './signer.ts';

export interface Send {
  readonly bucket?: string;
  readonly key?: string;
  readonly query?: Headers;
  readonly headers?: Headers;
  readonly body?: string | Uint8Array;
}

/** An answer, with its document at hand. */
export interface Answer extends RawAnswer {
  readonly text: string;
  /** S3's error code; undefined when the answer is not an error document. */
  readonly code: string | undefined;
}

export class Client {
  readonly #servers: readonly TestServer[];
  readonly #who: TestAccount | undefined;
  readonly #agent: http.Agent;
  #turn = 0;

  /** Without `who`: anonymous. `servers` are asked in turn. */
  constructor(servers: readonly TestServer[], who: TestAccount | undefined, agent: http.Agent) {
    this.#servers = servers;
    this.#who = who;
    this.#agent = agent;
  }

  get account() {
    assert(this.#who !== undefined, 'nobody has no account');
    return this.#who.account;
  }

  get credentials() {
    assert(this.#who !== undefined, 'nobody has no key');
    const { accessKeyId, secret: secretAccessKey } = this.#who;
    return { accessKeyId, secretAccessKey };
  }

  async send(method: string, { bucket, key, query, headers = {}, body }: Send = {}): Promise<Answer> {
    const origin = this.#originInTurn();
    const target = targetOf(bucket, key, query);
    const signed = this.headers(method, target, { headers, ...(body !== undefined && { body }) });
    const request = { origin, method, target, headers: signed, agent: this.#agent };
    // Text would make `node:http` write head and body in one encoding, UTF-8, and the head is bytes.
    return answerOf(await rawRequest(body === undefined ? request : { ...request, body: Buffer.from(body) }));
  }

  /** What `send` would send along. All servers are asked by the first one's name, as behind one address. */
  headers(method: string, target: string, { headers = {}, body = '' }: Send): Headers {
    const all = { host: hostOf(this.#servers[0]?.origin ?? ''), ...headers };
    if (this.#who === undefined) return asBytes(all);
    return asBytes(signV4({ credentials: this.credentials, method, target, headers: all, payload: body }));
  }

  #originInTurn(): string {
    this.#turn += 1;
    return this.#servers[this.#turn % this.#servers.length]?.origin ?? '';
  }

  put(bucket: string, key: string, body: string | Uint8Array, headers: Headers = {}): Promise<Answer> {
    return this.send('PUT', { bucket, key, body, headers });
  }

  get(bucket: string, key: string, headers: Headers = {}): Promise<Answer> {
    return this.send('GET', { bucket, key, headers });
  }

  head(bucket: string, key: string, headers: Headers = {}): Promise<Answer> {
    return this.send('HEAD', { bucket, key, headers });
  }

  delete(bucket: string, key: string, headers: Headers = {}): Promise<Answer> {
    return this.send('DELETE', { bucket, key, headers });
  }
}

/** A signed put whose body the test sends by hand, or does not. It may fail as the test wants. */
export function openPut(
  { server, alice }: World,
  at: Required<Pick<Send, 'bucket' | 'key'>>,
  body: Uint8Array,
): ClientRequest {
  const target = targetOf(at.bucket, at.key);
  const headers = { ...alice.headers('PUT', target, { body }), 'content-length': String(body.length) };
  const { host, port } = server;
  const request = http.request({ host, port, method: 'PUT', path: target, headers, agent: false });
  request.on('error', () => {});
  return request;
}

/** Sends a part of the body of a put, then drops the connection. Resolves when the server has noticed. */
export async function breakOff(world: World, at: Required<Pick<Send, 'bucket' | 'key'>>, body: Buffer): Promise<void> {
  const put = openPut(world, at, body);
  await new Promise((sent) => put.write(body.subarray(0, body.length / 2), sent));
  const before = world.server.records().length;
  put.destroy();
  while (world.server.records().length === before) await new Promise((soon) => setTimeout(soon, 5));
}

/** As `assert.deepEqual`, which compares megabytes one by one. */
export function assertBytes(actual: Uint8Array, expected: Uint8Array, message?: string): void {
  assert(
    Buffer.compare(actual, expected) === 0,
    message ?? `${actual.length} bytes are not the ${expected.length} expected`,
  );
}

/** `node:http` sends one byte per character: text goes out as UTF-8. */
const asBytes = (headers: Headers): Headers =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Buffer.from(value, 'utf8').toString('latin1')]),
  );

export function answerOf(raw: RawAnswer): Answer {
  const text = raw.body.toString('utf8');
  const code = raw.status >= 300 ? element(text, 'Code') : undefined;
  return { ...raw, text, code };
}

/** A header that occurs at most once; empty when it is not there. */
export const header = (answer: RawAnswer, name: string): string => String(answer.headers[name] ?? '');

/** The text of the first element of that name, entities resolved; undefined when there is none. */
export const element = (xml: string, name: string): string | undefined => elements(xml, name)[0];

/** The texts of all elements of that name. */
export const elements = (xml: string, name: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${name}(?: [^>]*)?>([^]*?)</${name}>`, 'g'))].map(([, text = '']) => resolve(text));

const resolve = (text: string): string =>
  text
    .replace(/&#x([0-9a-f]+);/gi, (_, hex) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replace(/&#([0-9]+);/g, (_, digits) => String.fromCodePoint(Number.parseInt(digits, 10)))
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

export const md5Hex = (data: string | Uint8Array): string => createHash('md5').update(data).digest('hex');
export const md5Base64 = (data: string | Uint8Array): string => createHash('md5').update(data).digest('base64');
export const digest = (algorithm: 'sha1' | 'sha256', data: string | Uint8Array): string =>
  createHash(algorithm).update(data).digest('base64');

export interface World {
  readonly server: TestServer;
  /** Two tenants and nobody. */
  readonly alice: Client;
  readonly bob: Client;
  readonly nobody: Client;
  /** A new bucket of Alice's. */
  bucket(headers?: Headers): Promise<string>;
  setVersioning(bucket: string, versioning: 'enabled' | 'suspended'): Promise<void>;
}

/** Runs the tests that `body` defines over every engine, with one server each. */
export function overEngines(
  body: (world: () => World) => void,
  limits: Partial<Limits> = {},
  access: Partial<PlatformAccess> = {},
): void {
  for (const engine of ENGINES) {
    describe(engine.name, () => {
      let world: World | undefined;
      let stop: (() => Promise<void>) | undefined;
      before(async () => {
        const opened = await engine.open();
        const started = await worldOver(opened, limits, access);
        world = started.world;
        stop = started.stop;
      });
      after(() => stop?.());
      body(() => {
        assert(world !== undefined, 'the server has started');
        return world;
      });
    });
  }
}

/** A world over one engine, for tests that bring their own. `stop` closes the engine too. */
export async function worldOver(
  opened: OpenedEngine,
  limits: Partial<Limits> = {},
  access: Partial<PlatformAccess> = {},
): Promise<{ readonly world: World; readonly stop: () => Promise<void> }> {
  const server = await startTestServer({ engine: opened.engine, limits, access });
  const servers = [server];
  for (const engine of opened.others ?? [])
    servers.push(await startTestServer({ engine, limits, access, beside: server }));
  const agent = new http.Agent({ keepAlive: true });
  const alice = new Client(servers, await server.addAccount('alice'), agent);
  const bob = new Client(servers, await server.addAccount('bob'), agent);
  const nobody = new Client(servers, undefined, agent);
  let count = 0;
  const world: World = {
    server,
    alice,
    bob,
    nobody,
    async bucket(headers = {}) {
      count += 1;
      const bucket = `bucket-${count}`;
      const answer = await alice.send('PUT', { bucket, headers });
      assert.equal(answer.status, 200, answer.text);
      return bucket;
    },
    async setVersioning(bucket, state) {
      const status = state === 'enabled' ? 'Enabled' : 'Suspended';
      const body = `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`;
      const answer = await alice.send('PUT', { bucket, query: { versioning: '' }, body });
      assert.equal(answer.status, 200, answer.text);
    },
  };
  const stop = async (): Promise<void> => {
    agent.destroy();
    for (const one of servers) await one.stop();
    await opened.close();
  };
  return { world, stop };
}
