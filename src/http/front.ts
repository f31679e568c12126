/**
 * From `node:http`'s events to the line and back: one exchange per request, opened, run, answered, recorded.
 *
 * Also what has no request to it: bytes that are not HTTP, answered with a minimal error document and a closed connection.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import type { Limits } from '../base/limits.ts';
import type { AccessRecord, Log } from '../base/log.ts';
import { type ErrorCode, S3Error } from '../model/errors.ts';
import { Exchange } from './exchange.ts';
import { framingProblem } from './framing.ts';
import { Guard } from './guard.ts';
import type { PeerOf } from './peer.ts';
import type { Pipeline } from './pipeline.ts';
import { Responder } from './respond.ts';
import { RequestSource } from './source.ts';
import { Turns } from './turns.ts';
import type { Voice } from './voice.ts';

export interface FrontOptions {
  readonly pipeline: Pipeline;
  readonly peerOf: PeerOf;
  /** The port speaks TLS. */
  readonly secure: boolean;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly voice: Voice;
  readonly nextRequestId: () => string;
  /** Told of every request when it is over. */
  readonly observe: (record: AccessRecord) => void;
  /** While stopping: a request is over, and its connection may have become idle. */
  readonly idle: () => void;
}

export class Front {
  readonly #options: FrontOptions;
  readonly #guard: Guard;
  readonly #responder: Responder;
  readonly #turns: Turns;
  #stopping = false;

  constructor(options: FrontOptions) {
    const { clock, limits, log, voice } = options;
    this.#options = options;
    this.#guard = new Guard({ clock, limits, lost: (exchange) => this.#over(exchange) });
    this.#responder = new Responder({ voice, limits, log });
    this.#turns = new Turns(limits.pipelinedRequests);
  }

  /** `awaitsContinue`: the client sent `Expect: 100-continue` and holds its body back. */
  handle(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    // The rest of a packet whose connection was cut.
    if (request.socket.destroyed) return;
    void this.#serve(this.#open(request, response, awaitsContinue));
  }

  /** An `Expect` with anything but `100-continue`, which nobody can meet (RFC 9110 section 10.1.1). */
  handleExpectation(request: IncomingMessage, response: ServerResponse): void {
    const exchange = this.#open(request, response, false);
    exchange.closeAfterwards();
    const error = new S3Error('InvalidRequest', 'The Expect header asks for something other than 100-continue.');
    void this.#responder.fail(exchange, error);
  }

  /** Bytes that the HTTP parser refused, or that came too slowly to become a request. */
  refuse(error: Error & { readonly code?: string }, socket: Duplex): void {
    const busy = [...this.#guard.exchanges()].filter((exchange) => exchange.request.socket === socket);
    if (busy.length > 0) {
      // The answer on its way must not be mixed with another: it goes out, and the connection after it.
      const { code, message } = BROKEN_OFF.has(error.code ?? '') ? HALF : MISFRAMED;
      for (const exchange of busy) {
        exchange.closeAfterwards();
        exchange.source.fail(new S3Error(code, message));
      }
      if (error.code === 'ECONNRESET') socket.destroy();
      return;
    }
    // Only to what the HTTP parser refused can HTTP be an answer: not to a broken connection or half a TLS handshake.
    if (socket.destroyed || !socket.writable || !/^(?:HPE_|ERR_HTTP_)/.test(error.code ?? '')) {
      socket.destroy();
      return;
    }
    this.#options.log.debug('bytes that are not a request', { problem: error.code ?? error.message });
    if (socket instanceof Socket) socket.setTimeout(this.#options.limits.drainMs, () => socket.destroy());
    socket.end(this.#refusal(error.code), () => socket.destroy());
  }

  inFlight(): number {
    return this.#guard.exchanges().size;
  }

  /** From now on every new request is answered 503, and connections end after what they carry. */
  stopAccepting(): void {
    this.#stopping = true;
    for (const exchange of this.#guard.exchanges()) exchange.closeAfterwards();
  }

  /** Ends the watch. Requests that are still open are aborted. */
  stop(): void {
    this.#guard.stop();
    for (const exchange of this.#guard.exchanges()) exchange.abort(new Error('the server stops'));
  }

  #open(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): Exchange {
    const { peerOf, secure, clock, limits, nextRequestId } = this.#options;
    const exchange = new Exchange({
      request,
      response,
      source: new RequestSource(request, response, limits.readAheadBytes, awaitsContinue),
      requestId: nextRequestId(),
      peer: peerOf(request, secure),
      startedAt: clock.monotonic(),
    });
    this.#guard.open(exchange);
    request.on('error', ignore);
    response.on('error', ignore);
    response.on('close', () => this.#over(exchange));
    return exchange;
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { request, requestId, peer, response, source, trace } = exchange;
    try {
      if (this.#turns.isBehind(response)) await this.#turns.wait(request.socket, response);
      if (this.#stopping) {
        exchange.closeAfterwards();
        throw new S3Error('ServiceUnavailable', 'This server is being stopped. Please try again.');
      }
      const problem = framingProblem(request);
      if (problem !== undefined) {
        exchange.closeAfterwards();
        throw problem;
      }
      const raw = {
        method: request.method ?? '',
        target: request.url ?? '',
        rawHeaders: request.rawHeaders,
        remoteAddress: peer.address,
        secure: peer.secure,
      };
      const hasArrived = () => source.arrived();
      const arrival = { raw, requestId, body: source, hasArrived, signal: exchange.signal() };
      const reply = await this.#options.pipeline(arrival, trace);
      await this.#responder.send(exchange, reply);
    } catch (error) {
      await this.#responder.fail(exchange, error);
    }
  }

  #over(exchange: Exchange): void {
    if (!this.#guard.close(exchange)) return;
    const { log, clock, observe, idle } = this.#options;
    if (!exchange.response.writableFinished) exchange.abort(new Error('the client is gone'));
    const record = exchange.record(clock.monotonic());
    log.access(record);
    observe(record);
    if (this.#stopping) idle();
  }

  #refusal(problem: string | undefined): Buffer {
    const { code, message } = REFUSALS.get(problem ?? '') ?? NOT_HTTP;
    const { voice, nextRequestId } = this.#options;
    const requestId = nextRequestId();
    // The status of all of them: what has no request to it is a bad one.
    const failure = voice.failure(new S3Error(code, message));
    const { headers, body } = voice.reply(failure, { requestId, resource: '/' });
    const document = Buffer.from(typeof body === 'string' ? body : '');
    const names = [...voice.head(requestId, ''), ...Object.entries(headers).flat()];
    const lines = names.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${names[at + 1] ?? ''}`] : []));
    const rest = [`Content-Length: ${document.length}`, 'Connection: close', '', ''];
    return Buffer.concat([Buffer.from(['HTTP/1.1 400 Bad Request', ...lines, ...rest].join('\r\n')), document]);
  }
}

const ignore = () => {
  // A connection that broke: its `close` event follows and says all there is to say.
};

interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What Node calls a connection that ended in the middle of a message. */
const BROKEN_OFF: ReadonlySet<string> = new Set(['HPE_INVALID_EOF_STATE', 'ECONNRESET']);
const HALF: Refusal = {
  code: 'IncompleteBody',
  message: 'The connection ended before the whole request body had arrived.',
};
const MISFRAMED: Refusal = {
  code: 'InvalidRequest',
  message: 'The body of your request is not framed as HTTP/1.1 wants.',
};
const NOT_HTTP: Refusal = { code: 'BadRequest', message: 'What you sent is not a valid HTTP/1.1 request.' };
/** Node's names for what its parser found. */
const REFUSALS: ReadonlyMap<string, Refusal> = new Map([
  [
    'HPE_HEADER_OVERFLOW',
    { code: 'RequestHeaderSectionTooLarge', message: 'Your request line and headers are too large.' },
  ],
  ['ERR_HTTP_REQUEST_TIMEOUT', { code: 'RequestTimeout', message: 'Your request headers did not arrive in time.' }],
]);
