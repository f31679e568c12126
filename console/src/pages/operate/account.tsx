/** One account: who it is, what it holds, its keys and links; and what may be done to it. */

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Ban, Ellipsis, KeyRound, LogOut, Trash2, UserX } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import { pathOf } from '../../api/client.ts';
import type { Account, BucketUsage } from '../../api/shapes.ts';
import { useAccount, useServices } from '../../services.ts';
import { useOperateText } from '../../text/operate.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Menu, type MenuEntries } from '../../ui/menu.tsx';
import { Card, CopyButton, Facts, Skeleton } from '../../ui/page.tsx';
import { Badge, Time } from '../../ui/values.tsx';
import { AccountDeed, type DeedName } from './account-deeds.tsx';
import { AccountKeys } from './account-keys.tsx';
import { AccountShares } from './account-shares.tsx';
import styles from './page.module.css';
import { BucketFigures } from './usage.tsx';

export function OneAccount({ name }: { readonly name: string }): ReactElement {
  const text = useOperateText().operate.accounts;
  const { api } = useServices();
  const { data, error, refetch } = useQuery({
    queryKey: ['account', name],
    queryFn: ({ signal }) => api.get<Account>(pathOf('accounts', name), { signal }),
    staleTime: 0,
  });
  return (
    <>
      <Link to="/operate/$section" params={{ section: 'accounts' }}>
        {text.back}
      </Link>
      {error === null ? null : <Failure failure={error} onRetry={() => void refetch()} />}
      {data === undefined ? error === null && <Skeleton rows={6} /> : <Shown account={data} />}
    </>
  );
}

function Shown({ account }: { readonly account: Account }): ReactElement {
  const text = useOperateText().operate.accounts;
  const { name, email, canonicalId, role, state, createdAt, hasPassword } = account;
  const isOwn = useAccount().id === account.id;
  return (
    <>
      <Card title={name} actions={<Acts account={account} isOwn={isOwn} />}>
        <Facts
          facts={[
            [text.email, email ?? text.noEmail],
            [
              text.canonicalId,
              <span key="id" className={styles.copied}>
                <code>{canonicalId}</code>
                <CopyButton value={canonicalId} />
              </span>,
            ],
            [text.role, text.roles[role]],
            [text.state, <State key="state" state={state} />],
            [text.passwordName, hasPassword ? text.hasPassword : text.noPasswordYet],
            [text.since, <Time key="since" at={Date.parse(createdAt)} />],
          ]}
        />
        {isOwn ? (
          <p className={styles.note}>
            {text.own}{' '}
            <Link to="/account/$section" params={{ section: 'profile' }}>
              {text.ownLink}
            </Link>
            .
          </p>
        ) : null}
      </Card>
      <Holds account={account} />
      <AccountKeys account={account} />
      <AccountShares account={account} />
    </>
  );
}

function State({ state }: Pick<Account, 'state'>): ReactElement {
  const text = useOperateText().operate.accounts;
  return <Badge tone={state === 'active' ? 'ok' : 'bad'}>{text.states[state]}</Badge>;
}

interface ActsProps {
  readonly account: Account;
  /** What shuts oneself out is not offered here. */
  readonly isOwn: boolean;
}

function Acts({ account, isOwn }: ActsProps): ReactElement {
  const text = useOperateText().operate.accounts;
  const [doing, setDoing] = useState<DeedName>();
  const deed = (name: DeedName) => () => setDoing(name);
  const isActive = account.state === 'active';
  const entries: MenuEntries = [
    [
      { label: text.password, icon: KeyRound, act: deed('password') },
      ...(account.hasPassword ? [{ label: text.noPassword, icon: Ban, act: deed('no-password') }] : []),
      { label: text.endSessions, icon: LogOut, act: deed('sessions') },
    ],
    [{ label: text.remove, icon: Trash2, danger: true, act: deed('remove') }],
  ];
  return (
    <div className={styles.actions}>
      <Button onClick={deed('change')}>{text.change}</Button>
      {isOwn ? null : (
        <>
          {isActive ? (
            <Button icon={UserX} onClick={deed('suspend')}>
              {text.suspend}
            </Button>
          ) : (
            <Button tone="primary" onClick={deed('resume')}>
              {text.resume}
            </Button>
          )}
          <Menu entries={entries} align="end">
            <IconButton tone="plain" icon={Ellipsis} label={text.moreOf(account.name)} />
          </Menu>
        </>
      )}
      {doing === undefined ? null : <AccountDeed name={doing} account={account} onClose={() => setDoing(undefined)} />}
    </div>
  );
}

interface PageOfBuckets {
  readonly buckets: readonly BucketUsage[];
  readonly next?: string;
}

function Holds({ account }: { readonly account: Account }): ReactElement | null {
  const text = useOperateText().operate.accounts;
  const { api } = useServices();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['usage-of', account.id],
    queryFn: ({ pageParam, signal }) =>
      api.get<PageOfBuckets>(pathOf('accounts', account.id, 'usage'), {
        query: { after: pageParam, limit: 100 },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
  });
  const buckets = data?.pages.flatMap((page) => page.buckets);
  return (
    <section className={styles.part}>
      <h2>{text.holds}</h2>
      {error === null ? null : <Failure failure={error} onRetry={() => void refetch()} />}
      {buckets?.length === 0 ? <p className={styles.note}>{text.holdsNothing}</p> : null}
      {buckets === undefined || buckets.length === 0 ? null : <BucketFigures buckets={buckets} />}
      {hasNextPage ? (
        <div>
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {text.moreBuckets}
          </Button>
        </div>
      ) : null}
    </section>
  );
}
