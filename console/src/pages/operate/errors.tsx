/** Requests that failed or were refused, newest first, each with its why. */

import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import type { ReactElement } from 'react';
import type { FailedRequest } from '../../api/shapes.ts';
import { useServices } from '../../services.ts';
import { useAuditText } from '../../text/audit.ts';
import { useOperateText } from '../../text/operate.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Empty, Skeleton } from '../../ui/page.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Badge, Time } from '../../ui/values.tsx';
import { LIVE_MS } from './live.ts';

interface PageOfErrors {
  readonly errors: readonly FailedRequest[];
  readonly next?: string;
}

export function Errors(): ReactElement {
  const text = useOperateText().operate.errors;
  const { api } = useServices();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['errors'],
    queryFn: ({ pageParam, signal }) =>
      api.get<PageOfErrors>('/errors', { query: { before: pageParam, limit: 100 }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    refetchInterval: LIVE_MS,
    staleTime: 0,
  });
  const columns = useColumns();
  const errors = data?.pages.flatMap((page) => page.errors);
  if (error !== null && errors === undefined) return <Failure failure={error} onRetry={() => void refetch()} />;
  if (errors === undefined) return <Skeleton rows={6} />;
  if (errors.length === 0) return <Empty icon={CircleCheck} title={text.none} />;
  return (
    <>
      <Table label={text.list} columns={columns} rows={errors} keyOf={({ id }) => id} />
      {hasNextPage ? (
        <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {text.more}
        </Button>
      ) : null}
    </>
  );
}

function useColumns(): readonly Column<FailedRequest>[] {
  const text = useOperateText().operate.errors;
  const { kinds } = useAuditText();
  const who = ({ actor, claimed }: FailedRequest): string =>
    actor.name ?? actor.accessKeyId ?? claimed ?? kinds[actor.kind];
  return [
    { name: text.when, cell: ({ at }) => <Time at={Date.parse(at)} /> },
    {
      name: text.answer,
      cell: ({ status, code }) => (
        <Badge tone={status >= 500 ? 'bad' : 'warn'}>
          {status} {code}
        </Badge>
      ),
    },
    { name: text.what, cell: ({ operation, method }) => (operation === 'unknown' ? method : operation) },
    { name: text.target, cell: ({ target }) => <bdi>{target}</bdi> },
    { name: text.who, cell: who },
    { name: text.from, cell: ({ from }) => from },
    {
      name: text.actions,
      actions: true,
      cell: ({ requestId, status }) =>
        requestId === undefined || status >= 500 ? null : (
          <Link to="/explain" search={{ request: requestId }} className={buttonClass('quiet', true)}>
            {text.actions}
          </Link>
        ),
    },
  ];
}
