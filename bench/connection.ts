/**
 * One keep-alive HTTP/1.1 connection that sends requests made beforehand, as bytes, and reads just enough of the answers
 * to know where they end. A client library would cost more than the servers that are measured.
 *
 * Left out: everything a benchmark against a well-behaved server doesn't need.
 */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly bytes: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');

/** Where in an answer the reader is. `left` are bytes of the body, or of the current chunk with its line end. */
type State =
  | { readonly at: 'head' }
  | { readonly at: 'body'; left: number }
  | { readonly at: 'chunk head' }
  | { readonly at: 'chunk'; left: number; readonly last: boolean };

export class Connection {
  readonly #socket: Socket;
  #state: State = { at: 'head' };
  #pending = Buffer.alloc(0);
  #status = 0;
  #bytes = 0;
  #isHead = false;
  #settle: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (data: Buffer) => this.#read(data));
    socket.on('error', (error) => this.#settle?.reject(error));
    socket.on('close', () => this.#settle?.reject(new Error('the server closed the connection')));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Connection(socket);
  }

  /** Sends one request and waits for its whole answer. Not to be called again before. */
  send(head: Buffer, body?: Buffer): Promise<Answer> {
    this.#isHead = head[0] === 0x48; // HEAD
    this.#bytes = 0;
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      if (body === undefined) this.#socket.write(head);
      else if (body.length <= 65_536) this.#socket.write(Buffer.concat([head, body]));
      else {
        this.#socket.write(head);
        this.#socket.write(body);
      }
    });
  }

  close(): void {
    this.#settle = undefined;
    this.#socket.destroy();
  }

  #read(data: Buffer): void {
    let rest = this.#pending.length > 0 ? Buffer.concat([this.#pending, data]) : data;
    this.#pending = Buffer.alloc(0);
    while (rest.length > 0) {
      const used = this.#step(rest);
      if (used === 0) {
        this.#pending = Buffer.from(rest);
        return;
      }
      rest = rest.subarray(used);
    }
  }

  /** Takes what it can of `data` in the present state; 0 means that more is needed. */
  #step(data: Buffer): number {
    const state = this.#state;
    if (state.at === 'head') return this.#readHead(data);
    if (state.at === 'chunk head') return this.#readChunkHead(data);
    const taken = Math.min(state.left, data.length);
    state.left -= taken;
    this.#bytes += taken;
    if (state.left === 0) {
      if (state.at === 'chunk' && !state.last) this.#state = { at: 'chunk head' };
      else this.#finish();
    }
    return taken;
  }

  #readHead(data: Buffer): number {
    const end = data.indexOf(HEAD_END);
    if (end < 0) return 0;
    const head = data.toString('latin1', 0, end).toLowerCase();
    this.#status = Number(head.slice(9, 12));
    const length = Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0);
    if (this.#status === 100) this.#state = { at: 'head' };
    else if (this.#isHead) this.#finish();
    else if (head.includes('\r\ntransfer-encoding: chunked')) this.#state = { at: 'chunk head' };
    else if (length > 0) this.#state = { at: 'body', left: length };
    else this.#finish();
    return end + HEAD_END.length;
  }

  #readChunkHead(data: Buffer): number {
    const end = data.indexOf(LINE_END);
    if (end < 0) return 0;
    const size = Number.parseInt(data.toString('latin1', 0, end), 16);
    this.#state = { at: 'chunk', left: size + LINE_END.length, last: size === 0 };
    return end + LINE_END.length;
  }

  #finish(): void {
    this.#state = { at: 'head' };
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.resolve({ status: this.#status, bytes: this.#bytes });
  }
}
