/** What accounts hold, the largest first, and what lies in the store. Counted in the background: each line says when, and whether it is all. */

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { AccountUsage, BucketUsage, Figures } from '../../api/shapes.ts';
import { useServices } from '../../services.ts';
import { useLocale } from '../../text/index.ts';
import { type OperateText, useOperateText } from '../../text/operate.ts';
import { Failure } from '../../ui/failure.tsx';
import { countText, sizeText } from '../../ui/format.ts';
import { Card, Empty, Facts, Skeleton } from '../../ui/page.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/values.tsx';
import { LIVE_MS } from './live.ts';
import styles from './page.module.css';

interface StoreUsage {
  readonly accounts: readonly AccountUsage[];
  /** Others hold less than these. */
  readonly more?: true;
  readonly countedAt?: string;
  readonly store: { readonly buckets?: number; readonly bodyBytes?: number; readonly trashBytes?: number };
}

export function useStoreUsage() {
  const { api } = useServices();
  return useQuery({
    queryKey: ['store-usage'],
    queryFn: ({ signal }) => api.get<StoreUsage>('/usage', { signal }),
    refetchInterval: LIVE_MS,
    staleTime: 0,
  });
}

export function Usage(): ReactElement {
  const text = useOperateText().operate.usage;
  const locale = useLocale();
  const { data, error, refetch } = useStoreUsage();
  const figures = figureColumns<AccountUsage>(text, locale);
  if (error !== null && data === undefined) return <Failure failure={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton rows={6} />;
  const { buckets, bodyBytes, trashBytes } = data.store;
  const columns: readonly Column<AccountUsage>[] = [
    {
      name: text.account,
      cell: ({ name }) => (
        <Link to="/operate/accounts/$account" params={{ account: name }}>
          {name}
        </Link>
      ),
    },
    { name: text.buckets, number: true, cell: ({ buckets: many }) => countText(many, locale) },
    ...figures,
  ];
  const size = (bytes: number | undefined): string => (bytes === undefined ? '' : sizeText(bytes, locale));
  return (
    <>
      <Card>
        <Facts
          facts={[
            ...(buckets === undefined ? [] : [[text.buckets, countText(buckets, locale)] as const]),
            ...(bodyBytes === undefined ? [] : [[text.bodies, size(bodyBytes)] as const]),
            ...(trashBytes === undefined ? [] : [[text.trash, size(trashBytes)] as const]),
            [
              text.counted,
              data.countedAt === undefined ? text.notYet : <Time key="at" at={Date.parse(data.countedAt)} relative />,
            ],
          ]}
        />
      </Card>
      {data.accounts.length === 0 ? (
        <Empty title={text.none} />
      ) : (
        <Table label={text.list} columns={columns} rows={data.accounts} keyOf={({ accountId }) => accountId} />
      )}
      {data.more ? <p className={styles.note}>{text.largest(data.accounts.length)}</p> : null}
    </>
  );
}

/** Objects, sizes, old versions: whoever they are of. What is not all yet says so. */
function figureColumns<Row extends Figures>(
  text: OperateText['operate']['usage'],
  locale: string,
): readonly Column<Row>[] {
  const all = ({ complete }: Figures, words: string): string => (complete ? words : text.atLeast(words));
  return [
    { name: text.objects, number: true, cell: (row) => all(row, countText(row.objects, locale)) },
    { name: text.bytes, number: true, cell: (row) => all(row, sizeText(row.bytes, locale)) },
    {
      name: text.old,
      number: true,
      cell: (row) =>
        row.versions === 0 ? '' : `${text.versions(row.versions)}, ${sizeText(row.versionBytes, locale)}`,
    },
    { name: text.uploads, number: true, cell: (row) => (row.uploads === 0 ? '' : countText(row.uploads, locale)) },
  ];
}

interface BucketsProps {
  readonly buckets: readonly BucketUsage[];
}

export function BucketFigures({ buckets }: BucketsProps): ReactElement {
  const text = useOperateText().operate.usage;
  const locale = useLocale();
  const columns: readonly Column<BucketUsage>[] = [
    { name: text.bucket, cell: ({ bucket }) => bucket },
    ...figureColumns<BucketUsage>(text, locale),
  ];
  return <Table label={text.buckets} columns={columns} rows={buckets} keyOf={({ bucket }) => bucket} />;
}
