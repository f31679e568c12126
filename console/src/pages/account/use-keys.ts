/** The account's keys, all pages of them, and what is kept in memory of a key that was just made. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type Api, pathOf } from '../../api/client.ts';
import type { AccessKey } from '../../api/shapes.ts';
import { useAccount, useServices } from '../../services.ts';

interface Page {
  readonly keys: readonly AccessKey[];
  readonly next?: string;
}

async function keysOf(api: Api, account: string, signal?: AbortSignal): Promise<readonly AccessKey[]> {
  const keys: AccessKey[] = [];
  let after: string | undefined;
  do {
    const page: Page = await api.get(pathOf('accounts', account, 'keys'), { query: { after, limit: 1000 }, signal });
    keys.push(...page.keys);
    after = page.next;
  } while (after !== undefined);
  return keys.sort((left, right) => right.createdAt.localeCompare(left.createdAt));
}

export function useKeys() {
  const { api } = useServices();
  const { id } = useAccount();
  return useQuery({ queryKey: ['keys', id], queryFn: ({ signal }) => keysOf(api, id, signal) });
}

/** Reads them again after a change: what the server holds is what is shown. */
export function useKeysChanged(): () => Promise<void> {
  const queries = useQueryClient();
  const { id } = useAccount();
  return () => queries.invalidateQueries({ queryKey: ['keys', id] });
}

/** Whether it signs anything: neither revoked nor past its end. */
export const works = (key: AccessKey, now: number): boolean =>
  key.state === 'active' && (key.expiresAt === undefined || Date.parse(key.expiresAt) > now);
