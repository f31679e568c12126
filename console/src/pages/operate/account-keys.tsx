/** Keys of somebody else's account: what they may, when they were used, and taking them away. */

import { useInfiniteQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { pathOf } from '../../api/client.ts';
import type { AccessKey, Account } from '../../api/shapes.ts';
import { useServices } from '../../services.ts';
import { useAccountText } from '../../text/account.ts';
import { useLocale } from '../../text/index.ts';
import { useOperateText } from '../../text/operate.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { agoText } from '../../ui/format.ts';
import { type Column, Table } from '../../ui/table.tsx';
import { Badge, Time } from '../../ui/values.tsx';
import { agentName } from '../account/listening.ts';
import { scopeText } from '../account/scopes.ts';
import { works } from '../account/use-keys.ts';
import { Deed } from './deed.tsx';
import styles from './page.module.css';

interface PageOfKeys {
  readonly keys: readonly AccessKey[];
  readonly next?: string;
}

export function AccountKeys({ account }: { readonly account: Account }): ReactElement {
  const text = useOperateText().operate.accounts;
  const { api } = useServices();
  const [revoking, setRevoking] = useState<AccessKey>();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['keys-of', account.id],
    queryFn: ({ pageParam, signal }) =>
      api.get<PageOfKeys>(pathOf('accounts', account.id, 'keys'), { query: { after: pageParam, limit: 100 }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    staleTime: 0,
  });
  const columns = useColumns(setRevoking);
  const keys = data?.pages.flatMap((page) => page.keys);
  return (
    <section className={styles.part}>
      <h2>{text.keys}</h2>
      {error === null ? null : <Failure failure={error} onRetry={() => void refetch()} />}
      {keys?.length === 0 ? <p className={styles.note}>{text.noKeys}</p> : null}
      {keys === undefined || keys.length === 0 ? null : (
        <Table label={text.keys} columns={columns} rows={keys} keyOf={({ accessKeyId }) => accessKeyId} />
      )}
      {hasNextPage ? (
        <div>
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {text.moreKeys}
          </Button>
        </div>
      ) : null}
      {revoking === undefined ? null : <Revoke revoked={revoking} onClose={() => setRevoking(undefined)} />}
    </section>
  );
}

function useColumns(onRevoke: (key: AccessKey) => void): readonly Column<AccessKey>[] {
  const text = useAccountText().account.keys;
  const locale = useLocale();
  const now = Date.now();
  const used = ({ lastUsedAt, lastUsedBy }: AccessKey): string =>
    lastUsedAt === undefined
      ? text.never
      : text.usedBy(agoText(Date.parse(lastUsedAt), locale, now), lastUsedBy && agentName(lastUsedBy, text.browser));
  const state = (key: AccessKey): string => (key.state === 'revoked' ? text.revoked : text.ended);
  return [
    { name: text.label, cell: ({ label }) => label ?? text.unlabelled },
    { name: text.id, cell: ({ accessKeyId }) => <code>{accessKeyId}</code> },
    { name: text.scope, cell: ({ scope }) => (scope === undefined ? text.everythingOfIt : scopeText(scope, text)) },
    { name: text.used, cell: used },
    {
      name: text.expires,
      cell: ({ expiresAt }) => (expiresAt === undefined ? text.never : <Time at={Date.parse(expiresAt)} />),
    },
    {
      name: text.state,
      cell: (key) =>
        works(key, now) ? <Badge tone="ok">{text.active}</Badge> : <Badge tone="bad">{state(key)}</Badge>,
    },
    {
      name: text.actions,
      actions: true,
      cell: (key) =>
        works(key, now) ? (
          <Button small tone="quiet" onClick={() => onRevoke(key)}>
            {text.revoke}
          </Button>
        ) : null,
    },
  ];
}

function Revoke({ revoked, onClose }: { readonly revoked: AccessKey; readonly onClose: () => void }): ReactElement {
  const { revoke: text, keys } = useAccountText().account;
  const locale = useLocale();
  const { api } = useServices();
  const { accessKeyId, label, lastUsedAt, lastUsedBy } = revoked;
  const work = () => api.delete(pathOf('keys', accessKeyId));
  return (
    <Deed title={text.title(label ?? accessKeyId)} act={text.act} {...{ work, done: text.done, onClose }}>
      <p>{text.text}</p>
      <p>
        {lastUsedAt === undefined
          ? text.unused
          : text.used(
              agoText(Date.parse(lastUsedAt), locale, Date.now()),
              lastUsedBy && agentName(lastUsedBy, keys.browser),
            )}
      </p>
    </Deed>
  );
}
