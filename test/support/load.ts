/**
 * Clients at work on a few keys of one bucket, over any number of front ends in turn: they put, create, replace, delete, read,
 * list and upload in parts, and write down what they asked, when, and what came of it, for `linearizability.ts` to judge.
 *
 * Every value is unique, and its bytes can be made again from its name: a body that is torn, mixed or another's is noticed by
 * the reader, as is a wrong ETag. A seed gives the same list of wishes, not the same history.
 *
 * Left out: versioned buckets, copies.
 */

import { createHash } from 'node:crypto';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { content } from './files.ts';
import { dice } from './kill-load.ts';
import type { Action, Operation, Outcome } from './linearizability.ts';
import { type Credentials, type Headers, type RawAnswer, signedRequest, targetOf } from './signer.ts';

export interface LoadOptions {
  /** Asked in turn. */
  readonly origins: readonly string[];
  readonly credentials: Credentials;
  /** It must be there, and nobody else may write to `keys`. */
  readonly bucket: string;
  readonly keys: readonly string[];
  readonly workers: number;
  readonly seed: number;
  /** Of bodies, bytes. */
  readonly sizes: readonly number[];
  /** Of all parts but the last, bytes: at least the server's least. 0: all uploads have one part. */
  readonly partBytes?: number;
  /** How often each is done, as weights. Default: `MIX`. */
  readonly mix?: Mix;
}

const WISHES = ['put', 'get', 'delete', 'create', 'replace', 'list', 'upload'] as const;
export type Wish = (typeof WISHES)[number];
export type Mix = Readonly<Record<Wish, number>>;
export const MIX: Mix = Object.freeze({ put: 28, get: 32, delete: 8, create: 12, replace: 11, list: 4, upload: 5 });

/** What is wrong whatever the order of operations: a body that is nobody's, an answer that S3 does not know. */
export type Complaint = string;

export interface Load {
  readonly history: readonly Operation[];
  readonly complaints: readonly Complaint[];
  /** Answers by method and status since the last call, as `PUT 200`; `PUT -` for a broken connection. */
  answers(): ReadonlyMap<string, number>;
  /** Lets each worker finish what it is at. */
  stop(): Promise<void>;
  /** Reads every key and lists them once more, at every front end, and complains where that is not answered. After `stop`. */
  lookAtAll(): Promise<void>;
}

/** No request of these tests may take longer, whatever is broken. */
const PATIENCE_MS = 60_000;
/** Between two tries of a completion whose outcome is not known. */
const AGAIN_MS = 200;
const COMPLETIONS = 20;
/** After a connection that was refused: the server is down. */
const REFUSED_MS = 50;

export function startLoad(options: LoadOptions): Load {
  const log = new Log();
  let stopped = false;
  const workers = Array.from({ length: options.workers }, (_, number) => new Worker(number, options, log));
  const working = workers.map(async (worker) => {
    while (!stopped) await worker.step();
  });
  const all = Promise.all(working);
  // It is awaited by `stop`; until then a worker's mistake is nobody's unhandled rejection.
  all.catch(() => {});
  return {
    history: log.history,
    complaints: log.complaints,
    answers: () => log.takeAnswers(),
    async stop() {
      stopped = true;
      await all;
      for (const worker of workers) worker.close();
    },
    async lookAtAll() {
      for (const origin of options.origins) {
        const last = new Worker(options.workers, { ...options, origins: [origin] }, log);
        for (const key of options.keys)
          if (!(await last.get(key))) log.complain(`${key} could not be read from ${origin} at the end`);
        if (!(await last.list())) log.complain(`the keys could not be listed at ${origin} at the end`);
        last.close();
      }
    },
  };
}

/** What all workers write down, and what each value looks like. */
class Log {
  readonly history: Operation[] = [];
  readonly complaints: Complaint[] = [];
  readonly #etags = new Map<string, string>();
  readonly #values = new Map<string, string>();
  #answers = new Map<string, number>();

  expect(value: string, etag: string): void {
    this.#etags.set(value, etag);
    this.#values.set(etag, value);
  }

  etagOf(value: string): string | undefined {
    return this.#etags.get(value);
  }

  valueOf(etag: string): string | undefined {
    return this.#values.get(etag);
  }

  complain(text: string): void {
    this.complaints.push(text);
  }

  count(name: string): void {
    this.#answers.set(name, (this.#answers.get(name) ?? 0) + 1);
  }

  takeAnswers(): ReadonlyMap<string, number> {
    const taken = this.#answers;
    this.#answers = new Map();
    return taken;
  }
}

/** The bytes of a value: its name and size, then what follows from them. */
function bytesOf(value: string, size: number): Buffer {
  return Buffer.concat([Buffer.from(`${value} ${size}\n`), content(size, value)]);
}

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes);
const quoted = (hex: string) => `"${hex}"`;

/** The value whose bytes these are; undefined when they are nobody's. */
function valueIn(body: Buffer): string | undefined {
  const [, value = '', size = ''] = /^(\S+) (\d+)\n/.exec(body.subarray(0, 100).toString('latin1')) ?? [];
  return value !== '' && body.equals(bytesOf(value, Number(size))) ? value : undefined;
}

interface Sent {
  readonly start: number;
  readonly end: number;
  /** `none`: it never reached a server. */
  readonly answer: RawAnswer | 'none' | 'broken';
}

class Worker {
  readonly #client: string;
  readonly #options: LoadOptions;
  readonly #log: Log;
  readonly #dice: (below: number) => number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2 });
  /** What this client saw last under a key: the base of its replacements. */
  readonly #seen = new Map<string, string>();
  #written = 0;
  #turn: number;

  constructor(number: number, options: LoadOptions, log: Log) {
    this.#client = `client-${number}`;
    this.#options = options;
    this.#log = log;
    this.#dice = dice(options.seed * 1000 + number);
    this.#turn = number;
  }

  close(): void {
    this.#agent.destroy();
  }

  async step(): Promise<void> {
    const key = this.#pick(this.#options.keys);
    const acts: Readonly<Record<Wish, () => Promise<unknown>>> = {
      put: () => this.#put(key),
      get: () => this.get(key),
      delete: () => this.#delete(key),
      create: () => this.#putIf(key, undefined),
      replace: () => this.#putIf(key, this.#seen.get(key)),
      list: () => this.list(),
      upload: () => this.#upload(key),
    };
    await acts[this.#wish()]();
  }

  #wish(): Wish {
    const mix = this.#options.mix ?? MIX;
    let choice = this.#dice(WISHES.reduce((sum, wish) => sum + mix[wish], 0));
    for (const wish of WISHES) {
      if (choice < mix[wish]) return wish;
      choice -= mix[wish];
    }
    throw new RangeError('a mix needs a weight above 0');
  }

  // ------------------------------------------------------------------------------------------------------- operations

  async #put(key: string): Promise<void> {
    const { value, bytes } = this.#newValue();
    const sent = await this.#send('PUT', { key, body: bytes });
    this.#record(key, sent, changed(sent, [200], { type: 'put', value, outcome: 'applied' }));
  }

  async #putIf(key: string, base: string | undefined): Promise<void> {
    const etag = base === undefined ? undefined : this.#log.etagOf(base);
    const condition: Headers = etag === undefined ? { 'if-none-match': '*' } : { 'if-match': etag };
    const { value, bytes } = this.#newValue();
    const wish =
      base === undefined ? ({ type: 'create', value } as const) : ({ type: 'replace', base, value } as const);
    const sent = await this.#send('PUT', { key, headers: condition, body: bytes });
    const refused = base === undefined ? [412] : [412, 404];
    const outcome: Outcome = isOneOf(sent, refused) ? 'refused' : 'applied';
    this.#record(key, sent, changed(sent, [200, ...refused], { ...wish, outcome }));
  }

  async #delete(key: string): Promise<void> {
    const sent = await this.#send('DELETE', { key });
    this.#record(key, sent, changed(sent, [204], { type: 'delete', outcome: 'applied' }));
  }

  /** Whether it was answered. */
  async get(key: string): Promise<boolean> {
    const sent = await this.#send('GET', { key });
    if (isOneOf(sent, [404])) this.#record(key, sent, { type: 'get', found: undefined });
    if (!isOneOf(sent, [200]) || typeof sent.answer === 'string') return isOneOf(sent, [404]);
    const { body, headers } = sent.answer;
    const value = valueIn(body);
    if (value === undefined) {
      this.#log.complain(`${key}: ${body.length} bytes that nobody wrote`);
      return true;
    }
    if (headers.etag !== this.#log.etagOf(value)) this.#log.complain(`${key}: ${value} with the ETag ${headers.etag}`);
    this.#seen.set(key, value);
    this.#record(key, sent, { type: 'get', found: value });
    return true;
  }

  /** Whether it was answered. */
  async list(): Promise<boolean> {
    const sent = await this.#send('GET', { query: { 'list-type': '2' } });
    if (!isOneOf(sent, [200]) || typeof sent.answer === 'string') return false;
    const rows = [...sent.answer.body.toString().matchAll(/<Key>(.*?)<\/Key>.*?<ETag>&quot;(.*?)&quot;<\/ETag>/gs)];
    const keys = rows.map(([, key = '']) => key);
    if (keys.some((key, index) => index > 0 && key <= (keys[index - 1] ?? '')))
      this.#log.complain(`a listing is out of order, or has a key twice: ${keys.join()}`);
    const etags = new Map(rows.map(([, key = '', etag = '']) => [key, quoted(etag)]));
    for (const key of this.#options.keys) {
      const etag = etags.get(key);
      const found = etag === undefined ? undefined : this.#log.valueOf(etag);
      if (etag !== undefined && found === undefined)
        this.#log.complain(`${key}: listed with ETag ${etag}, which is nobody's`);
      else this.#record(key, sent, { type: 'glimpse', found });
    }
    return true;
  }

  /** In one or two parts. A completion is asked again until its outcome is known, as clients do. */
  async #upload(key: string): Promise<void> {
    const begun = await this.#send('POST', { key, query: { uploads: '' } });
    const [, uploadId = ''] = /<UploadId>(.*?)<\/UploadId>/.exec(textOf(begun)) ?? [];
    if (uploadId === '') return;
    const { partBytes = 0 } = this.#options;
    const { value, bytes } = this.#newValue(partBytes);
    const cut = partBytes > 0 && this.#dice(2) === 0 ? partBytes : bytes.length;
    const parts = [bytes.subarray(0, cut), bytes.subarray(cut)].filter((part) => part.length > 0);
    for (const [index, part] of parts.entries()) {
      const sent = await this.#send('PUT', { key, query: { partNumber: String(index + 1), uploadId }, body: part });
      if (!isOneOf(sent, [200])) return;
    }
    const sums = parts.map((part) => md5(part).digest());
    this.#log.expect(value, quoted(`${md5(Buffer.concat(sums)).digest('hex')}-${parts.length}`));
    const named = sums.map(
      (sum, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>"${sum.toString('hex')}"</ETag></Part>`,
    );
    const body = Buffer.from(`<CompleteMultipartUpload>${named.join('')}</CompleteMultipartUpload>`);
    await this.#complete(key, { uploadId, value, body });
  }

  async #complete(key: string, upload: { readonly uploadId: string; readonly value: string; readonly body: Buffer }) {
    const { uploadId, value, body } = upload;
    const wish = { type: 'put', value, outcome: 'applied' } as const;
    let first: Sent | undefined;
    for (let tries = 0; tries < COMPLETIONS; tries += 1) {
      const sent = await this.#send('POST', { key, query: { uploadId }, body });
      first ??= sent;
      const whole = { ...sent, start: first.start };
      if (isOneOf(sent, [200])) return this.#record(key, whole, wish);
      // It was completed by an earlier try whose answer was lost, or it never will be.
      if (isOneOf(sent, [404]) && tries > 0) return this.#record(key, whole, { ...wish, outcome: 'unknown' });
      if (typeof sent.answer !== 'string' && sent.answer.status < 500) return;
      await sleep(AGAIN_MS);
    }
    if (first !== undefined) this.#record(key, { ...first, end: performance.now() }, { ...wish, outcome: 'unknown' });
  }

  // ---------------------------------------------------------------------------------------------------------- plumbing

  #pick<T>(list: readonly T[]): T {
    const picked = list[this.#dice(list.length)];
    if (picked === undefined) throw new RangeError('a load needs keys, sizes and origins');
    return picked;
  }

  #newValue(more = 0): { readonly value: string; readonly bytes: Buffer } {
    this.#written += 1;
    const value = `${this.#client}/${this.#written}`;
    const bytes = bytesOf(value, this.#pick(this.#options.sizes) + more);
    this.#log.expect(value, quoted(md5(bytes).digest('hex')));
    return { value, bytes };
  }

  async #send(
    method: string,
    what: { readonly key?: string; readonly query?: Headers; readonly headers?: Headers; readonly body?: Buffer },
  ): Promise<Sent> {
    const { origins, credentials, bucket } = this.#options;
    const origin = origins[this.#turn++ % origins.length] ?? '';
    const target = targetOf(bucket, what.key, what.query);
    const { headers = {}, body } = what;
    const start = performance.now();
    const late = new AbortController();
    const patience = sleep(PATIENCE_MS, 'late' as const, { signal: late.signal }).catch(() => 'late' as const);
    const request = { origin, credentials, method, target, headers, agent: this.#agent, ...(body && { body }) };
    const asked = signedRequest(request).catch((error: unknown) => wayOf(error));
    const answer = await Promise.race([asked, patience]);
    late.abort();
    const end = performance.now();
    if (answer === 'late')
      this.#log.complain(`${method} ${target} at ${origin} had no answer in ${PATIENCE_MS / 1000} s`);
    const sent: Sent = { start, end, answer: answer === 'late' ? 'broken' : answer };
    this.#log.count(`${method} ${typeof sent.answer === 'string' ? '-' : sent.answer.status}`);
    this.#inspect(`${method} ${target}`, sent);
    if (sent.answer === 'none') await sleep(REFUSED_MS);
    return sent;
  }

  /** Only answers that S3 has for what is asked here. A server in trouble says 503 and when to come back. */
  #inspect(what: string, { answer }: Sent): void {
    if (typeof answer === 'string') return;
    const { status, headers } = answer;
    const text = answer.body.subarray(0, 600).toString();
    if (status === 503 && headers['retry-after'] === undefined) this.#log.complain(`${what}: 503 without Retry-After`);
    if (![200, 204, 404, 409, 412, 503].includes(status)) this.#log.complain(`${what}: ${status} ${text}`);
  }

  #record(key: string, { start, end }: Sent, action: Action | undefined): void {
    if (action === undefined) return;
    if ('value' in action && action.outcome === 'applied') this.#seen.set(key, action.value);
    this.#log.history.push({ key, client: this.#client, start, end, action });
  }
}

/** Refused connections carried nothing; of all other errors nobody knows. */
function wayOf(error: unknown): 'none' | 'broken' {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED' ? 'none' : 'broken';
}

const isOneOf = ({ answer }: Sent, statuses: readonly number[]): boolean =>
  typeof answer !== 'string' && statuses.includes(answer.status);

const textOf = ({ answer }: Sent): string => (typeof answer === 'string' ? '' : answer.body.toString());

/** The action as it is to be recorded: as it is when the answer is one of `known`, unknown, or not at all. */
function changed(sent: Sent, known: readonly number[], action: Exclude<Action, { type: 'get' | 'glimpse' }>) {
  if (sent.answer === 'none') return undefined;
  if (isOneOf(sent, known)) return action;
  // Other answers below 500 say that nothing was done.
  if (sent.answer !== 'broken' && sent.answer.status < 500) return undefined;
  return { ...action, outcome: 'unknown' } as const;
}
