/** Keys as commands show them: never a secret, sealed or not. */

import { describeScope } from '../admin/scopes.ts';
import { keyProblem } from '../admin/sessions.ts';
import type { Admin } from '../admin/types.ts';
import type { AccessKey, Account } from '../model/entities.ts';
import { columns, time } from './print.ts';

export interface Seen {
  /** Account id → name. */
  readonly names: ReadonlyMap<string, string>;
  /** Access key id → milliseconds of its last use. */
  readonly uses: ReadonlyMap<string, number>;
  readonly now: number;
}

/** What is to be known of keys besides themselves. */
export async function lookAt(
  admin: Admin,
  accounts: readonly Account[],
  keys: readonly AccessKey[],
  now: number,
): Promise<Seen> {
  const uses = await admin.keyUses(keys.map((key) => key.accessKeyId));
  return { names: new Map(accounts.map((one) => [one.id, one.name])), uses, now };
}

/** For JSON. */
export function keyView(key: AccessKey, seen?: Seen) {
  const { sealedSecret: _, expiresAt, ...shown } = key;
  const used = seen?.uses.get(key.accessKeyId);
  return {
    ...shown,
    ...(seen === undefined ? {} : { account: seen.names.get(key.accountId), state: stateOf(key, seen.now) }),
    createdAt: time(key.createdAt),
    ...(expiresAt === undefined ? {} : { expiresAt: time(expiresAt) }),
    ...(used === undefined ? {} : { lastUsedAt: time(used) }),
  };
}

export function keyTable(keys: readonly AccessKey[], seen: Seen): string {
  const rows = keys.map((key) => [
    key.accessKeyId,
    seen.names.get(key.accountId) ?? key.accountId,
    stateOf(key, seen.now),
    key.allowV2 ? 'V2, V4' : 'V4',
    time(key.createdAt),
    key.expiresAt === undefined ? 'never' : time(key.expiresAt),
    lastUse(seen.uses.get(key.accessKeyId)),
    describeScope(key.scope),
    key.label ?? '-',
  ]);
  const heading = ['ACCESS KEY', 'ACCOUNT', 'STATE', 'SIGNATURES', 'CREATED', 'EXPIRES', 'LAST USED', 'MAY', 'LABEL'];
  return columns(heading, rows);
}

/** The facts of one key, for `facts`. */
export function keyFacts(key: AccessKey): readonly (readonly [string, string | undefined])[] {
  return [
    ['label', key.label],
    ['may', key.scope === undefined ? undefined : describeScope(key.scope)],
    ['expires', key.expiresAt === undefined ? undefined : time(key.expiresAt)],
    ['signatures', key.allowV2 ? undefined : 'V4 only'],
  ];
}

const stateOf = (key: AccessKey, now: number): string => keyProblem(key, now) ?? 'active';
const lastUse = (used: number | undefined): string => (used === undefined ? '-' : time(used));
