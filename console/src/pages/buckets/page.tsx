/** `/buckets`: all buckets, who can see them, and making and deleting them. What side questions answer fills in later and blocks nothing. */

import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Database, Lock, Plus, SearchX } from 'lucide-react';
import { type ReactElement, useDeferredValue, useState } from 'react';
import type { BucketUsageView } from '../../../../src/http/api/usage.ts';
import { FILTER_ATTRIBUTE } from '../../frame/global-keys.ts';
import { S3Failure } from '../../s3/failure.ts';
import type { BucketEntry } from '../../s3/listings.ts';
import { useAccount, useServices } from '../../services.ts';
import { useLocale, useText } from '../../text/index.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { TextField } from '../../ui/field.tsx';
import { useFirst } from '../../ui/first.tsx';
import { countText } from '../../ui/format.ts';
import { Empty, Page, Skeleton } from '../../ui/page.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Badge, Size, Time } from '../../ui/values.tsx';
import { Who, WhoGate } from '../browser/who.tsx';
import styles from './buckets.module.css';
import { bucketsQuery, usageQuery } from './buckets-query.ts';
import { NewBucket } from './new-bucket.tsx';
import { RemoveBucket } from './remove-bucket.tsx';
import { BucketMenu } from './row-menu.tsx';
import { totalOf } from './totals.ts';

const route = getRouteApi('/inside/buckets');

interface Removing {
  readonly bucket: string;
  /** Emptied only, and kept. */
  readonly keep: boolean;
}

export function BucketsPage(): ReactElement {
  const text = useText().buckets;
  const { s3 } = useServices();
  const { q = '' } = route.useSearch();
  const [making, setMaking] = useState(false);
  const [removing, setRemoving] = useState<Removing>();
  const { data, error, isPending, refetch } = useQuery(bucketsQuery(s3));
  const wanted = useDeferredValue(q.trim().toLowerCase());
  const shown = (data ?? []).filter(({ name }) => name.includes(wanted));
  const create = (
    <Button tone="primary" icon={Plus} onClick={() => setMaking(true)}>
      {text.create}
    </Button>
  );
  return (
    <Page title={text.title} actions={create}>
      {data !== undefined && data.length > 0 ? <Bar q={q} shown={shown} all={data.length} /> : null}
      {isPending ? <Skeleton rows={4} /> : null}
      {error === null ? null : <Refused failure={error} onRetry={() => void refetch()} />}
      {data?.length === 0 ? (
        <Empty icon={Database} title={text.empty}>
          <p>{text.emptyNext}</p>
          {create}
        </Empty>
      ) : null}
      {data !== undefined && data.length > 0 && shown.length === 0 ? <NoneOf q={q} /> : null}
      {shown.length > 0 ? (
        <WhoGate>
          <List buckets={shown} onRemove={setRemoving} />
        </WhoGate>
      ) : null}
      {making ? <NewBucket onClose={() => setMaking(false)} /> : null}
      {removing === undefined ? null : <RemoveBucket {...removing} onClose={() => setRemoving(undefined)} />}
    </Page>
  );
}

interface BarProps {
  readonly q: string;
  readonly shown: readonly BucketEntry[];
  readonly all: number;
}

function Bar({ q, shown, all }: BarProps): ReactElement {
  const text = useText().buckets;
  const navigate = route.useNavigate();
  return (
    <search className={styles.bar}>
      <input
        type="search"
        className={styles.filter}
        aria-label={text.filter}
        placeholder={text.filter}
        value={q}
        autoComplete="off"
        spellCheck={false}
        {...{ [FILTER_ATTRIBUTE]: '' }}
        onChange={({ target }) =>
          void navigate({ search: target.value === '' ? {} : { q: target.value }, replace: true })
        }
      />
      <span>
        <span role="status">{text.some(shown.length, all)}</span>
        <Together buckets={shown} />
      </span>
    </search>
  );
}

/** What the shown ones hold; nothing while that is not known. */
function Together({ buckets }: { readonly buckets: readonly BucketEntry[] }): ReactElement | null {
  const text = useText().buckets;
  const usage = useUsage();
  const total =
    usage === undefined
      ? undefined
      : totalOf(
          buckets.map(({ name }) => name),
          usage,
        );
  if (total === undefined) return null;
  return (
    <>
      {text.together(total.atLeast)}
      <Size bytes={total.bytes} />
    </>
  );
}

/** By the name of the bucket. */
function useUsage(): ReadonlyMap<string, BucketUsageView> | undefined {
  const { api } = useServices();
  return useQuery(usageQuery(api, useAccount().name)).data;
}

function NoneOf({ q }: { readonly q: string }): ReactElement {
  const text = useText().buckets;
  const navigate = route.useNavigate();
  return (
    <Empty icon={SearchX} title={text.noneBegins(q)}>
      <Button onClick={() => void navigate({ search: {} })}>{text.clear}</Button>
    </Empty>
  );
}

interface ListProps {
  readonly buckets: readonly BucketEntry[];
  readonly onRemove: (removing: Removing) => void;
}

function List({ buckets, onRemove }: ListProps): ReactElement {
  const text = useText().buckets;
  const usage = useUsage();
  const { shown, more } = useFirst(buckets);
  const columns: readonly Column<BucketEntry>[] = [
    { name: text.columns.name, cell: ({ name }) => <Name bucket={name} usage={usage?.get(name)} /> },
    { name: text.columns.who, cell: ({ name }) => <Who bucket={name} /> },
    {
      name: text.columns.objects,
      number: true,
      cell: ({ name }) => <Objects usage={usage?.get(name)} />,
    },
    {
      name: text.columns.size,
      number: true,
      cell: ({ name }) => <Bytes usage={usage?.get(name)} />,
    },
    { name: text.columns.made, cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      name: text.columns.menu,
      actions: true,
      cell: ({ name }) => (
        <BucketMenu
          bucket={name}
          onEmpty={() => onRemove({ bucket: name, keep: true })}
          onDelete={() => onRemove({ bucket: name, keep: false })}
        />
      ),
    },
  ];
  return (
    <>
      <Table label={text.list} columns={columns} rows={shown} keyOf={({ name }) => name} />
      {more}
    </>
  );
}

interface UsageProps {
  readonly usage: BucketUsageView | undefined;
}

/** With how it keeps its objects: a bucket that locks keeps versions always, so that is not said as well. */
function Name({ bucket, usage }: UsageProps & { readonly bucket: string }): ReactElement {
  const text = useText().buckets;
  return (
    <span className={styles.name}>
      <Link to="/buckets/$bucket" params={{ bucket }}>
        {bucket}
      </Link>
      {usage?.objectLock ? <Badge tone="info">{text.locked}</Badge> : null}
      {usage?.versioning === 'Enabled' && !usage.objectLock ? <Badge>{text.versioned}</Badge> : null}
      {usage?.versioning === 'Suspended' ? <Badge>{text.suspended}</Badge> : null}
    </span>
  );
}

/** What was not counted to the end is at least so much, and says so. */
function Objects({ usage }: UsageProps): ReactElement | null {
  const text = useText().buckets;
  const locale = useLocale();
  if (usage?.countedAt === undefined) return null;
  const { objects, complete, versions } = usage;
  const count = countText(objects, locale);
  return (
    <span title={versions === 0 ? undefined : text.andVersions(versions)}>
      {complete ? count : text.atLeast(count)}
    </span>
  );
}

function Bytes({ usage }: UsageProps): ReactElement | null {
  const text = useText().buckets;
  if (usage?.countedAt === undefined) return null;
  const { bytes, versionBytes, complete } = usage;
  return (
    <>
      {complete ? null : text.atLeast('')}
      <Size bytes={bytes + versionBytes} />
    </>
  );
}

/** Whoever may not list buckets may still open one. */
function Refused({ failure, onRetry }: { readonly failure: unknown; readonly onRetry: () => void }): ReactElement {
  const text = useText().buckets;
  const navigate = route.useNavigate();
  const [name, setName] = useState('');
  if (!(failure instanceof S3Failure) || failure.code !== 'AccessDenied')
    return <Failure failure={failure} onRetry={onRetry} />;
  return (
    <Empty icon={Lock} title={text.denied}>
      <form
        className={styles.known}
        onSubmit={(event) => {
          event.preventDefault();
          if (name !== '') void navigate({ to: '/buckets/$bucket', params: { bucket: name } });
        }}
      >
        <TextField label={text.name} mono value={name} onChange={setName} />
        <Button type="submit" tone="primary">
          {text.act.open}
        </Button>
      </form>
      <div className={styles.known}>
        <Failure failure={failure} />
      </div>
    </Empty>
  );
}
