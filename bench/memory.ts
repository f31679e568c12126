/**
 * `npm run bench:memory`: the server's memory while many clients upload at the same time, with objects of two sizes. Buffers
 * bound it and not sizes: the peak with large objects is that with small ones.
 *
 *   npm run bench:memory -- --clients 50 --mib 16     fewer clients, smaller objects (default: 200 clients, 64 MiB)
 *
 * The clients take turns in how they upload: PutObject of a plain body, a multipart upload of 8 MiB parts, PutObject in signed
 * chunks, PutObject in unsigned chunks with a CRC-32 behind them. Needs clients × MiB of disk for a while.
 */

import { createHash, createHmac, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { argv, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { crc32 } from 'node:zlib';
import { type Headers, seedV4 } from '../test/support/signer.ts';
import { memory, resetPeak } from './meter.ts';
import { type Access, type Request, Requests } from './requests.ts';
import { startMoraine, type Target } from './targets.ts';

const MIB = 1024 * 1024;
const PART_BYTES = 8 * MIB;
const PIECE = randomBytes(256 * 1024);
const UNSIGNED = 'UNSIGNED-PAYLOAD';
const BUCKET = '/memory';
/** A size that says what the clients cost by themselves. */
const SMALL_SHARE = 4;

interface Answer {
  readonly text: string;
}

/** One connection, one request after another: as many clients are, and no buffers of ours beyond the socket's. */
class Client implements Disposable {
  readonly #socket: Socket;
  readonly #requests: Requests;
  #received = '';
  #wake: () => void = () => {};

  constructor({ port }: Access, requests: Requests) {
    this.#requests = requests;
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true).setEncoding('latin1');
    this.#socket.on('error', () => {});
    this.#socket.on('data', (text: string) => {
      this.#received += text;
    });
    for (const event of ['data', 'drain', 'close']) this.#socket.on(event, () => this.#wake());
  }

  /** Sends as many bytes as the request says, or `body`. */
  send(request: Request, body?: Uint8Array): Promise<Answer> {
    const head = this.#requests.head(request);
    return this.sendAs(head, body === undefined ? piecesOf(request.body?.length ?? 0) : [body]);
  }

  async sendAs(head: Uint8Array, body: Iterable<Uint8Array>): Promise<Answer> {
    this.#received = '';
    this.#socket.write(head);
    for (const bytes of body) {
      this.#socket.write(bytes);
      while (this.#socket.writableNeedDrain) await this.#event();
    }
    return this.#answer();
  }

  /** Resolves when something happened on the connection. Throws when it has ended. */
  async #event(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    if (!this.#socket.destroyed) await promise;
    if (this.#socket.destroyed) throw new Error(`the server ended the connection: ${this.#received}`);
  }

  /** Answers here are short and have a Content-Length, or nothing behind their head. */
  async #answer(): Promise<Answer> {
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n');
      const [head, text] = [this.#received.slice(0, end), this.#received.slice(end + 4)];
      if (end >= 0 && text.length >= Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)) {
        if (!head.startsWith('HTTP/1.1 200')) throw new Error(`an upload was refused: ${this.#received}`);
        return { text };
      }
      await this.#event();
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

function* piecesOf(bytes: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes; at += PIECE.length) yield PIECE.subarray(0, Math.min(PIECE.length, bytes - at));
}

async function put(client: Client, path: string, bytes: number): Promise<void> {
  await client.send({ method: 'PUT', path, body: { length: bytes, sha256: UNSIGNED } });
}

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

async function multipart(client: Client, path: string, bytes: number): Promise<void> {
  const nothing = { length: 0, sha256: sha256('') };
  const { text } = await client.send({ method: 'POST', path, query: 'uploads=', body: nothing });
  const uploadId = /<UploadId>([^<]+)</.exec(text)?.[1] ?? '';
  for (let at = 0; at < bytes; at += PART_BYTES) {
    const length = Math.min(PART_BYTES, bytes - at);
    const query = `partNumber=${at / PART_BYTES + 1}&uploadId=${uploadId}`;
    await client.send({ method: 'PUT', path, query, body: { length, sha256: UNSIGNED } });
  }
  const parts = await listed(client, path, uploadId);
  const body = Buffer.from(
    `<CompleteMultipartUpload>${parts.map((etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`).join('')}</CompleteMultipartUpload>`,
  );
  const request = { length: body.length, sha256: sha256(body.toString()) };
  await client.send({ method: 'POST', path, query: `uploadId=${uploadId}`, body: request }, body);
}

async function listed(client: Client, path: string, uploadId: string): Promise<readonly string[]> {
  const { text } = await client.send({ method: 'GET', path, query: `uploadId=${uploadId}` });
  return [...text.matchAll(/<ETag>&quot;([0-9a-f]{32})&quot;<\/ETag>/g)].map(([, etag = '']) => etag);
}

// ------------------------------------------------------------------------------------------------------- aws-chunked

interface Framing {
  /** What `x-amz-content-sha256` says. */
  readonly payload: string;
  readonly headers: Headers;
  /** All of it, framed; the same number of bytes whatever the signature. */
  body(seed: ReturnType<typeof seedV4>['seed']): Iterable<Uint8Array>;
}

async function putFramed(client: Client, { port, credentials }: Access, path: string, framing: Framing): Promise<void> {
  const { accessKey: accessKeyId = '', secretKey: secretAccessKey = '' } = credentials ?? {};
  const { payload } = framing;
  const headers = { host: `127.0.0.1:${port}`, 'content-encoding': 'aws-chunked', ...framing.headers };
  const target = { credentials: { accessKeyId, secretAccessKey }, method: 'PUT', target: path };
  const { headers: signed, seed } = seedV4({ ...target, headers }, payload);
  let length = 0;
  for (const bytes of framing.body(seed)) length += bytes.length;
  const lines = Object.entries({ ...signed, 'content-length': String(length) }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  await client.sendAs(Buffer.from(`PUT ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`), framing.body(seed));
}

const PIECE_SHA256 = sha256(PIECE);

const signedChunks = (bytes: number): Framing => ({
  payload: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  headers: { 'x-amz-decoded-content-length': String(bytes) },
  *body({ key, timestamp, scope, signature }) {
    let previous = signature;
    for (const piece of [...piecesOf(bytes), new Uint8Array()]) {
      const hash = piece.length === PIECE.length ? PIECE_SHA256 : sha256(piece);
      const lines = ['AWS4-HMAC-SHA256-PAYLOAD', timestamp, scope, previous, sha256(''), hash];
      previous = createHmac('sha256', key).update(lines.join('\n')).digest('hex');
      yield Buffer.from(`${piece.length.toString(16)};chunk-signature=${previous}\r\n`);
      if (piece.length > 0) yield piece;
      yield Buffer.from('\r\n');
    }
  },
});

const trailingCrc = (bytes: number): Framing => ({
  payload: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  headers: { 'x-amz-decoded-content-length': String(bytes), 'x-amz-trailer': 'x-amz-checksum-crc32' },
  *body() {
    let crc = 0;
    for (const piece of piecesOf(bytes)) {
      crc = crc32(piece, crc);
      yield Buffer.from(`${piece.length.toString(16)}\r\n`);
      yield piece;
      yield Buffer.from('\r\n');
    }
    const value = Buffer.alloc(4);
    value.writeUInt32BE(crc);
    yield Buffer.from(`0\r\nx-amz-checksum-crc32:${value.toString('base64')}\r\n\r\n`);
  },
});

/** The ways to upload, in which the clients take turns. */
const WAYS: readonly ((client: Client, access: Access, path: string, bytes: number) => Promise<void>)[] = [
  (client, _, path, bytes) => put(client, path, bytes),
  (client, _, path, bytes) => multipart(client, path, bytes),
  (client, access, path, bytes) => putFramed(client, access, path, signedChunks(bytes)),
  (client, access, path, bytes) => putFramed(client, access, path, trailingCrc(bytes)),
];

/** Uploads by all clients at once. Resolves to the peak of the server's memory, in MiB. */
async function upload(target: Target, clients: number, bytes: number): Promise<number> {
  await resetPeak(target.pid);
  const requests = new Requests(target.access, new Date());
  await Promise.all(
    Array.from({ length: clients }, async (_, index) => {
      using client = new Client(target.access, requests);
      await WAYS[index % WAYS.length]?.(client, target.access, `${BUCKET}/${index}`, bytes);
    }),
  );
  return (await memory(target.pid)).peak;
}

function print(line: string): void {
  stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: argv.slice(2),
    options: { clients: { type: 'string', default: '200' }, mib: { type: 'string', default: '64' } },
  });
  const [clients, large] = [Number(values.clients), Number(values.mib) * MIB];
  const small = Math.max(MIB, Math.floor(large / SMALL_SHARE));
  await using target = await startMoraine(undefined);
  const requests = new Requests(target.access, new Date());
  using client = new Client(target.access, requests);
  await client.send({ method: 'PUT', path: BUCKET, body: { length: 0, sha256: sha256('') } });
  const idle = (await memory(target.pid)).now;
  print(`| ${clients} clients upload at once | peak resident memory of all processes | above idle, per client |`);
  print('| --- | ---: | ---: |');
  const peaks: number[] = [];
  for (const bytes of [small, small, large]) {
    const peak = await upload(target, clients, bytes);
    peaks.push(peak);
    const each = (peak - idle) / clients;
    print(`| ${bytes / MIB} MiB each | ${peak.toFixed(0)} MiB | ${each.toFixed(2)} MiB |`);
  }
  const [, before = 1, after = 0] = peaks;
  print(
    `\nIdle: ${idle.toFixed(0)} MiB. Peak with ${large / MIB} MiB objects ÷ with ${small / MIB} MiB objects: ${(after / before).toFixed(2)}.`,
  );
}

await main();
