/**
 * Secrets of keys, unsealed once per process instead of once per request.
 *
 * Cached by the sealed text itself, which belongs to one key and changes with it: a revoked or replaced key is found out
 * by its row, which every request reads, and never by this cache. Bounded; the oldest entry makes room.
 */

import type { Sealer } from '../base/seal.ts';
import type { Secret } from '../base/secret.ts';
import type { AccessKey } from '../model/entities.ts';

/** Throws `SealError`. `limit` is a count of keys. */
export function createUnsealer(sealer: Sealer, limit: number): (key: AccessKey) => Secret {
  const cache = new Map<string, { readonly accessKeyId: string; readonly secret: Secret }>();
  return ({ accessKeyId, sealedSecret }) => {
    const known = cache.get(sealedSecret);
    if (known?.accessKeyId === accessKeyId) return known.secret;
    const secret = sealer.unseal('access-key', accessKeyId, sealedSecret);
    const oldest = cache.size < limit ? undefined : cache.keys().next().value;
    if (oldest !== undefined) cache.delete(oldest);
    cache.set(sealedSecret, { accessKeyId, secret });
    return secret;
  };
}
