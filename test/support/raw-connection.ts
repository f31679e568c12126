/**
 * HTTP by hand: a socket that sends exactly the bytes it is given and takes apart what comes back. For tests of framing,
 * early answers and closed connections, where a client library would be too polite.
 */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawResponse {
  readonly status: number;
  /** By lower-case name; the last of equal names. Values hold one character per byte. */
  readonly headers: ReadonlyMap<string, string>;
  readonly head: string;
  readonly body: Buffer;
}

export class RawConnection {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  /** Not yet part of `#received`: joined when somebody looks, so that a large body costs no copies. */
  #fresh: Buffer[] = [];
  #freshBytes = 0;
  #ended = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#fresh.push(chunk);
      this.#freshBytes += chunk.length;
      this.#wake();
    });
    const end = () => {
      this.#ended = true;
      this.#wake();
    };
    socket.on('end', end);
    socket.on('close', end);
    socket.on('error', end);
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** The next answer, `100 Continue` included. Rejects when the connection ends before it is whole. */
  async response(options: { readonly toHead?: boolean } = {}): Promise<RawResponse> {
    await this.#until(() => this.unread().includes('\r\n\r\n'));
    const end = this.#received.indexOf('\r\n\r\n');
    const head = this.#received.subarray(0, end).toString('latin1');
    this.#received = this.#received.subarray(end + 4);
    const [statusLine = '', ...lines] = head.split('\r\n');
    const status = Number.parseInt(statusLine.split(' ')[1] ?? '', 10);
    const headers = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
    );
    const bodiless = options.toHead === true || status < 200 || status === 204 || status === 304;
    const length = bodiless ? 0 : Number.parseInt(headers.get('content-length') ?? '0', 10);
    await this.#until(() => this.#received.length + this.#freshBytes >= length);
    const body = this.unread().subarray(0, length);
    this.#received = this.#received.subarray(length);
    return { status, headers, head, body };
  }

  /** Everything that arrived and belongs to no answer yet. */
  unread(): Buffer {
    if (this.#fresh.length > 0) this.#received = Buffer.concat([this.#received, ...this.#fresh]);
    this.#fresh = [];
    this.#freshBytes = 0;
    return this.#received;
  }

  /** Resolves when the other side has ended or reset the connection. */
  async closed(): Promise<void> {
    await this.#until(() => this.#ended, false);
  }

  destroy(): void {
    this.socket.destroy();
  }

  async #until(condition: () => boolean, endIsFailure = true): Promise<void> {
    while (!condition()) {
      if (this.#ended && endIsFailure) throw new Error(`the connection ended: ${this.unread().toString('latin1')}`);
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
