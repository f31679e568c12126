/** When access keys were last used: one row per key that ever was, gone with the key (`accounts.ts`). */

import { RowReader, unseal } from './codec.ts';
import { textKey } from './keys.ts';
import type { Tables } from './tables.ts';
import type { Transaction } from './transaction.ts';

export const readKeyUse = (row: RowReader): number => row.uint();

export function keyUses(tables: Tables, accessKeyIds: readonly string[]): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  for (const id of accessKeyIds) {
    const row = tables.keyUses.get(textKey(id));
    if (row !== undefined) uses.set(id, readKeyUse(row));
  }
  return uses;
}

/** The later time stays; a damaged row is replaced. A key that was removed meanwhile leaves nothing. */
export function noteKeyUses(transaction: Transaction, uses: ReadonlyMap<string, number>): void {
  for (const [id, at] of uses) {
    const key = textKey(id);
    if (!transaction.tables.keys.has(key)) continue;
    const row = transaction.tables.keyUses.raw(key);
    const known = row && unseal(key, row);
    if (known === undefined || readKeyUse(new RowReader(known)) < at)
      transaction.put('keyUses', key, (to) => to.uint(at));
  }
}
