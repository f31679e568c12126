/** The audit trail: sentences that are searched, newest first. Of one's own account, or of the store. */

import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { Query } from '../api/client.ts';
import type { AuditEvent } from '../api/shapes.ts';
import { useServices } from '../services.ts';
import { useAuditText } from '../text/audit.ts';
import { Button } from '../ui/button.tsx';
import { Failure } from '../ui/failure.tsx';
import { Empty, Skeleton } from '../ui/page.tsx';
import styles from './audit.module.css';
import { EventRow } from './event-row.tsx';
import { type AuditFilter, CHOICES } from './filter.ts';
import { Filter } from './filter-form.tsx';
import { toldOnce } from './sentence.ts';

interface AuditProps {
  /** `/audit`, or an account's own. */
  readonly path: string;
  /** What to look for. */
  readonly filter: AuditFilter;
  readonly onFilter: (filter: AuditFilter) => void;
  /** Operators see whose it was. */
  readonly withWho?: boolean;
}

interface Page {
  readonly events: readonly AuditEvent[];
  readonly next?: string;
}

export function Audit({ path, filter, onFilter, withWho = false }: AuditProps): ReactElement {
  const text = useAuditText();
  const { api } = useServices();
  const query: Query = { ...filter };
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['audit', path, filter],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page>(path, { query: { ...query, before: pageParam, limit: 100 }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    staleTime: 0,
  });
  const events = data?.pages.flatMap((page) => page.events) ?? [];
  const csv = api.address(path, { ...query, format: 'csv' });
  const anyObject = filter.action === CHOICES.deleted && filter.target === undefined;
  return (
    <>
      <Filter filter={filter} onFilter={onFilter} withWho={withWho} csv={csv} />
      {anyObject ? <p className={styles.note}>{text.whoDeletedNext}</p> : null}
      {error === null ? null : <Failure failure={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null ? <Skeleton rows={6} /> : null}
      {data !== undefined && events.length === 0 && !hasNextPage ? <Empty title={text.none} /> : null}
      {events.length === 0 ? (
        hasNextPage && <p role="status">{text.noneYet}</p>
      ) : (
        <ol className={styles.rows} aria-label={text.list}>
          {toldOnce(events).map((told) => (
            <EventRow key={told.event.id} told={told} />
          ))}
        </ol>
      )}
      {hasNextPage ? (
        <div>
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {events.length === 0 ? text.further : text.more}
          </Button>
        </div>
      ) : null}
      {data === undefined ? null : <p className={styles.note}>{text.forgets}</p>}
    </>
  );
}
