/**
 * Rows of accounts, keys and buckets as bytes: a CRC-32 over the row's own name and the text, then JSON.
 *
 * JSON, because these rows are few, are read by people in trouble, and gain fields with releases: unknown fields are left
 * alone. A row whose checksum or shape is wrong is `Corrupt`.
 */

import { crc32 } from 'node:zlib';
import type { AccessKey, Account, EndedSession, KeyScope, ScopedResource } from '../../../model/entities.ts';
import { Corrupt } from '../../port.ts';
import type { Value } from '../database/types.ts';

const SEAL_BYTES = 4;

/** `name`: what row this is, so that one that was put in another's place is noticed. */
export function seal(name: string, fields: object): Buffer {
  const text = Buffer.from(JSON.stringify(fields));
  const bytes = Buffer.allocUnsafe(SEAL_BYTES + text.length);
  bytes.writeUInt32BE(crc32(text, crc32(name)), 0);
  text.copy(bytes, SEAL_BYTES);
  return bytes;
}

export function unseal(name: string, value: Value | undefined): Fields {
  if (!Buffer.isBuffer(value) || value.length <= SEAL_BYTES) throw new Corrupt(`the row of ${name} holds no record`);
  const text = value.subarray(SEAL_BYTES);
  if (value.readUInt32BE(0) !== crc32(text, crc32(name))) throw new Corrupt(`the checksum of ${name} is wrong`);
  return new Fields(name, JSON.parse(text.toString()));
}

/** Reads the fields of a JSON object; what is not of the type asked for is `Corrupt`. */
export class Fields {
  readonly #name: string;
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(name: string, value: unknown) {
    if (typeof value !== 'object' || value === null) throw new Corrupt(`the record of ${name} is no object`);
    this.#name = name;
    this.#values = new Map(Object.entries(value));
  }

  has(field: string): boolean {
    return this.#values.has(field);
  }

  text(field: string): string {
    const value = this.#values.get(field);
    if (typeof value !== 'string') throw this.#wrong(field);
    return value;
  }

  int(field: string): number {
    const value = this.#values.get(field);
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw this.#wrong(field);
    return value;
  }

  isTrue(field: string): boolean {
    return this.#values.get(field) === true;
  }

  oneOf<T extends string>(field: string, values: readonly T[]): T {
    const value = values.find((one) => one === this.#values.get(field));
    if (value === undefined) throw this.#wrong(field);
    return value;
  }

  object(field: string): Fields {
    return new Fields(`${this.#name}: ${field}`, this.#values.get(field));
  }

  /** As it was written. */
  plain(field: string): object {
    const value = this.#values.get(field);
    if (typeof value !== 'object' || value === null) throw this.#wrong(field);
    return value;
  }

  /** All fields, each a text. */
  texts(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#values.keys()].map((field) => [field, this.text(field)]));
  }

  list(field: string): readonly unknown[] {
    const value = this.#values.get(field);
    if (!Array.isArray(value)) throw this.#wrong(field);
    return value;
  }

  /** Each an object. */
  objects(field: string): readonly Fields[] {
    return this.list(field).map((value) => new Fields(`${this.#name}: ${field}`, value));
  }

  textList(field: string): readonly string[] {
    return this.list(field).map((value) => {
      if (typeof value !== 'string') throw this.#wrong(field);
      return value;
    });
  }

  isText(field: string): boolean {
    return typeof this.#values.get(field) === 'string';
  }

  /** Throws when there are others: where one that is not understood may not be left alone. */
  only(fields: readonly string[]): void {
    const other = [...this.#values.keys()].find((field) => !fields.includes(field));
    if (other !== undefined)
      throw new Corrupt(`the record of ${this.#name} has a field ${other} that is not understood`);
  }

  #wrong(field: string): Corrupt {
    return new Corrupt(`the record of ${this.#name} has no valid field ${field}`);
  }
}

// ----------------------------------------------------------------------------------------------------------- accounts

const ROLES = ['operator', 'tenant'] as const satisfies readonly Account['role'][];
const ACCOUNT_STATES = ['active', 'suspended'] as const satisfies readonly Account['state'][];
const KEY_STATES = ['active', 'revoked'] as const satisfies readonly AccessKey['state'][];

export function accountOf(fields: Fields): Account {
  return Object.freeze({
    id: fields.text('id'),
    name: fields.text('name'),
    ...(fields.has('email') ? { email: fields.text('email') } : {}),
    canonicalId: fields.text('canonicalId'),
    role: fields.oneOf('role', ROLES),
    state: fields.oneOf('state', ACCOUNT_STATES),
    createdAt: fields.int('createdAt'),
    ...(fields.has('passwordHash') ? { passwordHash: fields.text('passwordHash') } : {}),
    ...(fields.has('sessionsFrom') ? { sessionsFrom: fields.int('sessionsFrom') } : {}),
    ...(fields.has('endedSessions') ? { endedSessions: fields.objects('endedSessions').map(endedOf) } : {}),
  });
}

const endedOf = (fields: Fields): EndedSession => ({ id: fields.text('id'), until: fields.int('until') });

export function accessKeyOf(fields: Fields): AccessKey {
  return Object.freeze({
    accessKeyId: fields.text('accessKeyId'),
    accountId: fields.text('accountId'),
    sealedSecret: fields.text('sealedSecret'),
    ...(fields.has('label') ? { label: fields.text('label') } : {}),
    createdAt: fields.int('createdAt'),
    allowV2: fields.isTrue('allowV2'),
    state: fields.oneOf('state', KEY_STATES),
    ...(fields.has('scope') ? { scope: scopeOf(fields.object('scope')) } : {}),
    ...(fields.has('expiresAt') ? { expiresAt: fields.int('expiresAt') } : {}),
  });
}

/** The number of the change that made a key, in its record: another key of the same id has another. Keys of format 1 have none. */
export const birthOf = (fields: Fields): string => (fields.has('born') ? fields.text('born') : '');

const SCOPE_PARTS = ['resources', 'actions', 'networks'] as const satisfies readonly (keyof KeyScope)[];
const RESOURCE_PARTS = ['bucket', 'prefix', 'key', 'versionId'] as const satisfies readonly (keyof ScopedResource)[];

/** A part that this program does not know narrows in a way that it cannot keep: `Corrupt`, and the key lets nothing through. */
function scopeOf(fields: Fields): KeyScope {
  fields.only(SCOPE_PARTS);
  return Object.freeze({
    ...(fields.has('resources') ? { resources: fields.objects('resources').map(resourceOf) } : {}),
    ...(fields.has('actions') ? { actions: actionsOf(fields) } : {}),
    ...(fields.has('networks') ? { networks: fields.textList('networks') } : {}),
  });
}

function resourceOf(fields: Fields) {
  fields.only(RESOURCE_PARTS);
  return {
    bucket: fields.text('bucket'),
    ...(fields.has('prefix') ? { prefix: fields.text('prefix') } : {}),
    ...(fields.has('key') ? { key: fields.text('key') } : {}),
    ...(fields.has('versionId') ? { versionId: fields.text('versionId') } : {}),
  };
}

const actionsOf = (fields: Fields): 'read-only' | readonly string[] =>
  fields.isText('actions') ? fields.oneOf('actions', ['read-only'] as const) : fields.textList('actions');
