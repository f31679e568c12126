/** Accounts as those who ask S3 for something, for questions that no request asked. */

import type { Account } from '../../model/entities.ts';
import type { Caller } from '../../ops/types.ts';
import type { ApiServices } from './types.ts';

/** With a key that has no scope. */
export function wholeAccount(account: Account, { clock }: Pick<ApiServices, 'clock'>): Caller {
  const now = clock.now();
  const key = {
    accessKeyId: '',
    accountId: account.id,
    sealedSecret: '',
    createdAt: now,
    allowV2: true,
    state: 'active',
  } as const;
  return { kind: 'account', account, key, scopes: [], signature: 'v4', place: 'header', signedAt: now };
}
