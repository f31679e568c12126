/** On the overview: who uses the most, and what failed of late. */

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { FailedRequest } from '../../api/shapes.ts';
import { useServices } from '../../services.ts';
import { useLocale } from '../../text/index.ts';
import { useOperateText } from '../../text/operate.ts';
import { buttonClass } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { timeText } from '../../ui/format.ts';
import { Card, Skeleton } from '../../ui/page.tsx';
import { Badge, Bar, Size, Time } from '../../ui/values.tsx';
import { LIVE_MS } from './live.ts';
import styles from './page.module.css';
import { type ErrorGroup, recentErrors } from './recent-errors.ts';
import { useStoreUsage } from './usage.tsx';

/** Accounts that the overview names. */
const NAMED = 5;

export function ByUse(): ReactElement {
  const text = useOperateText().operate;
  const { data, error, refetch } = useStoreUsage();
  const shown = data?.accounts.slice(0, NAMED) ?? [];
  const all = shown.reduce((most, { bytes, versionBytes }) => Math.max(most, bytes + versionBytes), 0);
  const link = (
    <Link to="/operate/$section" params={{ section: 'usage' }} className={buttonClass('quiet', true)}>
      {text.allUse}
    </Link>
  );
  return (
    <Card title={text.byUse} actions={link}>
      {error !== null && data === undefined ? <Failure failure={error} onRetry={() => void refetch()} /> : null}
      {data === undefined && error === null ? <Skeleton /> : null}
      {data?.accounts.length === 0 ? <p className={styles.note}>{text.usage.none}</p> : null}
      <ol className={styles.use}>
        {shown.map(({ accountId, name, bytes, versionBytes, complete }) => (
          <li key={accountId}>
            <Link to="/operate/accounts/$account" params={{ account: name }}>
              {name}
            </Link>
            <span>
              {complete ? '' : text.usage.atLeast('')}
              <Size bytes={bytes + versionBytes} />
            </span>
            <Bar share={all === 0 ? 0 : (bytes + versionBytes) / all} label={text.ofMost(name)} />
          </li>
        ))}
      </ol>
      {data === undefined ? null : (
        <p className={styles.note}>
          {text.usage.counted}:{' '}
          {data.countedAt === undefined ? text.usage.notYet : <Time at={Date.parse(data.countedAt)} relative />}
        </p>
      )}
    </Card>
  );
}

interface PageOfErrors {
  readonly errors: readonly FailedRequest[];
  readonly next?: string;
}

/** As many as one answer holds. */
const LOOKED = 1000;

export function RecentErrors(): ReactElement {
  const text = useOperateText().operate;
  const locale = useLocale();
  const { api } = useServices();
  const { data, error, refetch } = useQuery({
    queryKey: ['errors', 'recent'],
    queryFn: ({ signal }) => api.get<PageOfErrors>('/errors', { query: { limit: LOOKED }, signal }),
    refetchInterval: LIVE_MS,
    staleTime: 0,
  });
  const now = Date.now();
  const recent = data === undefined ? undefined : recentErrors(data.errors, data.next !== undefined, now);
  const since = recent?.since;
  const link = (
    <Link to="/operate/$section" params={{ section: 'errors' }} className={buttonClass('quiet', true)}>
      {text.allErrors}
    </Link>
  );
  return (
    <Card title={since === undefined ? text.recent : text.recentSince(timeText(since, locale, now))} actions={link}>
      {error !== null && data === undefined ? <Failure failure={error} onRetry={() => void refetch()} /> : null}
      {recent === undefined && error === null ? <Skeleton /> : null}
      {recent?.groups.length === 0 ? <p className={styles.note}>{text.recentNone}</p> : null}
      {recent === undefined || recent.groups.length === 0 ? null : <Groups groups={recent.groups} />}
    </Card>
  );
}

function Groups({ groups }: { readonly groups: readonly ErrorGroup[] }): ReactElement {
  const text = useOperateText().operate;
  return (
    <>
      <ul className={styles.groups}>
        {groups.map(({ status, code, many, last }) => (
          <li key={`${status} ${code}`}>
            <Badge tone={status >= 500 ? 'bad' : 'warn'}>
              {status} {code}
            </Badge>
            <span>{text.times(many)}</span>
            <span>
              {text.recentLast} <Time at={last} relative />
            </span>
          </li>
        ))}
      </ul>
      <p className={styles.note}>{text.recentNote}</p>
    </>
  );
}
