/**
 * Where members are sent: a server over the memory engine with a stopped clock, buckets that are all alike, and what is seen of a
 * request: its answer, and all that is stored afterwards. Names that the server made up are replaced, so that the same
 * request gives the same sight on each of the buckets, and a difference is one that the request made.
 */

import assert from 'node:assert/strict';
import http from 'node:http';
import type { Engine } from '../../../src/store/port.ts';
import { httpDate } from '../../../src/wire/values.ts';
import { type Answer, answerOf, digest, element, md5Base64 } from '../../support/s3-world.ts';
import { startTestServer, type TestAccount, type TestServer } from '../../support/server.ts';
import { hostOf, rawRequest, signV4, uriEncode } from '../../support/signer.ts';

export interface Sent {
  readonly method: string;
  /** Path and query, with the placeholders of `Places` in them, escaped where they must be. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How a bucket is before the request, and who sends it. */
export type Setting = 'full' | 'empty' | 'absent' | 'locked' | 'requester pays' | 'somebody with two buckets';

export interface Sight {
  readonly status: number;
  readonly code: string | undefined;
  readonly text: string;
  /** All of the answer. */
  readonly answer: string;
  /** All that is stored, before and afterwards. */
  readonly before: string;
  readonly stored: string;
}

/** Values that a request can name as `{name}`. */
type Places = Readonly<Record<string, string>>;

const MINUTE = 60_000;
const FIXTURE_KEY = 'key';
const SOURCE_KEY = 'source';
const BOB_MAY = (bucket: string, bob: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: bob },
      Action: 's3:*',
      Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
    },
  ],
});

/** Who pays for requests has nothing to do with locks: one of these buckets serves for both. */
const isLocked = (setting: Setting): boolean => setting === 'locked' || setting === 'requester pays';

export class Stage {
  readonly #server: TestServer;
  readonly #alice: TestAccount;
  readonly #bob: TestAccount;
  readonly #carol: TestAccount;
  readonly #clock: { now: number };
  readonly #agent = new http.Agent({ keepAlive: true });
  /** Buckets on which nothing has changed yet, by setting. */
  readonly #unused = new Map<Setting, Places>();
  #count = 0;

  private constructor(
    server: TestServer,
    people: Readonly<Record<'alice' | 'bob' | 'carol', TestAccount>>,
    clock: { now: number },
  ) {
    this.#server = server;
    this.#alice = people.alice;
    this.#bob = people.bob;
    this.#carol = people.carol;
    this.#clock = clock;
  }

  static async open(): Promise<Stage> {
    const clock = { now: Math.floor(Date.now() / 1000) * 1000 };
    const server = await startTestServer({ clock: { now: () => clock.now, monotonic: () => performance.now() } });
    const alice = await server.addAccount('alice', { email: 'alice@example.org' });
    const [bob, carol] = [await server.addAccount('bob'), await server.addAccount('carol')];
    const stage = new Stage(server, { alice, bob, carol }, clock);
    for (const path of ['/carol-one', '/carol-two']) await stage.#done(carol, 'PUT', path, {});
    return stage;
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    await this.#server.stop();
  }

  /** Sends the request to a bucket that is as the setting says and that nothing has changed since. */
  async see(setting: Setting, sent: Sent): Promise<Sight> {
    const places = this.#unused.get(setting) ?? (await this.#prepare(setting));
    this.#unused.delete(setting);
    const before = await this.#stored(places);
    // What the request makes is newer than what it found.
    this.#clock.now += MINUTE;
    const who = this.#who(setting);
    const answer = await this.#ask(who, filledIn(sent, places));
    this.#clock.now -= MINUTE;
    const stored = await this.#stored(places);
    if (stored.text === before.text) this.#unused.set(setting, places);
    return {
      status: answer.status,
      code: answer.code,
      text: answer.text,
      answer: stored.named(shown(answer)),
      before: before.named(before.text),
      stored: stored.named(stored.text),
    };
  }

  #who(setting: Setting): TestAccount {
    if (setting === 'somebody with two buckets') return this.#carol;
    return setting === 'requester pays' ? this.#bob : this.#alice;
  }

  async #prepare(setting: Setting): Promise<Places> {
    this.#count += 1;
    const bucket = `bucket-${String(this.#count).padStart(6, '0')}`;
    const given = {
      bucket,
      now: httpDate(this.#clock.now + MINUTE),
      later: new Date(this.#clock.now + 86_400_000).toISOString(),
      soon: new Date(this.#clock.now + 3_600_000).toISOString(),
      alice: this.#alice.account.canonicalId,
      bob: this.#bob.account.canonicalId,
    };
    if (setting === 'absent' || setting === 'somebody with two buckets') return given;
    const lock = { 'x-amz-bucket-object-lock-enabled': 'true' };
    await this.#done(this.#alice, 'PUT', `/${bucket}`, { headers: isLocked(setting) ? lock : {} });
    if (setting === 'empty') return given;
    const filled = { ...given, ...(await this.#fill(bucket)) };
    if (isLocked(setting)) await this.#lock(filled);
    if (setting === 'requester pays') await this.#letBobPay(bucket);
    return { ...filled, ...(await this.#begin(this.#who(setting), bucket)) };
  }

  async #fill(bucket: string): Promise<Places> {
    const enabled = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
    await this.#done(this.#alice, 'PUT', `/${bucket}`, { query: { versioning: '' }, body: enabled });
    const described = {
      'x-amz-meta-of': 'fixture',
      'x-amz-checksum-sha256': digest('sha256', 'the text'),
      'x-amz-tagging': 'of=fixture',
    };
    const first = await this.#done(this.#alice, 'PUT', `/${bucket}/${FIXTURE_KEY}`, { body: 'the first text' });
    await this.#done(this.#alice, 'PUT', `/${bucket}/${FIXTURE_KEY}`, { body: 'the text', headers: described });
    await this.#done(this.#alice, 'PUT', `/${bucket}/${SOURCE_KEY}`, { body: 'the text', headers: described });
    await this.#done(this.#alice, 'PUT', `/${bucket}/folder/file`, { body: 'filed' });
    await this.#done(this.#alice, 'POST', `/${bucket}/folder/file`, { query: { uploads: '' } });
    return { version: String(first.headers['x-amz-version-id']) };
  }

  /** An upload with two parts, of who will send the request. */
  async #begin(who: TestAccount, bucket: string): Promise<Places> {
    const path = `/${bucket}/${FIXTURE_KEY}`;
    const headers = { 'x-amz-request-payer': 'requester' };
    const begun = await this.#done(who, 'POST', path, { headers, query: { uploads: '' } });
    const upload = element(begun.text, 'UploadId') ?? '';
    const parts = await Promise.all(
      ['1', '2'].map((partNumber) =>
        this.#done(who, 'PUT', path, { headers, query: { uploadId: upload, partNumber }, body: 'a part' }),
      ),
    );
    return { upload, etag: String(parts[0]?.headers.etag) };
  }

  /** The first version is under retention for a day, by a rule that may be bypassed, and was held. */
  async #lock({ bucket, version: versionId = '', later }: Places): Promise<void> {
    const path = `/${bucket}/${FIXTURE_KEY}`;
    const retention = `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${later}</RetainUntilDate></Retention>`;
    await this.#done(this.#alice, 'PUT', path, { query: { retention: '', versionId }, body: retention });
    const hold = '<LegalHold><Status>OFF</Status></LegalHold>';
    await this.#done(this.#alice, 'PUT', path, { query: { 'legal-hold': '', versionId }, body: hold });
  }

  async #letBobPay(bucket: string): Promise<void> {
    const policy = JSON.stringify(BOB_MAY(bucket, this.#bob.account.canonicalId));
    const body = '<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>';
    await this.#done(this.#alice, 'PUT', `/${bucket}`, { query: { policy: '' }, body: policy });
    await this.#done(this.#alice, 'PUT', `/${bucket}`, { query: { requestPayment: '' }, body });
  }

  async #done(who: TestAccount, method: string, path: string, rest: Partial<Sent>): Promise<Answer> {
    const answer = await this.#ask(who, { method, path, query: {}, headers: {}, body: '', ...rest });
    assert(answer.status < 300, `${method} ${path}: ${answer.text}`);
    return answer;
  }

  async #ask(who: TestAccount, sent: Sent): Promise<Answer> {
    const { origin } = this.#server;
    const { method, path, query, body } = sent;
    const credentials = { accessKeyId: who.accessKeyId, secretAccessKey: who.secret };
    const parameters = Object.entries(query).map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`);
    const joint = path.includes('?') ? '&' : '?';
    const target = parameters.length === 0 ? path : `${path}${joint}${parameters.join('&')}`;
    const md5 = body === '' ? {} : { 'content-md5': md5Base64(body) };
    const headers = { host: hostOf(origin), ...md5, ...sent.headers };
    const signed = signV4({ credentials, method, target, headers, payload: body, at: this.#clock.now });
    const reading = method === 'GET' || method === 'HEAD';
    const request = { origin, method, target, headers: signed, agent: this.#agent };
    return answerOf(await rawRequest(reading ? request : { ...request, body: Buffer.from(body) }));
  }

  /** What is stored under the bucket's name, without what an engine makes up, and what the server made up replaced by its place. */
  async #stored({ bucket: name = '', ...places }: Places) {
    const { rows } = this.#server.engine;
    const { bucket } = await rows.getTarget({ bucket: name });
    const found = bucket === undefined ? [] : await everythingIn(rows, bucket.id);
    const made = new Map([
      [name, '{bucket}'],
      ...(bucket === undefined ? [] : [[bucket.id, '{bucket id}'] as const]),
      ...Object.entries(places).map(([place, value]) => [value, `{${place}}`] as const),
    ]);
    for (const [at, { id }] of found.entries()) if (!made.has(id)) made.set(id, `{id ${at}}`);
    const text = JSON.stringify([bucket, found.map(({ row }) => row)], plain, 1);
    const named = (from: string): string => [...made].reduce((now, [value, as]) => now.replaceAll(value, as), from);
    return { text, named };
  }
}

async function everythingIn(rows: Engine['rows'], bucket: string) {
  const versions = await rows.scanVersions(bucket, undefined, 1000);
  const uploads = await rows.scanUploads(bucket, undefined, 1000);
  const parts = await Promise.all(uploads.map(({ uploadId }) => rows.scanParts(uploadId, 0, 1000)));
  return [
    ...versions.map((row) => ({ id: row.versionId, row: row as unknown })),
    ...uploads.map((row, at) => ({ id: row.uploadId, row: { row, parts: parts[at] } })),
  ];
}

/** Fields that only mean something to the engine that made them. */
const MADE_UP: ReadonlySet<string> = new Set(['revision', 'ref']);

const plain = (name: string, value: unknown): unknown =>
  MADE_UP.has(name) ? undefined : value instanceof Map ? Object.fromEntries(value) : value;

function filledIn(sent: Sent, places: Places): Sent {
  const fill = (text: string): string =>
    Object.entries(places).reduce((now, [place, value]) => now.replaceAll(`{${place}}`, value), text);
  const all = (texts: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, fill(value)]));
  const { method, path, query, headers, body } = sent;
  return { method, path: fill(path), query: all(query), headers: all(headers), body: fill(body) };
}

/** The answer, but for what is another one each time. */
function shown({ status, headers, text }: Answer): string {
  const {
    date: _date,
    'x-amz-request-id': _id,
    'x-amz-id-2': _id2,
    connection: _c,
    'keep-alive': _k,
    ...rest
  } = headers;
  return JSON.stringify([status, rest, text.replace(/<(RequestId|HostId)>[^<]*<\/\1>/g, '')], undefined, 1);
}
