/**
 * How records become bytes: numbers in little-endian base 128, tags and UUIDs at their full width, text as UTF-8 with its
 * length, lower-case hex packed to half, and text that occurred before in the same record as a reference to it (canonical
 * ids occur three times in most). The same record is always the same bytes: effects are stored more than once.
 */

import { strict as assert } from 'node:assert';
import { Corrupt } from '../../port.ts';
import type { Uuid } from '../database/types.ts';
import type { Tag } from '../types.ts';

const HEX = /^(?:[0-9a-f]{2}){8,}$/;
/** Shorter text is not worth remembering, and so many are remembered at most: looking them up is linear. */
const REPEAT_MIN = 8;
const REPEAT_TEXTS = 16;
const FIRST_BYTES = 1024;
const UUID_BYTES = 16;

export class RecordWriter {
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;
  readonly #texts: string[] = [];

  byte(value: number): this {
    this.#need(1);
    this.#at = this.#buffer.writeUInt8(value, this.#at);
    return this;
  }

  uint(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0, 'a number that a record can hold');
    this.#need(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#at++] = rest;
    return this;
  }

  time(value: bigint): this {
    this.#need(8);
    this.#at = this.#buffer.writeBigUInt64BE(value, this.#at);
    return this;
  }

  tag({ time, count }: Tag): this {
    return this.time(time).uint(count);
  }

  uuid(value: Uuid): this {
    return this.raw(uuidBytes(value));
  }

  text(value: string): this {
    if (value.length >= REPEAT_MIN) {
      const index = this.#texts.indexOf(value);
      if (index >= 0) return this.uint(index * 4 + 2);
      if (this.#texts.length < REPEAT_TEXTS) this.#texts.push(value);
    }
    const hex = HEX.test(value);
    const bytes = Buffer.from(value, hex ? 'hex' : 'utf8');
    return this.uint(bytes.length * 4 + (hex ? 1 : 0)).raw(bytes);
  }

  /** Bytes with their length. */
  bytes(value: Uint8Array): this {
    return this.uint(value.length).raw(value);
  }

  raw(value: Uint8Array): this {
    this.#need(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  /** What was written. */
  take(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  #need(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

/** Throws `Corrupt` where bytes are missing or too many. */
export class RecordReader {
  readonly #bytes: Buffer;
  #at = 0;
  readonly #texts: string[] = [];

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw new Corrupt('a record ends too early');
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

  time(): bigint {
    return this.raw(8).readBigUInt64BE();
  }

  tag(): Tag {
    return { time: this.time(), count: this.uint() };
  }

  uuid(): Uuid {
    return uuidText(this.raw(UUID_BYTES));
  }

  text(): string {
    const head = this.uint();
    const size = Math.floor(head / 4);
    if (head % 4 === 2) return this.#repeated(size);
    const value = this.raw(size).toString(head % 4 === 1 ? 'hex' : 'utf8');
    if (value.length >= REPEAT_MIN && this.#texts.length < REPEAT_TEXTS) this.#texts.push(value);
    return value;
  }

  /** Bytes with their length, as a view. */
  bytes(): Buffer {
    return this.raw(this.uint());
  }

  raw(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new Corrupt('a record ends too early');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new Corrupt('a record is longer than what it holds');
  }

  #repeated(index: number): string {
    const value = this.#texts[index];
    if (value === undefined) throw new Corrupt('a record refers to text that is not in it');
    return value;
  }
}

export function uuidBytes(value: Uuid): Buffer {
  const bytes = Buffer.from(value.replaceAll('-', ''), 'hex');
  assert.equal(bytes.length, UUID_BYTES, 'a UUID has 16 bytes');
  return bytes;
}

export function uuidText(bytes: Buffer): Uuid {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
