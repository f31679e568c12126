/**
 * The smallest HTTP client: `node:http` with the target exactly as given, no URL folding, no redirects, no retries.
 *
 * Sends what it is told. `signer.ts` signs, and `signedRequest` there does both.
 */

import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import { buffer } from 'node:stream/consumers';

export type Headers = Readonly<Record<string, string>>;

export interface RawSend {
  /** `http://127.0.0.1:9000` or `https://…`. */
  readonly origin: string;
  readonly method: string;
  /** Path and query, byte for byte. */
  readonly target: string;
  /** `host` is that of the origin unless given. */
  readonly headers?: Headers;
  readonly body?: string | Uint8Array;
  /** For keep-alive; a new connection when omitted. */
  readonly agent?: http.Agent | https.Agent;
  /** Certificate authority to trust, PEM. */
  readonly ca?: string | Buffer;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** `127.0.0.1:9000` of `http://127.0.0.1:9000`. */
export const hostOf = (origin: string): string => origin.replace(/^https?:\/\//, '').replace(/\/.*$/, '');

function endOf(origin: string): { readonly hostname: string; readonly port: string | undefined } {
  const match = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(hostOf(origin));
  return { hostname: match?.[1] ?? match?.[2] ?? '', port: match?.[3] };
}

export function rawRequest(send: RawSend): Promise<RawAnswer> {
  const { origin, method, target, body } = send;
  const secure = origin.startsWith('https:');
  const headers: Record<string, string> = { host: hostOf(origin), ...send.headers };
  if (body !== undefined && !hasFraming(headers)) headers['content-length'] = String(Buffer.byteLength(body));
  const options = {
    ...endOf(origin),
    method,
    path: target,
    headers,
    setHost: false,
    agent: send.agent ?? false,
    ...(send.ca === undefined ? {} : { ca: send.ca }),
  };
  return new Promise((resolve, reject) => {
    const request = (secure ? https : http).request(options, (answer) => {
      const { statusCode = 0, rawHeaders } = answer;
      buffer(answer).then(
        (bytes) => resolve({ status: statusCode, headers: answer.headers, rawHeaders, body: bytes }),
        reject,
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

function hasFraming(headers: Headers): boolean {
  return Object.keys(headers).some((name) => /^(?:content-length|transfer-encoding)$/i.test(name));
}
