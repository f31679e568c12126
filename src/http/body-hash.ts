/** A hash over a body that mostly comes in one piece: then it is taken in one call, without a hash object. */

import type { ChecksumAlgorithm, Checksums, Hasher } from '../base/checksum.ts';

export class BodyHash {
  readonly #checksums: Checksums;
  readonly #algorithm: ChecksumAlgorithm;
  #first: Uint8Array | undefined;
  #running: Hasher | undefined;
  #digest: Buffer | undefined;

  constructor(checksums: Checksums, algorithm: ChecksumAlgorithm) {
    this.#checksums = checksums;
    this.#algorithm = algorithm;
  }

  update(bytes: Uint8Array): void {
    if (this.#running !== undefined) {
      this.#running.update(bytes);
    } else if (this.#first === undefined) {
      this.#first = bytes;
    } else {
      this.#running = this.#checksums.hasher(this.#algorithm);
      this.#running.update(this.#first);
      this.#running.update(bytes);
    }
  }

  /** May be asked again; nothing may be added afterwards. */
  digest(): Buffer {
    this.#digest ??= this.#running?.digest() ?? this.#checksums.of(this.#algorithm, this.#first ?? new Uint8Array());
    return this.#digest;
  }
}
