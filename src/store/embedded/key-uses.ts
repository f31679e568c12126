/** When access keys were last used, and by whom: one row per key that ever was, gone with the key (`accounts.ts`). */

import type { KeyClient } from '../../model/entities.ts';
import { RowReader, unseal } from './codec.ts';
import { textKey } from './keys.ts';
import type { Tables } from './tables.ts';
import type { Transaction } from './transaction.ts';

export interface KeyUse {
  readonly at: number;
  readonly client: KeyClient | undefined;
}

/** The first rows told no more than the time. */
export function readKeyUse(row: RowReader): KeyUse {
  const at = row.uint();
  if (row.ended() || row.byte() === 0) return { at, client: undefined };
  const from = row.text();
  const agent = row.byte() === 0 ? undefined : row.text();
  return { at, client: agent === undefined ? { from } : { from, agent } };
}

/** Of those that were ever used. */
export function keyUses(tables: Tables, accessKeyIds: readonly string[]): ReadonlyMap<string, KeyUse> {
  const uses = new Map<string, KeyUse>();
  for (const id of accessKeyIds) {
    const row = tables.keyUses.get(textKey(id));
    if (row !== undefined) uses.set(id, readKeyUse(row));
  }
  return uses;
}

/** The later time stays; a damaged row is replaced. A key that was removed meanwhile leaves nothing. */
export function noteKeyUses(
  transaction: Transaction,
  uses: ReadonlyMap<string, number>,
  clients: ReadonlyMap<string, KeyClient>,
): void {
  for (const [id, at] of uses) {
    const key = textKey(id);
    if (!transaction.tables.keys.has(key)) continue;
    const row = transaction.tables.keyUses.raw(key);
    const payload = row && unseal(key, row);
    const known = payload === undefined ? undefined : readKeyUse(new RowReader(payload));
    if (known !== undefined && known.at >= at) continue;
    const client = clients.get(id) ?? known?.client;
    transaction.put('keyUses', key, (to) => {
      to.uint(at).byte(client === undefined ? 0 : 1);
      if (client === undefined) return;
      to.text(client.from).byte(client.agent === undefined ? 0 : 1);
      if (client.agent !== undefined) to.text(client.agent);
    });
  }
}
