/**
 * Sealing: how secrets lie on disk. AES-256-GCM under a key per purpose, derived from one master key by HKDF-SHA-256.
 *
 * Follows NIST SP 800-38D (96-bit random nonce, 128-bit tag) and RFC 5869. The associated data binds purpose, format,
 * master key and context, so that a sealed value moved to another row, or used for another purpose, does not open.
 * Text form: `v1.<key id>.<base64url of nonce, ciphertext, tag>`. The key id names the master key without telling it.
 *
 * Former master keys may be known besides: they open what they sealed, and nothing new is sealed with them. Left out: any
 * choice of algorithm.
 */

import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import type { Random } from './random.ts';
import { Secret } from './secret.ts';

/** What a sealed value is for. Each purpose has a key of its own: one purpose's value is worthless for another. */
export type SealPurpose = 'access-key' | 'session' | 'object-key';

export const MASTER_KEY_BYTES = 32;

const FORMAT = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_BYTES = 8;

export interface Sealer {
  /** Names the master key that seals: 16 hex digits derived from it one way. */
  readonly keyId: string;
  /** Whether it was sealed with that one, not with a former one. Says nothing of whether it opens. */
  isCurrent(sealed: string): boolean;
  /** `context` is what the value belongs to, for example the access key id. */
  seal(purpose: SealPurpose, context: string, secret: Secret): string;
  /** Throws `SealError` unless purpose and context are those it was sealed with, its master key is known, and no bit has changed. */
  unseal(purpose: SealPurpose, context: string, sealed: string): Secret;
}

/** A sealed value that does not open. The text is for the operator and holds nothing secret. */
export class SealError extends Error {
  readonly reason: 'other-master-key' | 'damaged';
  constructor(reason: SealError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

interface MasterKey {
  readonly keyId: string;
  readonly keys: Readonly<Record<SealPurpose, Buffer>>;
}

/** Keys of purposes are derived once, here. */
function masterKeyOf(bytes: Uint8Array): MasterKey {
  if (bytes.length !== MASTER_KEY_BYTES) throw new RangeError(`a master key has ${MASTER_KEY_BYTES} bytes`);
  return {
    keyId: derive(bytes, 'key-id', KEY_ID_BYTES).toString('hex'),
    keys: {
      'access-key': derive(bytes, 'seal/access-key', 32),
      session: derive(bytes, 'seal/session', 32),
      'object-key': derive(bytes, 'seal/object-key', 32),
    },
  };
}

/** Master keys are 32 bytes. `former` ones only open. */
export function createSealer(masterKey: Uint8Array, random: Random, former: readonly Uint8Array[] = []): Sealer {
  const current = masterKeyOf(masterKey);
  const { keyId, keys } = current;
  const known = new Map([...former.map(masterKeyOf), current].map((each) => [each.keyId, each] as const));

  return Object.freeze({
    keyId,
    isCurrent: (sealed: string): boolean => sealed.startsWith(`${FORMAT}.${keyId}.`),
    seal(purpose: SealPurpose, context: string, secret: Secret): string {
      const nonce = random.bytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', keys[purpose], nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(associatedData(purpose, keyId, context));
      const ciphertext = Buffer.concat([cipher.update(secret.reveal(), 'utf8'), cipher.final()]);
      return `${FORMAT}.${keyId}.${Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]).toString('base64url')}`;
    },
    unseal(purpose: SealPurpose, context: string, sealed: string): Secret {
      const { sealedWith, payload } = payloadOf(sealed, keyId, known);
      const nonce = payload.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', sealedWith.keys[purpose], nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(associatedData(purpose, sealedWith.keyId, context));
      decipher.setAuthTag(payload.subarray(payload.length - TAG_BYTES));
      try {
        const opened = decipher.update(payload.subarray(NONCE_BYTES, payload.length - TAG_BYTES));
        return new Secret(Buffer.concat([opened, decipher.final()]).toString('utf8'));
      } catch {
        throw new SealError('damaged', `the sealed ${purpose} of ${context} is damaged or belongs to something else`);
      }
    },
  });
}

function derive(masterKey: Uint8Array, info: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, 'moraine', `moraine/${FORMAT}/${info}`, length));
}

/** Injective: JSON quotes whatever a context may hold. */
function associatedData(purpose: SealPurpose, keyId: string, context: string): Buffer {
  return Buffer.from(JSON.stringify(['moraine-seal', FORMAT, keyId, purpose, context]), 'utf8');
}

interface Sealed {
  readonly sealedWith: MasterKey;
  readonly payload: Buffer;
}

function payloadOf(sealed: string, keyId: string, known: ReadonlyMap<string, MasterKey>): Sealed {
  const [format, name, text, ...rest] = sealed.split('.');
  if (format !== FORMAT || name === undefined || text === undefined || rest.length > 0) {
    throw new SealError('damaged', `a sealed value must look like ${FORMAT}.<key id>.<data>`);
  }
  const sealedWith = known.get(name);
  if (sealedWith === undefined) {
    throw new SealError('other-master-key', `sealed with master key ${name}, but the master key in use is ${keyId}`);
  }
  const payload = Buffer.from(text, 'base64url');
  if (payload.length < NONCE_BYTES + TAG_BYTES || payload.toString('base64url') !== text) {
    throw new SealError('damaged', 'a sealed value is cut short or not base64url');
  }
  return { sealedWith, payload };
}
