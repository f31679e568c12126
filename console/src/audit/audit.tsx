/** The audit trail as a table that is searched: of one's own account, or of the store. */

import { useInfiniteQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { type FormEvent, type ReactElement, useState } from 'react';
import type { Query } from '../api/client.ts';
import type { AuditEvent } from '../api/shapes.ts';
import { useServices } from '../services.ts';
import { useText } from '../text/index.ts';
import { Button, LinkButton } from '../ui/button.tsx';
import { Failure } from '../ui/failure.tsx';
import { TextField } from '../ui/field.tsx';
import { localTime, momentOf } from '../ui/local-time.ts';
import { Empty, Skeleton } from '../ui/page.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Time } from '../ui/values.tsx';
import styles from './audit.module.css';

interface AuditProps {
  /** `/audit`, or an account's own. */
  readonly path: string;
  /** What to look for. */
  readonly filter: AuditFilter;
  readonly onFilter: (filter: AuditFilter) => void;
  /** Operators see whose it was. */
  readonly withWho?: boolean;
}

export interface AuditFilter {
  readonly who?: string;
  readonly action?: string;
  readonly target?: string;
  /** Moments, ISO 8601. */
  readonly from?: string;
  readonly to?: string;
}

interface Page {
  readonly events: readonly AuditEvent[];
  readonly next?: string;
}

export function Audit({ path, filter, onFilter, withWho = false }: AuditProps): ReactElement {
  const text = useText().account.activity;
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
  const events = data?.pages.flatMap((page) => page.events);
  const columns = useColumns();
  return (
    <>
      <Filter
        filter={filter}
        onFilter={onFilter}
        withWho={withWho}
        csv={api.address(path, { ...query, format: 'csv' })}
      />
      {error === null ? null : <Failure failure={error} onRetry={() => void refetch()} />}
      {events === undefined && error === null ? <Skeleton /> : null}
      {events?.length === 0 && !hasNextPage ? <Empty title={text.none} /> : null}
      {events === undefined || events.length === 0 ? null : (
        <Table label={text.list} columns={columns} rows={events} keyOf={(event) => event.id} />
      )}
      {hasNextPage ? (
        <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {text.more}
        </Button>
      ) : null}
    </>
  );
}

interface FilterProps extends Pick<AuditProps, 'filter' | 'onFilter'> {
  readonly withWho: boolean;
  readonly csv: string;
}

function Filter({ filter, onFilter, withWho, csv }: FilterProps): ReactElement {
  const text = useText().account.activity;
  const [who, setWho] = useState(filter.who ?? '');
  const [action, setAction] = useState(filter.action ?? '');
  const [target, setTarget] = useState(filter.target ?? '');
  const [since, setSince] = useState(localTime(filter.from));
  const [until, setUntil] = useState(localTime(filter.to));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const [from, to] = [momentOf(since), momentOf(until)];
    onFilter({
      ...(who === '' ? {} : { who }),
      ...(action === '' ? {} : { action }),
      ...(target === '' ? {} : { target }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    });
  };
  return (
    <form className={styles.filter} onSubmit={submit}>
      {withWho ? <TextField label={text.who} value={who} onChange={setWho} /> : null}
      <TextField label={text.action} placeholder={text.actionHint} value={action} onChange={setAction} />
      <TextField label={text.target} placeholder={text.targetHint} value={target} onChange={setTarget} data-filter="" />
      <TextField label={text.since} type="datetime-local" value={since} onChange={setSince} />
      <TextField label={text.until} type="datetime-local" value={until} onChange={setUntil} />
      <Button type="submit">{text.filter}</Button>
      <LinkButton href={csv} download icon={Download}>
        {text.csv}
      </LinkButton>
    </form>
  );
}

function useColumns(): readonly Column<AuditEvent>[] {
  const text = useText().account.activity;
  return [
    { name: text.when, cell: ({ at }) => <Time at={Date.parse(at)} /> },
    { name: text.who, cell: ({ actor }) => actor.name ?? actor.accessKeyId ?? text.kinds[actor.kind] },
    { name: text.what, cell: ({ action }) => <code>{action}</code> },
    { name: text.target, cell: ({ target }) => <bdi>{target}</bdi> },
    { name: text.where, cell: ({ from }) => from },
    { name: text.request, cell: ({ requestId }) => <code>{requestId}</code> },
  ];
}
