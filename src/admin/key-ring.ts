/**
 * The local key ring: a file of keys that aws:kms can name, mode 0600, one on a line: id, then 32 bytes as base64. The first is
 * the default. Of several lines with one id the first seals; the others open what they sealed before (`rewrap.ts`).
 *
 * Left out: permissions on single keys, and keys kept in a key management service.
 */

import type { Limits } from '../base/limits.ts';
import type { Random } from '../base/random.ts';
import { createSealer, MASTER_KEY_BYTES } from '../base/seal.ts';
import { type KeyRing, keyBox } from '../model/object-keys.ts';
import { MasterKeyError, readPrivate } from './masterkey.ts';

/** Undefined: no ring. Throws `MasterKeyError` for a file that cannot be used. */
export async function openKeyRing(
  path: string | undefined,
  { random, limits }: { readonly random: Random; readonly limits: Pick<Limits, 'keyRingBytes'> },
): Promise<KeyRing> {
  if (path === undefined) return new Map();
  const what = `the key ring ${path}`;
  const bytes = await readPrivate(path, what);
  if (bytes === undefined) throw new MasterKeyError(`${what} is missing: put it back, or take out encryption.key-ring`);
  if (bytes.length > limits.keyRingBytes) {
    throw new MasterKeyError(`${what} has ${bytes.length} bytes, more than ${limits.keyRingBytes}`);
  }
  const keys = new Map<string, Buffer[]>();
  for (const [index, line] of bytes.toString('utf8').split('\n').entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const { id, key } = parseLine(text, `line ${index + 1} of ${what}`);
    keys.set(id, [...(keys.get(id) ?? []), key]);
  }
  if (keys.size === 0) throw new MasterKeyError(`${what} holds no key: write lines of an id and 32 bytes as base64`);
  return new Map(
    [...keys].map(([id, [newest, ...former]]) => [id, keyBox(createSealer(need(newest), random, former))]),
  );
}

const ID = /^[A-Za-z0-9][A-Za-z0-9/_.-]{0,127}$/;

/** Never repeats the line: it holds a key. */
function parseLine(line: string, where: string): { readonly id: string; readonly key: Buffer } {
  const [id = '', text = '', ...rest] = line.split(/\s+/);
  const key = Buffer.from(text, 'base64');
  if (rest.length === 0 && ID.test(id) && key.length === MASTER_KEY_BYTES && key.toString('base64') === text) {
    return { id, key };
  }
  throw new MasterKeyError(
    `${where} must be an id (letters, digits, / _ . -) and ${MASTER_KEY_BYTES} bytes as base64, for example made by: echo "my-key $(head -c 32 /dev/urandom | base64)"`,
  );
}

function need(key: Buffer | undefined): Buffer {
  if (key === undefined) throw new Error('an id of the key ring has a key');
  return key;
}
