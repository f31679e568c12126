/**
 * The requests of the bench as bytes, signed (V4) before the clock starts. The signature's date holds for a quarter of an
 * hour, far longer than a round.
 */

import { createHash, createHmac } from 'node:crypto';

export interface Access {
  readonly port: number;
  /** Undefined: nothing is signed (nginx). */
  readonly credentials: { readonly accessKey: string; readonly secretKey: string } | undefined;
}

export interface Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST';
  /** Path without query; its characters need no encoding. */
  readonly path: string;
  /** As V4 wants it: encoded and sorted. */
  readonly query?: string;
  /** Bytes and SHA-256 (hexadecimal, or `UNSIGNED-PAYLOAD`) of the body. */
  readonly body?: { readonly length: number; readonly sha256: string };
}

const NOTHING = createHash('sha256').digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** Makes request heads for one server. */
export class Requests {
  readonly #access: Access;
  readonly #host: string;
  readonly #stamp: string;
  readonly #scope: string;
  readonly #key: Buffer;

  constructor(access: Access, now: Date) {
    this.#access = access;
    this.#host = `127.0.0.1:${access.port}`;
    this.#stamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
    const day = this.#stamp.slice(0, 8);
    this.#scope = `${day}/us-east-1/s3/aws4_request`;
    const secret = access.credentials?.secretKey ?? '';
    this.#key = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), 'us-east-1'), 's3'), 'aws4_request');
  }

  head(request: Request): Buffer {
    const { method, path, query = '', body } = request;
    const target = query === '' ? path : `${path}?${query}`;
    const length = body === undefined ? '' : `content-length: ${body.length}\r\n`;
    const lines = `${method} ${target} HTTP/1.1\r\nhost: ${this.#host}\r\n${length}${this.#signature(request)}\r\n`;
    return Buffer.from(lines);
  }

  #signature({ method, path, query = '', body }: Request): string {
    if (this.#access.credentials === undefined) return '';
    const payload = body?.sha256 ?? NOTHING;
    const names = 'host;x-amz-content-sha256;x-amz-date';
    const headers = `host:${this.#host}\nx-amz-content-sha256:${payload}\nx-amz-date:${this.#stamp}\n`;
    const canonical = [method, path, query, headers, names, payload].join('\n');
    const digest = createHash('sha256').update(canonical).digest('hex');
    const toSign = ['AWS4-HMAC-SHA256', this.#stamp, this.#scope, digest].join('\n');
    const signature = hmac(this.#key, toSign).toString('hex');
    const credential = `${this.#access.credentials.accessKey}/${this.#scope}`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
    return `x-amz-content-sha256: ${payload}\r\nx-amz-date: ${this.#stamp}\r\nauthorization: ${authorization}\r\n`;
  }
}
