/**
 * A small port beside S3's (metrics and health): GET and HEAD of a few fixed paths, nothing else.
 *
 * Request bodies are never read, answers are made whole before they are sent, and the connection limits are those of the
 * S3 port.
 */

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Address } from '../base/address.ts';
import type { Limits } from '../base/limits.ts';
import type { Log } from '../base/log.ts';
import { createListener, listen } from './listener.ts';
import type { Certificate } from './tls.ts';

export interface PlainReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PlainServerOptions {
  readonly listen: Address;
  readonly limits: Limits;
  readonly log: Log;
  readonly tls?: Certificate | undefined;
  /** `path` is the raw target without its query. `host` is what the client called us, unchecked. */
  readonly answer: (path: string, host: string | undefined) => Promise<PlainReply> | PlainReply;
}

export interface PlainServer {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Rejects with the system's error when it cannot listen. */
export async function startPlainServer(options: PlainServerOptions): Promise<PlainServer> {
  const { limits, log, tls } = options;
  const server = createListener(limits, tls);
  server.on('request', (request, response) => void serve(request, response, options));
  server.on('clientError', (_error, socket) => socket.destroy());
  const { host, port } = await listen(server, options.listen);
  server.on('error', (error) => log.error('a listening socket failed', {}, error));
  return Object.freeze({
    host,
    port,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  });
}

async function serve(request: IncomingMessage, response: ServerResponse, options: PlainServerOptions): Promise<void> {
  response.on('error', () => {});
  const reply = await replyTo(request, options);
  const body = Buffer.from(reply.body);
  // A body nobody reads would keep the connection waiting: it goes after the answer.
  if (!request.complete) response.shouldKeepAlive = false;
  response.writeHead(reply.status, {
    Server: 'Moraine',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    ...reply.headers,
    'Content-Length': body.length,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function replyTo(request: IncomingMessage, { answer, log }: PlainServerOptions): Promise<PlainReply> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { ...plainText(405, 'Only GET and HEAD are served here.'), headers: { Allow: 'GET, HEAD' } };
  }
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  try {
    return await answer(mark < 0 ? target : target.slice(0, mark), request.headers.host);
  } catch (error) {
    log.error('a page could not be made', { path: target }, error);
    return plainText(500, 'This failed. The log of the server says why.');
  }
}

export const plainText = (status: number, text: string): PlainReply => ({
  status,
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  body: `${text}\n`,
});
