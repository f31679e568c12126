/**
 * What a request is about: an account, a key. A tenant's question about somebody else's gets the answer for what is not there,
 * in the same words (SECURITY rules 8 and 9).
 */

import { isShareId } from '../../admin/keys.ts';
import { AdminError } from '../../admin/types.ts';
import type { AccessKey, Account } from '../../model/entities.ts';
import { ApiError } from './errors.ts';
import type { Find } from './route.ts';
import type { Caller } from './types.ts';

/** Nobody's in particular. */
export const everybody: Find<undefined, unknown> = async () => ({ about: undefined, it: undefined });

/** Whoever asks. */
export const oneself: Find<Account, unknown> = async ({ caller }) => {
  const { account } = caller.holder;
  return { about: account.id, it: account };
};

/** `{account}`: name or id. */
export const accountInPath: Find<Account, unknown> = async ({ caller, parameters }, { admin }) => {
  const wanted = parameters.get('account') ?? '';
  const missing = () => notFound('account', wanted);
  const { account: own } = caller.holder;
  if (isOperator(caller)) {
    const account = await admin.account(wanted).catch(translated(missing));
    return { about: account.id, it: account };
  }
  if (wanted !== own.id && wanted !== own.name) throw missing();
  return { about: own.id, it: own };
};

/** `{accessKeyId}` */
export const keyInPath: Find<AccessKey, unknown> = async ({ caller, parameters }, { admin }) => {
  const wanted = parameters.get('accessKeyId') ?? '';
  const missing = () => notFound('access key', wanted);
  // A link's key is nobody's to use: what there is of it is told by the links.
  if (isShareId(wanted)) throw missing();
  const key = await admin.key(wanted).catch(translated(missing));
  if (!isOperator(caller) && key.accountId !== caller.holder.account.id) throw missing();
  return { about: key.accountId, it: key };
};

export const isOperator = ({ holder }: Caller): boolean => holder.account.role === 'operator';

export const notFound = (what: string, name: string): ApiError =>
  new ApiError('NotFound', `There is no ${what} ${JSON.stringify(name)}, or it is not yours to see.`);

const translated =
  (missing: () => ApiError) =>
  (error: unknown): never => {
    throw error instanceof AdminError && error.reason === 'missing' ? missing() : error;
  };
