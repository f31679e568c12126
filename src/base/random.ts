/** The only source of randomness. Everything that needs it takes a `Random`; tests pass their own. */

import { randomBytes } from 'node:crypto';

export interface Random {
  /** `count` bytes, unpredictable in production. */
  bytes(count: number): Buffer;
}

export const systemRandom: Random = Object.freeze({ bytes: (count: number) => randomBytes(count) });

/** `length` characters of `alphabet` (at most 256 characters), without modulo bias. */
export function randomText(random: Random, length: number, alphabet: string): string {
  const usable = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of random.bytes(length)) {
      if (byte < usable && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}
