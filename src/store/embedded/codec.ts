/**
 * How a row becomes bytes: a CRC-32 over its key and its payload, then the payload.
 *
 * Numbers are little-endian base 128, times and sizes included; text is UTF-8 with its length, lower-case hex packed to
 * half, and text that occurred before in the same row a reference to it (canonical ids occur three times in most rows).
 */

import { strict as assert } from 'node:assert';
import { crc32 } from 'node:zlib';
import { Corrupt } from '../port.ts';

const HEX = /^(?:[0-9a-f]{2}){8,}$/;
/** Shorter text is not worth remembering, and so many are remembered at most: looking them up is linear. */
const REPEAT_MIN = 8;
const REPEAT_TEXTS = 16;
const SEAL_BYTES = 4;

export class RowWriter {
  #buffer = Buffer.allocUnsafe(4096);
  #at = SEAL_BYTES;
  #texts: string[] = [];

  /** Begins a row; what was written before is forgotten. */
  start(): this {
    this.#at = SEAL_BYTES;
    this.#texts = [];
    return this;
  }

  byte(value: number): this {
    this.#need(1);
    this.#buffer[this.#at++] = value;
    return this;
  }

  uint(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0, 'a number that a row can hold');
    this.#need(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#at++] = rest;
    return this;
  }

  text(value: string): this {
    if (value.length >= REPEAT_MIN) {
      const index = this.#texts.indexOf(value);
      if (index >= 0) return this.uint(index * 4 + 2);
      if (this.#texts.length < REPEAT_TEXTS) this.#texts.push(value);
    }
    if (HEX.test(value)) {
      this.uint((value.length / 2) * 4 + 1);
      this.#need(value.length / 2);
      this.#at += this.#buffer.write(value, this.#at, 'hex');
      return this;
    }
    const length = Buffer.byteLength(value);
    this.uint(length * 4);
    this.#need(length);
    this.#at += this.#buffer.write(value, this.#at, length);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#need(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  /** The finished row, sealed for this key. Valid until the next `start`. */
  seal(key: Buffer): Buffer {
    this.#buffer.writeUInt32BE(crc32(this.#buffer.subarray(SEAL_BYTES, this.#at), crc32(key)), 0);
    return this.#buffer.subarray(0, this.#at);
  }

  #need(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

/** The payload of a row, or `undefined` when its checksum does not hold. */
export function unseal(key: Buffer, row: Buffer): Buffer | undefined {
  if (row.length < SEAL_BYTES) return undefined;
  const payload = row.subarray(SEAL_BYTES);
  return row.readUInt32BE(0) === crc32(payload, crc32(key)) ? payload : undefined;
}

export class RowReader {
  readonly #bytes: Buffer;
  #at = 0;
  readonly #texts: string[] = [];

  constructor(payload: Buffer) {
    this.#bytes = payload;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw new Corrupt('a row ends too early');
    return value;
  }

  uint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  text(): string {
    const head = this.uint();
    const size = Math.floor(head / 4);
    if (head % 4 === 2) return this.#repeated(size);
    const end = this.#at + size;
    if (end > this.#bytes.length) throw new Corrupt('a row ends too early');
    const value =
      head % 4 === 1 ? this.#bytes.toString('hex', this.#at, end) : this.#bytes.toString('utf8', this.#at, end);
    this.#at = end;
    if (value.length >= REPEAT_MIN && this.#texts.length < REPEAT_TEXTS) this.#texts.push(value);
    return value;
  }

  /** All that is left, as a view: copy it before the next row is read. */
  rest(): Buffer {
    const rest = this.#bytes.subarray(this.#at);
    this.#at = this.#bytes.length;
    return rest;
  }

  /** The next `count` bytes, as a view. */
  bytes(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new Corrupt('a row ends too early');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  ended(): boolean {
    return this.#at === this.#bytes.length;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new Corrupt('a row is longer than what it holds');
  }

  #repeated(index: number): string {
    const value = this.#texts[index];
    if (value === undefined) throw new Corrupt('a row refers to text that is not in it');
    return value;
  }
}
