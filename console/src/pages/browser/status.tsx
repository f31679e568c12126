/** The line below the list: how much of it is loaded, in which order it stands, and what is selected. */

import type { ReactElement } from 'react';
import { useLocale, useText } from '../../text/index.ts';
import { Button } from '../../ui/button.tsx';
import { countText } from '../../ui/format.ts';
import styles from './browser.module.css';
import { focusList } from './focus.ts';
import { askedPrefix } from './place.ts';
import { isKeyOrder } from './sort.ts';
import type { Browser } from './use-browser.ts';

export function Status({ browser }: { readonly browser: Browser }): ReactElement {
  const text = useText().browser;
  const { place, rows, listing, list } = browser;
  const typed = place.q !== '' && !place.deep;
  if (place.deep) return <ScanStatus browser={browser} />;
  return (
    <div className={styles.status} role="status">
      <SelectAll browser={browser} />
      {rows.length === 0 && !listing.whole ? null : (
        <span>{listing.whole ? text.status.whole(rows.length) : text.status.loaded(rows.length)}</span>
      )}
      {typed ? <span>{text.status.filtered(place.q)}</span> : null}
      <Order browser={browser} />
      {list.failure !== undefined && rows.length > 0 ? (
        <span className={styles.bad}>
          {text.status.moreFailed} <Retry onRetry={list.retry} />
        </span>
      ) : null}
    </div>
  );
}

function Retry({ onRetry }: { readonly onRetry: () => void }): ReactElement {
  const text = useText().common;
  return (
    <Button small onClick={onRetry}>
      {text.tryAgain}
    </Button>
  );
}

function Order({ browser }: { readonly browser: Browser }): ReactElement | null {
  const text = useText().browser.status;
  const { view, sorting, rows, loadAll } = browser;
  if (rows.length < 2) return null;
  if (sorting.kind === 'loading') return <span>{text.sortLoading(rows.length)}</span>;
  if (sorting.kind === 'asks')
    return (
      <span>
        {text.sortAsks(sorting.loaded)}{' '}
        <Button small onClick={loadAll}>
          {text.loadAll}
        </Button>
      </span>
    );
  return <span>{isKeyOrder(view.sort) ? text.byName : text.sortedBy[view.sort.column]}</span>;
}

/** The first Ctrl A takes what is loaded; the folder is taken by the second, or here. */
function SelectAll({ browser }: { readonly browser: Browser }): ReactElement | null {
  const text = useText().browser.status;
  const locale = useLocale();
  const { selected, select, listing, rows, place } = browser;
  const { selection } = selected;
  if (selection.kind !== 'some' || listing.whole || rows.length === 0 || selection.keys.size < rows.length) return null;
  return (
    <Button
      small
      onClick={() => {
        select({ kind: 'allUnder', prefix: askedPrefix(place) });
        focusList();
      }}
    >
      {text.allOf(countText(rows.length, locale))}
    </Button>
  );
}

function ScanStatus({ browser }: { readonly browser: Browser }): ReactElement {
  const text = useText().browser.scan;
  const { searching, change, sorting } = browser;
  const { scan, failure, stop, again } = searching;
  const running = scan.state === 'running' && failure === undefined;
  return (
    <div className={styles.status} role="status">
      <span>{text[scan.state](scan.found.length, scan.lookedAt)}</span>
      {sorting.kind === 'sorted' || scan.found.length < 2 ? null : <span>{text.unsorted}</span>}
      {running ? (
        <Button small onClick={stop}>
          {text.stop}
        </Button>
      ) : null}
      {scan.state === 'stopped' || failure !== undefined ? (
        <Button small onClick={again}>
          {text.again}
        </Button>
      ) : null}
      <Button small tone="quiet" onClick={() => change({ q: undefined, deep: undefined })}>
        {text.back}
      </Button>
    </div>
  );
}
