/** Whether all data is where it should be, and what the store does right now; and each copy by itself. */

import { useQuery } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react';
import { type ReactElement, useRef } from 'react';
import type { Health } from '../../api/shapes.ts';
import { useServices } from '../../services.ts';
import { useLocale } from '../../text/index.ts';
import { useOperateText } from '../../text/operate.ts';
import { Failure } from '../../ui/failure.tsx';
import { countText, sizeText } from '../../ui/format.ts';
import { Banner, Card, Facts, Skeleton } from '../../ui/page.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Badge, Bar, Coded, Time } from '../../ui/values.tsx';
import { LIVE_MS } from './live.ts';
import { ByUse, RecentErrors } from './overview-cards.tsx';
import styles from './page.module.css';

function useHealth() {
  const { api } = useServices();
  return useQuery({
    queryKey: ['health'],
    queryFn: ({ signal }) => api.get<Health>('/health', { signal }),
    refetchInterval: LIVE_MS,
    staleTime: 0,
  });
}

export function Overview(): ReactElement {
  const text = useOperateText().operate;
  const { data, error, refetch } = useHealth();
  if (error !== null && data === undefined) return <Failure failure={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton rows={6} />;
  return (
    <>
      <State health={data} />
      <Full health={data} />
      <div className={styles.cards}>
        <div className={styles.column}>
          <Card title={data.store === 'drives' ? text.copies.drives : text.copies.cluster}>
            <Copies health={data} />
          </Card>
          <ByUse />
        </div>
        <div className={styles.column}>
          <Requests health={data} />
          <RecentErrors />
        </div>
      </div>
      <p className={styles.note}>{text.live}</p>
    </>
  );
}

export function Storage(): ReactElement {
  const { data, error, refetch } = useHealth();
  if (error !== null && data === undefined) return <Failure failure={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton rows={6} />;
  return (
    <>
      <State health={data} />
      <Copies health={data} />
      <Scrub health={data} />
    </>
  );
}

/** When all bytes were read and checked last, and what was found. */
function Scrub({ health }: { readonly health: Health }): ReactElement {
  const text = useOperateText().operate.scrub;
  const locale = useLocale();
  const { lastScrub } = health;
  if (lastScrub === undefined)
    return (
      <Banner tone="info">
        <Coded text={text.never} />
      </Banner>
    );
  const { at, healed, lost } = lastScrub;
  return (
    <Card title={text.title}>
      <Facts
        facts={[
          [text.last, <Time key="at" at={Date.parse(at)} />],
          [text.healed, countText(healed, locale)],
          [
            text.lost,
            <Badge key="lost" tone={lost === 0 ? 'ok' : 'bad'}>
              {lost === 0 ? text.nothing : countText(lost, locale)}
            </Badge>,
          ],
        ]}
      />
    </Card>
  );
}

const LOOKS = {
  whole: ['ok', CircleCheck],
  short: ['warn', TriangleAlert],
  halted: ['bad', CircleAlert],
} as const;

function State({ health }: { readonly health: Health }): ReactElement {
  const text = useOperateText().operate;
  const { state, whole, wanted, minimum } = health;
  // Nothing is down, but a single copy is nothing to be calm about.
  const [tone, icon] = LOOKS[state === 'whole' && wanted === 1 ? 'short' : state];
  return (
    <Banner tone={tone} icon={icon}>
      <strong>{text.states[state](whole, state === 'halted' ? minimum : wanted)}.</strong> {text.next[state]}{' '}
      {wanted === 1 ? text.single : ''}
    </Banner>
  );
}

/** Which copies have little room left. When they will be full nobody can know: what was used when is not kept. */
function Full({ health }: { readonly health: Health }): ReactElement | null {
  const text = useOperateText().operate;
  const full = health.copies.filter((copy) => (shareOf(copy) ?? 0) > NEARLY_FULL);
  if (full.length === 0) return null;
  return (
    <Banner tone="warn" icon={TriangleAlert}>
      <strong>{text.full(full.map((copy) => `${copy.place} (${text.percent(shareOf(copy) ?? 0)})`))}</strong>{' '}
      {text.fullNext}
    </Banner>
  );
}

type Copy = Health['copies'][number];

/** How full it is; undefined: it cannot be told. */
function shareOf({ totalBytes, freeBytes }: Copy): number | undefined {
  if (totalBytes === undefined || freeBytes === undefined) return undefined;
  return totalBytes === 0 ? 0 : 1 - freeBytes / totalBytes;
}

const TONES = { up: 'ok', rebuilding: 'warn', down: 'bad' } as const;

/** Fuller than that is told by colour, too. */
const NEARLY_FULL = 0.85;

function Copies({ health }: { readonly health: Health }): ReactElement {
  const text = useOperateText().operate;
  const locale = useLocale();
  const used = (copy: Copy): ReactElement | string => {
    const share = shareOf(copy);
    const { totalBytes = 0, freeBytes = 0 } = copy;
    if (share === undefined) return text.copies.unknown;
    const label = `${text.percent(share)}, ${sizeText(totalBytes - freeBytes, locale)} / ${sizeText(totalBytes, locale)}`;
    return (
      <span className={styles.used}>
        {label}
        <Bar share={share} label={label} tone={share > NEARLY_FULL ? 'warn' : 'neutral'} />
      </span>
    );
  };
  const columns: readonly Column<Copy>[] = [
    { name: text.copies.place, cell: ({ place }) => <code>{place}</code> },
    { name: text.copies.state, cell: ({ state }) => <Badge tone={TONES[state]}>{text.copyStates[state]}</Badge> },
    { name: text.copies.used, cell: used },
    { name: text.copies.why, cell: ({ reason }) => reason },
  ];
  return <Table label={text.copies.title} columns={columns} rows={health.copies} keyOf={({ place }) => place} />;
}

/** Requests a second come from two looks. */
function Requests({ health }: { readonly health: Health }): ReactElement | null {
  const text = useOperateText().operate;
  const locale = useLocale();
  const last = useRef<{ readonly total: number; readonly at: number; readonly rate?: number }>(undefined);
  const { requests } = health;
  if (requests === undefined) return null;
  const before = last.current;
  const now = Date.now();
  if (before === undefined || requests.total < before.total) last.current = { total: requests.total, at: now };
  else if (now - before.at >= LIVE_MS / 2) {
    last.current = {
      total: requests.total,
      at: now,
      rate: ((requests.total - before.total) * 1000) / (now - before.at),
    };
  }
  const rate = last.current?.rate;
  const number = (value: number): string => countText(value, locale);
  return (
    <Card title={text.requests}>
      <Facts
        facts={[
          [text.rate, rate === undefined ? '…' : rate.toLocaleString(locale, { maximumFractionDigits: 1 })],
          [text.inFlight, number(requests.inFlight)],
          [text.total, number(requests.total)],
          [text.refused, number(requests.refused)],
          [text.failed, number(requests.failed)],
          [text.received, sizeText(requests.receivedBytes, locale)],
          [text.sent, sizeText(requests.sentBytes, locale)],
        ]}
      />
    </Card>
  );
}
