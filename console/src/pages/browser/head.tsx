/** The heads of the columns: each is a button that sorts, and says which order holds. */

import { ArrowDown, ArrowUp } from 'lucide-react';
import type { ReactElement } from 'react';
import { useText } from '../../text/index.ts';
import type { Entry } from './entries.ts';
import styles from './list.module.css';
import { isSelected, type Selected, type SelectionEvent } from './selection.ts';
import type { Sort, SortColumn } from './sort.ts';

interface HeadProps {
  readonly entries: readonly Entry[];
  readonly view: 'list' | 'grid';
  readonly sort: Sort;
  readonly who: boolean;
  readonly selected: Selected;
  readonly select: (event: SelectionEvent) => void;
  readonly onSort: (column: SortColumn) => void;
}

export function Head({ entries, view, sort, who, selected, select, onSort }: HeadProps): ReactElement {
  const text = useText().browser;
  const { selection } = selected;
  const all = entries.length > 0 && entries.every(({ key }) => isSelected(selection, key));
  const columns: readonly SortColumn[] = view === 'list' ? ['name', 'type', 'size', 'modified'] : ['name'];
  const choose = (): void => select(all ? { kind: 'clear' } : { kind: 'loaded', order: entries.map(({ key }) => key) });
  return (
    // biome-ignore lint/a11y/useSemanticElements: the grid's
    <div role="rowgroup">
      {/* biome-ignore lint/a11y/useSemanticElements: the grid's */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: its buttons have the focus */}
      <div className={styles.head} role="row" aria-rowindex={1}>
        {/* biome-ignore lint/a11y/useSemanticElements: the grid's */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: its box has the focus */}
        <span className={styles.check} role="columnheader">
          <input type="checkbox" aria-label={text.selectLoaded} checked={all} onChange={choose} />
        </span>
        {columns.map((column) => (
          // biome-ignore lint/a11y/useSemanticElements: the grid's
          // biome-ignore lint/a11y/useFocusableInteractive: its button has the focus
          <span
            key={column}
            className={styles[column]}
            role="columnheader"
            aria-sort={sort.column === column ? (sort.down ? 'descending' : 'ascending') : undefined}
          >
            <button type="button" className={styles.sort} onClick={() => onSort(column)}>
              {text.columns[column]}
              {sort.column !== column ? null : sort.down ? (
                <ArrowDown size={14} aria-hidden />
              ) : (
                <ArrowUp size={14} aria-hidden />
              )}
            </button>
          </span>
        ))}
        {who && view === 'list' ? (
          // biome-ignore lint/a11y/useSemanticElements: the grid's
          // biome-ignore lint/a11y/useFocusableInteractive: nothing to press
          <span className={styles.who} role="columnheader">
            {text.columns.who}
          </span>
        ) : null}
        {/* biome-ignore lint/a11y/useSemanticElements: the grid's */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: nothing to press */}
        <span className={styles.menu} role="columnheader">
          <span className="visually-hidden">{text.columns.menu}</span>
        </span>
      </div>
    </div>
  );
}
