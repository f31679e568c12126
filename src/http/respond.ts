/**
 * Replies and errors as bytes on the connection. Nobody else writes to it.
 *
 * Promises: one answer per request; `Content-Length` whenever it is known; no body where HTTP has none (HEAD, 204, 304);
 * an answer that fails after its head is cut, never ended as if it were whole; a refused body is drained to a bound or
 * the connection goes (RFC 9112 section 9.6), in such an order that the client can read the answer.
 * What it says is the port's `voice.ts`.
 */

import { strict as assert } from 'node:assert';
import type { ServerResponse } from 'node:http';
import type { Limits } from '../base/limits.ts';
import type { Log } from '../base/log.ts';
import type { Reply } from '../ops/types.ts';
import type { Exchange } from './exchange.ts';
import type { Failure } from './failures.ts';
import { spaced } from './late.ts';
import type { Voice } from './voice.ts';

export interface ResponderOptions {
  readonly voice: Voice;
  readonly limits: Limits;
  readonly log: Log;
}

/** What becomes of the request's body if it has not all arrived when the answer is ready. */
type Rest = 'none' | 'drain' | 'cut';

export class Responder {
  readonly #options: ResponderOptions;

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  /** Resolves when the answer was handed over. Throws what the reply's stream throws, before or after the head. */
  async send(exchange: Exchange, reply: Reply): Promise<void> {
    if (reply.later !== undefined) {
      const late = spaced(this.#documentOf(exchange, reply.later), this.#options.limits.lateAnswerMs);
      return this.#stream(exchange, { ...reply, body: late }, late);
    }
    const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
    const silent = exchange.request.method === 'HEAD' || reply.status === 204 || reply.status === 304;
    if (body !== undefined && !(body instanceof Uint8Array)) {
      if (silent || exchange.response.destroyed) await release(body[Symbol.asyncIterator]());
      else return this.#stream(exchange, reply, body);
    }
    if (exchange.response.destroyed) return;
    return this.#whole(exchange, reply, body instanceof Uint8Array && !silent ? body : undefined);
  }

  /** Tells the client of a failure if that is still possible, and the operator if it is their affair. Never throws. */
  async fail(exchange: Exchange, thrown: unknown): Promise<void> {
    const { voice } = this.#options;
    const failure = this.#failureOf(exchange, thrown);
    const { response, requestId } = exchange;
    exchange.failedWith(failure.code);
    if (response.destroyed) return;
    if (response.headersSent) {
      response.destroy();
      return;
    }
    try {
      await this.send(exchange, voice.reply(failure, { requestId, resource: resourceOf(exchange) }));
    } catch (problem) {
      this.#options.log.error('an error could not be answered', { requestId }, problem);
      response.destroy();
    }
  }

  /** What was thrown, for the client; the operator is told if it is their affair. */
  #failureOf({ requestId, trace }: Exchange, thrown: unknown): Failure {
    const failure = this.#options.voice.failure(thrown);
    const { loudness, message } = failure;
    if (loudness !== 'none') {
      const { operation, bucket, key } = trace;
      this.#options.log[loudness](message, { requestId, operation, bucket, key }, thrown);
    }
    return failure;
  }

  /** Of an answer that has begun: its own document, or that of its failure, whose status can no longer be sent. */
  async #documentOf(exchange: Exchange, answer: Promise<Reply>): Promise<string> {
    try {
      return documentIn(await answer);
    } catch (thrown) {
      const failure = this.#failureOf(exchange, thrown);
      exchange.failedLate(failure.code, failure.status);
      const { requestId } = exchange;
      return documentIn(this.#options.voice.reply(failure, { requestId, resource: resourceOf(exchange) }));
    }
  }

  async #whole(exchange: Exchange, reply: Reply, body: Uint8Array | undefined): Promise<void> {
    const { response } = exchange;
    const rest = this.#restOf(exchange);
    response.writeHead(reply.status, this.#head(exchange, reply, body));
    if (body !== undefined) exchange.countSent(body.length);
    if (rest === 'drain') {
      if (body === undefined) response.flushHeaders();
      else response.write(body);
    }
    await this.#end(exchange, rest, rest === 'drain' ? undefined : body);
  }

  /** The next chunk is asked for while the last one leaves: one is on its way in, one on its way out, never more. */
  async #stream(exchange: Exchange, reply: Reply, body: AsyncIterable<Uint8Array>): Promise<void> {
    const { response } = exchange;
    const iterator = body[Symbol.asyncIterator]();
    const declared = contentLength(reply);
    try {
      // Asked before the head goes out: what fails here can still be answered as an error.
      let pull = await iterator.next();
      if (response.destroyed) return;
      const rest = this.#restOf(exchange);
      if (rest === 'none' && !pull.done && pull.value.length === declared) {
        // A small object: head and body leave together, and the end of the stream is seen before either.
        const { done } = await iterator.next();
        assert(done, 'a body is longer than its Content-Length');
        return await this.#whole(exchange, reply, pull.value);
      }
      response.writeHead(reply.status, this.#head(exchange, reply, undefined));
      while (!pull.done) {
        const chunk: Uint8Array = pull.value;
        exchange.countSent(chunk.length);
        assert(declared === undefined || exchange.sent() <= declared, 'a body is longer than its Content-Length');
        const flowing = response.write(chunk);
        const upcoming = iterator.next();
        if (!flowing) await this.#gone(exchange, chunk.length, upcoming);
        pull = await upcoming;
        if (response.destroyed) return;
      }
      assert(declared === undefined || exchange.sent() === declared, 'a body is shorter than its Content-Length');
      await this.#end(exchange, rest);
    } finally {
      await release(iterator);
    }
  }

  /** Waits until the connection takes more. `upcoming` may fail meanwhile; its error is seen when it is awaited. */
  async #gone(exchange: Exchange, bytes: number, upcoming: Promise<unknown>): Promise<void> {
    upcoming.catch(() => {});
    exchange.block(bytes);
    await drained(exchange.response);
    exchange.unblock();
  }

  /**
   * The last step, with the last bytes of the body. Ending the answer closes the connection where it must close; while the
   * client still sends, that would reset it before the answer is read. So it waits for the drain.
   */
  async #end(exchange: Exchange, rest: Rest, last?: Uint8Array): Promise<void> {
    const { request, response, source } = exchange;
    const whole = rest === 'none' || (rest === 'drain' && (await source.drain(this.#options.limits.drainBytes)));
    if (last !== undefined) response.end(last);
    else response.end();
    if (!whole) response.once('finish', () => request.socket.destroySoon());
    // What is still to go is watched until the answer is over.
    exchange.block(response.writableLength);
  }

  #restOf(exchange: Exchange): Rest {
    if (exchange.source.arrived()) return 'none';
    // Waiting for `100 Continue`, the client sends nothing that would have to be drained.
    return exchange.mustClose() || exchange.source.awaitsContinue() ? 'cut' : 'drain';
  }

  #head(exchange: Exchange, reply: Reply, body: Uint8Array | undefined): string[] {
    const head = this.#options.voice.head(exchange.requestId, exchange.request.method ?? '');
    for (const [name, value] of Object.entries(exchange.trace.headers)) head.push(name, value);
    let declared = false;
    for (const name of Object.keys(reply.headers)) {
      const value = reply.headers[name];
      if (value === undefined) continue;
      put(head, name, headerValue(name, value));
      if (name === 'Content-Length') declared = true;
    }
    if (!declared) {
      if (body !== undefined) head.push('Content-Length', `${body.length}`);
      else if (reply.body === undefined && hasLength(exchange, reply)) head.push('Content-Length', '0');
    }
    if (exchange.mustClose() || this.#tooMuchToDrain(exchange)) head.push('Connection', 'close');
    return head;
  }

  #tooMuchToDrain(exchange: Exchange): boolean {
    if (exchange.source.arrived()) return false;
    const left = exchange.source.left();
    return left === undefined || left > this.#options.limits.drainBytes;
  }
}

/** What a reply says for itself stands in place of what its port always says. */
function put(head: string[], name: string, value: string): void {
  for (let at = 0; at < head.length; at += 2) {
    if (head[at] !== name) continue;
    head[at + 1] = value;
    return;
  }
  head.push(name, value);
}

function documentIn({ body }: Reply): string {
  assert(typeof body === 'string', 'only a document can be late');
  return body;
}

/** An answer without a body says so with a zero, but for those that HTTP gives none, whose length is that of the GET. */
const hasLength = (exchange: Exchange, reply: Reply): boolean =>
  exchange.request.method !== 'HEAD' && reply.status !== 204 && reply.status !== 304;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to refuse
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;
const ASCII = /^[\x20-\x7e]*$/;

/** Text beyond ASCII goes out as its UTF-8 bytes, which is what clients sent and read; `node:http` writes Latin-1. */
function headerValue(name: string, value: string): string {
  if (ASCII.test(value)) return value;
  assert(!CONTROL.test(value), `the value of header ${name} has a control character`);
  return Buffer.from(value, 'utf8').toString('latin1');
}

function contentLength(reply: Reply): number | undefined {
  const text = reply.headers['Content-Length'];
  if (text === undefined) return undefined;
  const length = Number.parseInt(text, 10);
  assert(`${length}` === text && length >= 0, 'Content-Length is a whole number');
  return length;
}

function resourceOf(exchange: Exchange): string {
  const { bucket, key } = exchange.trace;
  if (bucket !== undefined) return key === undefined ? `/${bucket}` : `/${bucket}/${key}`;
  const target = exchange.request.url ?? '/';
  const mark = target.indexOf('?');
  return mark < 0 ? target : target.slice(0, mark);
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
    if (response.destroyed) done();
  });
}

/** Lets go of what the stream holds. Its end was reached or nobody wants it: an error here changes nothing. */
async function release(iterator: AsyncIterator<Uint8Array>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // The answer is decided.
  }
}
