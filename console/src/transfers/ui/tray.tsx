/** Uploads at the lower right: how far they are, each with its state and what can be done about it; and the question about what exists. */

import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { type ReactElement, type RefObject, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useLocale } from '../../text/index.ts';
import { useTransfersText } from '../../text/transfers.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { sizeText } from '../../ui/format.ts';
import { Bar } from '../../ui/values.tsx';
import type { Desk } from '../desk.ts';
import { itemsOf, type Sums, shareOf, sumsOf } from '../groups.ts';
import { createPace, type Rate } from '../rate.ts';
import { isOver, type Row } from '../row.ts';
import { slowly } from '../slowly.ts';
import { IN_FLIGHT, type State } from '../state.ts';
import { ConflictDialog } from './conflict-dialog.tsx';
import { FolderRow } from './folder.tsx';
import { Interrupted } from './interrupted.tsx';
import { UploadRow } from './row.tsx';
import styles from './tray.module.css';

/** Rows at once; the others are counted. */
const SHOWN = 50;

export function UploadsTray({ desk }: { readonly desk: Desk }): ReactElement {
  const { uploads } = desk;
  const subscribe = useMemo(() => slowly(uploads.subscribe), [uploads]);
  const state = useSyncExternalStore(subscribe, uploads.state);
  const question = useSyncExternalStore(desk.subscribe, desk.question);
  const checking = useSyncExternalStore(desk.subscribe, desk.checking);
  const view = useSyncExternalStore(desk.subscribe, desk.view);
  const rows = useMemo(() => [...state.rows.values()], [state.rows]);
  const sums = useMemo(() => sumsOf(rows.filter(({ phase }) => phase !== 'interrupted')), [rows]);
  useGuard(sums.active);
  const shown = view === 'open' || (view === 'auto' && (rows.length > 0 || checking > 0));
  return (
    <>
      {shown ? <Tray {...{ desk, state, rows, sums, checking }} focused={view === 'open'} /> : null}
      {question === undefined ? null : <ConflictDialog key={question.id} question={question} />}
    </>
  );
}

interface TrayProps {
  readonly desk: Desk;
  readonly state: State;
  readonly rows: readonly Row[];
  readonly sums: Sums;
  /** Files that are being looked at. */
  readonly checking: number;
  /** It was asked for. */
  readonly focused: boolean;
}

function Tray({ desk, state, rows, sums, checking, focused }: TrayProps): ReactElement {
  const text = useTransfersText();
  const [open, setOpen] = useState(true);
  const element = useRef<HTMLElement>(null);
  useFocusIn(element, focused);
  const interrupted = rows.filter(({ phase }) => phase === 'interrupted');
  return (
    <section
      ref={element}
      className={styles.tray}
      aria-label={text.title}
      tabIndex={-1}
      onKeyDown={({ key }) => {
        if (key === 'Escape') desk.toggle(true);
      }}
    >
      <Head {...{ desk, state, rows, sums, open }} onFold={() => setOpen(!open)} />
      {checking === 0 ? null : <p className={styles.note}>{text.checking(checking)}</p>}
      {state.lanes < IN_FLIGHT && sums.active ? <p className={styles.note}>{text.slowed(state.lanes)}</p> : null}
      {state.offline && sums.active ? <p className={styles.note}>{text.offline}</p> : null}
      {state.signedOut && sums.active ? <p className={styles.note}>{text.signedOut}</p> : null}
      {open && rows.length > 0 ? (
        <div className={styles.rows}>
          {interrupted.length === 0 ? null : <Interrupted rows={interrupted} desk={desk} />}
          <Items desk={desk} state={state} rows={rows} />
        </div>
      ) : null}
    </section>
  );
}

/** A tray that was asked for has the focus. When it is hidden with the focus in it, what had it before has it again, or else the page. */
function useFocusIn(element: RefObject<HTMLElement | null>, focused: boolean): void {
  const before = useRef<Element>(null);
  useEffect(() => {
    if (!focused) return;
    before.current = document.activeElement;
    element.current?.focus();
  }, [element, focused]);
  useEffect(
    () => () => {
      if (document.activeElement !== document.body) return;
      const { current } = before;
      const back =
        current !== document.body && current?.isConnected === true ? current : document.getElementById('page');
      if (back instanceof HTMLElement) back.focus();
    },
    [],
  );
}

type ItemsProps = Pick<TrayProps, 'desk' | 'state' | 'rows'>;

function Items({ desk, state, rows }: ItemsProps): ReactElement {
  const text = useTransfersText();
  const items = useMemo(() => itemsOf(rows), [rows]);
  return (
    <ul>
      {items
        .slice(0, SHOWN)
        .map((item) =>
          item.kind === 'row' ? (
            <UploadRow key={item.id} row={item.row} state={state} desk={desk} />
          ) : (
            <FolderRow key={item.id} folder={item} state={state} desk={desk} />
          ),
        )}
      {items.length > SHOWN ? <li className={styles.note}>{text.more(items.length - SHOWN)}</li> : null}
    </ul>
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

interface HeadProps extends Pick<TrayProps, 'desk' | 'state' | 'rows' | 'sums'> {
  readonly open: boolean;
  readonly onFold: () => void;
}

function Head({ desk, state, rows, sums, open, onFold }: HeadProps): ReactElement {
  const text = useTransfersText();
  const { done, all, moved, bytes, active } = sums;
  const rate = useRate(active && !state.offline && !state.signedOut, moved, bytes);
  const share = shareOf(sums);
  return (
    <header className={styles.head}>
      <div className={styles.line}>
        <strong role="status">
          {all > 0 ? text.summary(done, all, Math.floor(share * 100)) : rows.length > 0 ? text.title : text.none}
        </strong>
        {rate === undefined ? null : <span>{text.left(rate.left)}</span>}
        {rows.length === 0 ? null : (
          <IconButton
            icon={open ? ChevronDown : ChevronUp}
            label={open ? text.fold : text.unfold}
            aria-expanded={open}
            onClick={onFold}
          />
        )}
        <IconButton icon={X} label={text.hide} onClick={() => desk.toggle(true)} />
      </div>
      {all > 0 ? <Bar share={share} label={text.title} /> : null}
      {rows.length === 0 ? <p className={styles.hint}>{text.noneHint}</p> : null}
      <Actions {...{ desk, rows, sums, rate }} />
    </header>
  );
}

interface ActionsProps extends Pick<TrayProps, 'desk' | 'rows' | 'sums'> {
  readonly rate: Rate | undefined;
}

function Actions({ desk: { uploads }, rows, sums: { active, paused }, rate }: ActionsProps): ReactElement {
  const text = useTransfersText();
  const locale = useLocale();
  const failed = rows.filter(({ phase }) => phase === 'failed').length;
  return (
    <div className={styles.actions}>
      {rate === undefined ? null : <span className={styles.rate}>{text.rate(sizeText(rate.speed, locale))}</span>}
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
      {failed > 1 ? (
        <Button small onClick={() => uploads.retry()}>
          {text.againAll(failed)}
        </Button>
      ) : null}
      {rows.some(isOver) ? (
        <Button small tone="quiet" onClick={() => uploads.tidy()}>
          {text.tidy}
        </Button>
      ) : null}
    </div>
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
