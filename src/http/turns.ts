/**
 * Requests that were sent behind another one on the same connection (pipelined) wait for their turn.
 *
 * `node:http` hands on all requests of a packet at once and keeps their answers in order, in memory. Run together, a
 * packet of a few kilobytes would open a thousand objects, with a buffer for each. So a request runs when the
 * connection is its own, and few may wait: a client that sends more has no use for answers (SECURITY rule 22).
 */

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export class Turns {
  readonly #most: number;
  readonly #waiting = new WeakMap<Socket, number>();

  /** `most`: requests that may wait on one connection. */
  constructor(most: number) {
    this.#most = most;
  }

  /** True when this answer must wait for those before it. */
  isBehind(response: ServerResponse): boolean {
    // Node gives an answer its socket when the one before it has left.
    return response.socket === null;
  }

  /** Resolves when it is this answer's turn. Cuts a connection on which too many wait; then, and when it ends, never. */
  wait(socket: Socket, response: ServerResponse): Promise<void> {
    const waiting = (this.#waiting.get(socket) ?? 0) + 1;
    this.#waiting.set(socket, waiting);
    if (waiting > this.#most) socket.destroy();
    return new Promise((resolve) => {
      response.once('socket', () => {
        this.#waiting.set(socket, (this.#waiting.get(socket) ?? 1) - 1);
        resolve();
      });
    });
  }
}
