/**
 * Writers that know what they were promised: each puts, overwrites, copies, deletes and uploads in parts under keys of
 * its own, one request after the other, until the server dies under it. Afterwards each key must hold what was
 * acknowledged last, or what the one unanswered request meant to leave, whole.
 */

import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { content, MiB, sha256 } from './files.ts';
import { type Credentials, type RawAnswer, signedRequest, targetOf } from './signer.ts';

/** A body that can be made again; absent is undefined. */
export interface Value {
  readonly size: number;
  readonly seed: string;
}
type State = Value | undefined;

const KiB = 1024;
/** Inline and file bodies, on both sides of the boundary, and some that are still arriving when the end comes. */
const SIZES = [0, 100, 1 * KiB, 20 * KiB, 32 * KiB, 32 * KiB + 1, 300 * KiB, 3 * MiB] as const;
const KEYS_PER_WRITER = 6;
const FIRST_PART = 5 * MiB;

/** A small generator of even numbers in [0, below), so that a seed gives the same list of operations. */
export function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export class Writer {
  readonly keys: readonly string[];
  readonly #bucket: string;
  readonly #dice: (below: number) => number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #acknowledged = new Map<string, State>();
  readonly #doubtful = new Map<string, State>();
  #written = 0;
  acknowledgements = 0;

  constructor(number: number, bucket: string, seed: number) {
    this.keys = Array.from({ length: KEYS_PER_WRITER }, (_, index) => `writer ${number}/key+${index}`);
    this.#bucket = bucket;
    this.#dice = dice(seed * 1000 + number);
  }

  /** Works until the server is gone. An answer other than success is a failure of the test, not of the server's life. */
  async work(origin: string, credentials: Credentials, gone: () => boolean): Promise<void> {
    const send = async (method: string, target: string, body?: Buffer, headers = {}): Promise<RawAnswer> => {
      const answer = await signedRequest({
        origin,
        credentials,
        method,
        target,
        agent: this.#agent,
        headers,
        ...(body && { body }),
      });
      const expected = method === 'DELETE' ? 204 : 200;
      assert.equal(answer.status, expected, `${method} ${target}: ${answer.body.toString().slice(0, 500)}`);
      this.acknowledgements += 1;
      return answer;
    };
    try {
      while (!gone()) await this.#step(send);
    } catch (error) {
      if (error instanceof assert.AssertionError || !gone()) throw error;
    }
  }

  async #step(send: Send): Promise<void> {
    const key = this.#pick(this.keys);
    const target = targetOf(this.#bucket, key);
    const choice = this.#dice(20);
    if (choice < 3) return this.#promise(key, undefined, () => send('DELETE', target));
    if (choice < 5) return this.#copy(send, key);
    if (choice === 5) return this.#upload(send, key);
    const value = this.#newValue(this.#pick(SIZES));
    return this.#promise(key, value, () => send('PUT', target, content(value.size, value.seed)));
  }

  #pick<T>(list: readonly T[]): T {
    const picked = list[this.#dice(list.length)];
    assert.ok(picked !== undefined);
    return picked;
  }

  #newValue(size: number): Value {
    this.#written += 1;
    return { size, seed: `${this.keys[0]} ${this.#written}` };
  }

  /** Until the answer is there, both states are right; then only the new one. */
  async #promise(key: string, state: State, act: () => Promise<unknown>): Promise<void> {
    this.#doubtful.set(key, state);
    await act();
    this.#doubtful.delete(key);
    this.#acknowledged.set(key, state);
  }

  async #copy(send: Send, key: string): Promise<void> {
    const source = this.#pick(this.keys);
    const value = this.#acknowledged.get(source);
    if (value === undefined || source === key) return;
    const headers = { 'x-amz-copy-source': targetOf(this.#bucket, source) };
    await this.#promise(key, value, () => send('PUT', targetOf(this.#bucket, key), undefined, headers));
  }

  async #upload(send: Send, key: string): Promise<void> {
    const value = this.#newValue(FIRST_PART + this.#pick(SIZES.slice(1)));
    const body = content(value.size, value.seed);
    const begun = await send('POST', targetOf(this.#bucket, key, { uploads: '' }));
    const uploadId = /<UploadId>(.*?)<\/UploadId>/.exec(begun.body.toString())?.[1] ?? '';
    const tags: unknown[] = [];
    for (const [index, part] of [body.subarray(0, FIRST_PART), body.subarray(FIRST_PART)].entries()) {
      const query = { partNumber: String(index + 1), uploadId };
      tags.push((await send('PUT', targetOf(this.#bucket, key, query), part)).headers.etag);
    }
    const parts = tags.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`);
    const document = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`);
    await this.#promise(key, value, () => send('POST', targetOf(this.#bucket, key, { uploadId }), document));
  }

  /** Compares what the server holds now with what was promised, and takes it as the state to go on from. */
  async verify(origin: string, credentials: Credentials): Promise<ReadonlyMap<string, Value>> {
    const present = new Map<string, Value>();
    for (const key of this.keys) {
      const target = targetOf(this.#bucket, key);
      const answer = await signedRequest({ origin, credentials, method: 'GET', target, agent: this.#agent });
      const allowed = [this.#acknowledged.get(key), ...(this.#doubtful.has(key) ? [this.#doubtful.get(key)] : [])];
      const found = allowed.find((state) => isState(answer, state));
      const held = answer.status === 200 ? `${answer.body.length} bytes` : `${answer.status} ${answer.body.toString()}`;
      const right = found !== undefined || (answer.status === 404 && allowed.includes(undefined));
      assert.ok(
        right,
        `${key} holds ${held}, which was neither acknowledged nor under way: ${JSON.stringify(allowed)}`,
      );
      this.#acknowledged.set(key, found);
      this.#doubtful.delete(key);
      if (found !== undefined) present.set(key, found);
    }
    return present;
  }

  close(): void {
    this.#agent.destroy();
  }
}

type Send = (method: string, target: string, body?: Buffer, headers?: Record<string, string>) => Promise<RawAnswer>;

function isState(answer: RawAnswer, state: State): state is Value {
  if (state === undefined || answer.status !== 200 || answer.body.length !== state.size) return false;
  return sha256(answer.body) === sha256(content(state.size, state.seed));
}
