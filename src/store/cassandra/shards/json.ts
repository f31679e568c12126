/** Reads the small JSON documents of shards and jobs, field by field: what does not fit is `Corrupt`, never `undefined`. */

import { Corrupt } from '../../port.ts';

/** Throws `Corrupt`. */
export function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new Corrupt('the state of a shard, or a job, is no JSON');
  }
}

function fieldOf(json: unknown, name: string): unknown {
  if (typeof json !== 'object' || json === null) throw new Corrupt(`no document, where ${name} should be read`);
  return Reflect.get(json, name);
}

/** `otherwise`: when there is none. */
export function textOf(json: unknown, name: string, otherwise?: string): string {
  const value = fieldOf(json, name) ?? otherwise;
  if (typeof value !== 'string') throw new Corrupt(`${name} is no text`);
  return value;
}

export function numberOf(json: unknown, name: string): number {
  const value = fieldOf(json, name);
  if (typeof value !== 'number') throw new Corrupt(`${name} is no number`);
  return value;
}

/** As decimal text, because JSON's numbers end at 2^53. */
export function bigintOf(json: unknown, name: string): bigint {
  const value = textOf(json, name);
  if (!/^[0-9]{1,19}$/.test(value)) throw new Corrupt(`${name} is no number`);
  return BigInt(value);
}

/** A key in base64, or null. */
export function keyOf(json: unknown, name: string): Buffer | undefined {
  const value = fieldOf(json, name);
  return value === null ? undefined : Buffer.from(textOf(json, name), 'base64');
}

export function listOf(json: unknown, name: string): readonly unknown[] {
  const value = fieldOf(json, name);
  if (!Array.isArray(value)) throw new Corrupt(`${name} is no list`);
  return value;
}

export function isOneOf<T extends string>(values: readonly T[], value: string): T {
  const found = values.find((one) => one === value);
  if (found === undefined) throw new Corrupt(`${value} is none of ${values.join(', ')}`);
  return found;
}
