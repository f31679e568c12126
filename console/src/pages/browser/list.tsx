/**
 * The list of objects: an ARIA grid of which only the visible rows exist. One row has the focus (roving tabindex) and is kept while
 * it is scrolled away. Clicks are handled here, at the whole, so that rows are plain and cheap; the right button, Shift+F10 and
 * each row's own button open one menu. Tiles are the same grid with several cells in a row.
 */

import { useVirtualizer } from '@tanstack/react-virtual';
import { type FocusEvent, type MouseEvent, type ReactElement, type RefObject, useEffect, useMemo, useRef } from 'react';
import type { Entry } from './entries.ts';
import { Head } from './head.tsx';
import type { Act } from './keys.ts';
import styles from './list.module.css';
import { Row, Tile } from './row.tsx';
import { isNothing, isSelected, type Selected, type SelectionEvent } from './selection.ts';
import type { Sort, SortColumn } from './sort.ts';
import { useDragged } from './use-dragged.ts';
import { useKeys } from './use-keys.ts';
import { type Layout, useLayout } from './use-layout.ts';
import { useTouch } from './use-touch.ts';

export interface ListProps {
  readonly label: string;
  readonly bucket: string;
  /** Left out of the names shown. */
  readonly prefix: string;
  readonly entries: readonly Entry[];
  readonly whole: boolean;
  readonly view: 'list' | 'grid';
  readonly sort: Sort;
  readonly selected: Selected;
  /** Keys that are cut and not yet pasted. */
  readonly cut: ReadonlySet<string>;
  readonly who: boolean;
  /** Nothing may be moved by dragging. */
  readonly still: boolean;
  readonly select: (event: SelectionEvent) => void;
  readonly onSort: (column: SortColumn) => void;
  readonly onAct: (act: Act) => boolean;
  readonly onOpen: (entry: Entry) => void;
  readonly onDrop: (onto: string, copy: boolean, dragged: DataTransfer) => void;
  readonly onHover: (entry: Entry | undefined) => void;
  readonly onMore: () => void;
}

/** Share of what is loaded at which the next page is asked for. */
const MORE_AT = 0.7;
const OVERSCAN = 6;

export function ObjectList(props: ListProps): ReactElement {
  const { entries, view, whole, onMore, selected, who, label } = props;
  const scroll = useRef<HTMLDivElement>(null);
  const layout = useLayout(view, scroll);
  const focusAt = useMemo(() => entries.findIndex(({ key }) => key === selected.focus), [entries, selected.focus]);
  const { rows, total, scrollTo } = useRows({ scroll, layout, count: entries.length, focusAt });
  const last = Math.min(entries.length, ((rows.at(-1)?.index ?? -1) + 1) * layout.across);
  useEffect(() => {
    if (!whole && last >= entries.length * MORE_AT) onMore();
  }, [whole, last, entries.length, onMore]);
  const press = useKeys(props, { focusAt, layout, scroll, scrollTo });
  const pointer = usePointer(props);
  const dragged = useDragged(props);
  useFocus(scroll, selected.focus, focusAt, scrollTo);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table of 100,000 rows of which 60 exist
    <div
      className={styles.list}
      role="grid"
      tabIndex={-1}
      aria-label={label}
      aria-multiselectable
      aria-rowcount={whole ? Math.ceil(entries.length / layout.across) + 1 : -1}
      data-view={view}
      data-who={who || undefined}
      data-choosing={isNothing(selected.selection) ? undefined : true}
      onKeyDown={press}
    >
      <Head {...props} />
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div className={styles.scroll} role="rowgroup" ref={scroll} {...pointer} {...dragged.handlers}>
        <div className={styles.space} role="presentation" style={{ height: total }}>
          {rows.map(({ index, start }) => (
            <VirtualRow key={index} {...props} {...{ index, start, layout, focusAt, dropOn: dragged.over }} />
          ))}
        </div>
      </div>
    </div>
  );
}

interface RowsOptions {
  readonly scroll: RefObject<HTMLDivElement | null>;
  readonly layout: Layout;
  readonly count: number;
  readonly focusAt: number;
}

function useRows({ scroll, layout, count, focusAt }: RowsOptions) {
  const { rowHeight, across } = layout;
  const kept = Math.floor(Math.max(0, focusAt) / across);
  const virtual = useVirtualizer({
    count: Math.ceil(count / across),
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    // The row with the focus stays, or the focus would be lost by scrolling.
    rangeExtractor: ({ startIndex, endIndex, overscan, count: most }) => {
      const [from, to] = [Math.max(0, startIndex - overscan), Math.min(most - 1, endIndex + overscan)];
      const range = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
      return kept >= most || (kept >= from && kept <= to) ? range : kept < from ? [kept, ...range] : [...range, kept];
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: measures anew when rows get another height
  useEffect(() => virtual.measure(), [virtual, rowHeight]);
  return {
    rows: virtual.getVirtualItems(),
    total: virtual.getTotalSize(),
    scrollTo: (index: number) => virtual.scrollToIndex(Math.floor(index / across)),
  };
}

interface VirtualRowProps extends ListProps {
  readonly index: number;
  readonly start: number;
  readonly layout: Layout;
  readonly focusAt: number;
  readonly dropOn: string | undefined;
}

function VirtualRow(props: VirtualRowProps): ReactElement {
  const { index, start, layout, focusAt, entries, selected, cut, prefix, bucket, who, dropOn, still } = props;
  const at = Math.max(0, focusAt);
  const shown = (entry: Entry, place: number) => ({
    ...{ entry, index: place, prefix, bucket, still },
    ...{ selected: isSelected(selected.selection, entry.key), tabStop: at === place },
    ...{ cut: cut.has(entry.key), dropOn: dropOn === entry.key },
  });
  const entry = entries[index];
  if (props.view === 'list')
    return entry === undefined ? (
      <span hidden />
    ) : (
      <Row {...shown(entry, index)} start={start} height={layout.rowHeight} who={who} />
    );
  const first = index * layout.across;
  return (
    // biome-ignore lint/a11y/useSemanticElements: see above
    // biome-ignore lint/a11y/useFocusableInteractive: its cells have the focus
    <div
      className={styles.tiles}
      role="row"
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${start}px)`, gridTemplateColumns: `repeat(${layout.across}, minmax(0, 1fr))` }}
    >
      {entries.slice(first, first + layout.across).map((one, place) => (
        <Tile key={one.key} {...shown(one, first + place)} />
      ))}
    </div>
  );
}

/** The row of an event: rows say their place. */
export function entryAt(event: { readonly target: EventTarget }, entries: readonly Entry[]): Entry | undefined {
  const row = event.target instanceof Element ? event.target.closest('[data-index]') : null;
  return entries[Number(row?.getAttribute('data-index') ?? -1)];
}

function usePointer(props: ListProps) {
  const { entries, select, onOpen, onHover } = props;
  const touch = useTouch(props);
  const order = () => entries.map(({ key }) => key);
  const click = (event: MouseEvent): void => {
    const entry = entryAt(event, entries);
    if (entry === undefined || touch.tapped(event, entry)) return;
    const { key } = entry;
    const part = event.target instanceof Element ? event.target : undefined;
    const add = event.ctrlKey || event.metaKey;
    if (part?.closest('[data-menu]')) openMenu(part, event);
    else if (event.shiftKey) select({ kind: 'range', key, order: order(), add });
    else select({ kind: add || part?.closest('[data-check]') ? 'toggle' : 'only', key });
  };
  const openMenu = (part: Element, { clientX, clientY }: MouseEvent): void => {
    part.dispatchEvent(new window.MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX, clientY }));
  };
  return {
    ...touch.handlers,
    onClick: click,
    onDoubleClick: (event: MouseEvent) => {
      const entry = entryAt(event, entries);
      const part = event.target instanceof Element ? event.target : undefined;
      if (entry !== undefined && !part?.closest('[data-check], [data-menu]')) onOpen(entry);
    },
    onContextMenuCapture: (event: MouseEvent) => {
      const entry = entryAt(event, entries);
      if (entry !== undefined && !isSelected(props.selected.selection, entry.key))
        select({ kind: 'only', key: entry.key });
    },
    // Who comes with Tab has chosen the row that it leads to: every key acts on it, and Enter opens it.
    onFocus: (event: FocusEvent): void => {
      const entry = entryAt(event, entries);
      const { selection, focus } = props.selected;
      const comes = event.relatedTarget !== null && !event.currentTarget.contains(event.relatedTarget);
      if (entry === undefined || !comes || !isNothing(selection) || focus === entry.key) return;
      if (event.target.matches(':focus-visible')) select({ kind: 'only', key: entry.key });
    },
    onMouseOver: (event: MouseEvent) => onHover(entryAt(event, entries)),
    onMouseLeave: () => onHover(undefined),
  };
}

/**
 * Moves the browser's focus to where the list's is, while the list has it; and when nothing has it, because the row that had it went
 * with its folder.
 */
function useFocus(
  scroll: RefObject<HTMLDivElement | null>,
  key: string | undefined,
  index: number,
  scrollTo: (index: number) => void,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: by the key, so that a page that loads moves nothing
  useEffect(() => {
    const list = scroll.current?.closest('[role=grid]');
    const lost = document.activeElement === document.body;
    if (key === undefined || !(lost || list?.contains(document.activeElement))) return;
    if (lost) scrollTo(index);
    scroll.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus({ preventScroll: true });
  }, [scroll, key]);
}
