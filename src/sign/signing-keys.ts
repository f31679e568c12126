/**
 * Derived V4 signing keys, kept: four HMACs saved on all but a key's first request of the day.
 *
 * Bounded, least recently used goes first. An entry belongs to a digest of the secret, so that a rotated secret never
 * meets an old key. Only scopes that passed the checks of date and region get here: strangers cannot fill it.
 */

import { hash } from 'node:crypto';
import type { Secret } from '../base/secret.ts';
import { deriveSigningKey, type Scope, scopeText } from './v4.ts';

export class SigningKeys {
  readonly #keys = new Map<string, Buffer>();
  readonly #capacity: number;

  /** `capacity`: entries. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(accessKeyId: string, secret: Secret, scope: Scope): Buffer {
    // No part but the first can hold a line feed, and the digest has a fixed length: the name is injective.
    const name = `${hash('sha256', secret.reveal(), 'base64')}\n${scopeText(scope)}\n${accessKeyId}`;
    const known = this.#keys.get(name);
    if (known !== undefined) {
      this.#keys.delete(name);
      this.#keys.set(name, known);
      return known;
    }
    const key = deriveSigningKey(secret, scope);
    if (this.#keys.size >= this.#capacity) this.#forgetOldest();
    this.#keys.set(name, key);
    return key;
  }

  get size(): number {
    return this.#keys.size;
  }

  #forgetOldest(): void {
    for (const oldest of this.#keys.keys()) {
      this.#keys.delete(oldest);
      return;
    }
  }
}
