/** Uploads at the lower right: how far they are, each with its state and what can be done about it; and the question about what exists. */

import { ChevronDown, ChevronUp } from 'lucide-react';
import { type ReactElement, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useLocale, useText } from '../../text/index.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { sizeText } from '../../ui/format.ts';
import { Bar } from '../../ui/values.tsx';
import type { Desk } from '../desk.ts';
import { createPace, type Rate } from '../rate.ts';
import { isOver, isStuck, movedOf, type Row } from '../row.ts';
import type { State } from '../state.ts';
import { ConflictDialog } from './conflict-dialog.tsx';
import { UploadRow } from './row.tsx';
import styles from './tray.module.css';

/** Rows at once; the others are counted. */
const SHOWN = 50;

export function UploadsTray({ desk }: { readonly desk: Desk }): ReactElement {
  const { uploads } = desk;
  const state = useSyncExternalStore(uploads.subscribe, uploads.state);
  const question = useSyncExternalStore(desk.subscribe, desk.question);
  return (
    <>
      {state.rows.size === 0 ? null : <Tray desk={desk} state={state} />}
      {question === undefined ? null : <ConflictDialog key={question.id} question={question} />}
    </>
  );
}

interface Sums {
  readonly done: number;
  readonly moved: number;
  readonly bytes: number;
  readonly active: boolean;
  readonly paused: boolean;
}

function sumsOf(rows: readonly Row[]): Sums {
  const going = rows.filter((row) => !isOver(row) && !isStuck(row));
  const counted = rows.filter(({ phase }) => phase !== 'skipped' && phase !== 'cancelled');
  return {
    done: rows.filter(({ phase }) => phase === 'done').length,
    moved: counted.reduce((sum, row) => sum + movedOf(row), 0),
    bytes: counted.reduce((sum, { size }) => sum + size, 0),
    active: going.some(({ paused }) => !paused),
    paused: going.length > 0 && going.every(({ paused }) => paused),
  };
}

/** Those that want something first, then those under way, then what is done. */
const rank = (row: Row): number => (isStuck(row) ? 0 : row.phase === 'queued' ? 2 : isOver(row) ? 3 : 1);

function Tray({ desk, state }: { readonly desk: Desk; readonly state: State }): ReactElement {
  const text = useText().transfers;
  const [open, setOpen] = useState(true);
  const rows = [...state.rows.values()];
  const sums = sumsOf(rows);
  useGuard(sums.active);
  const shown = rows.toSorted((left, right) => rank(left) - rank(right)).slice(0, SHOWN);
  return (
    <section className={styles.tray} aria-label={text.title}>
      <Head desk={desk} rows={rows} sums={sums} open={open} onFold={() => setOpen(!open)} />
      {state.offline ? <p className={styles.note}>{text.offline}</p> : null}
      {open ? (
        <ul className={styles.rows}>
          {shown.map((row) => (
            <UploadRow key={row.id} row={row} state={state} desk={desk} />
          ))}
          {rows.length > SHOWN ? <li className={styles.note}>{text.more(rows.length - SHOWN)}</li> : null}
        </ul>
      ) : null}
    </section>
  );
}

/** Leaving asks, while bytes move. */
function useGuard(active: boolean): void {
  useEffect(() => {
    if (!active) return undefined;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [active]);
}

interface HeadProps {
  readonly desk: Desk;
  readonly rows: readonly Row[];
  readonly sums: Sums;
  readonly open: boolean;
  readonly onFold: () => void;
}

function Head({ desk, rows, sums, open, onFold }: HeadProps): ReactElement {
  const text = useText().transfers;
  const locale = useLocale();
  const { uploads } = desk;
  const { done, moved, bytes, active, paused } = sums;
  const rate = useRate(active, moved, bytes);
  const share = bytes === 0 ? done / Math.max(1, rows.length) : moved / bytes;
  return (
    <header className={styles.head}>
      <div className={styles.line}>
        <strong role="status">{text.summary(done, rows.length, Math.floor(share * 100))}</strong>
        {rate === undefined ? null : (
          <span>
            {text.rate(sizeText(rate.speed, locale))}, {text.left(rate.left)}
          </span>
        )}
        <IconButton
          icon={open ? ChevronDown : ChevronUp}
          label={open ? text.fold : text.unfold}
          aria-expanded={open}
          onClick={onFold}
        />
      </div>
      <Bar share={share} label={text.title} />
      <div className={styles.actions}>
        {active ? (
          <Button small onClick={() => uploads.pause()}>
            {text.pauseAll}
          </Button>
        ) : null}
        {paused ? (
          <Button small onClick={() => uploads.resume()}>
            {text.resumeAll}
          </Button>
        ) : null}
        {active || paused ? (
          <Button small onClick={() => uploads.cancel()}>
            {text.cancelAll}
          </Button>
        ) : null}
        {rows.some(isOver) ? (
          <Button small tone="quiet" onClick={() => uploads.tidy()}>
            {text.tidy}
          </Button>
        ) : null}
      </div>
    </header>
  );
}

/** Looks once a second while something moves. */
function useRate(active: boolean, moved: number, bytes: number): Rate | undefined {
  const now = useRef({ moved, bytes });
  now.current = { moved, bytes };
  const [rate, setRate] = useState<Rate>();
  useEffect(() => {
    if (!active) {
      setRate(undefined);
      return undefined;
    }
    const pace = createPace();
    const look = (): void => setRate(pace.look(performance.now(), now.current.moved, now.current.bytes));
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, [active]);
  return rate;
}
