/** A secret as a value: it compares and reveals itself on purpose only, and prints as redacted everywhere else. */

import { timingSafeEqual } from 'node:crypto';

const REDACTED = '[redacted]';

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The plain text. Every call site is a place where it could leak: keep the result in a local, never in a message. */
  reveal(): string {
    return this.#value;
  }

  /** In constant time, but for the length. */
  equals(other: Secret): boolean {
    const [mine, theirs] = [Buffer.from(this.#value, 'utf8'), Buffer.from(other.#value, 'utf8')];
    return mine.length === theirs.length && timingSafeEqual(mine, theirs);
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}
