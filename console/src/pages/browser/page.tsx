/** `/buckets/$bucket`: what is in a bucket. The address says all of it: folder, filter, search, order, moment and drawers. */

import { useQueryClient } from '@tanstack/react-query';
import { History } from 'lucide-react';
import { type ReactElement, useCallback, useEffect, useRef, useState } from 'react';
import { sentOf } from '../../jobs/dropped.ts';
import { useServices } from '../../services.ts';
import { useLocale, useText } from '../../text/index.ts';
import { Button } from '../../ui/button.tsx';
import { fullTimeText } from '../../ui/format.ts';
import { plainKey } from '../../ui/key-parts.ts';
import { RowMenu } from '../../ui/menu.tsx';
import { Banner } from '../../ui/page.tsx';
import styles from './browser.module.css';
import { Crumbs } from './crumbs.tsx';
import { Dialogs } from './dialogs.tsx';
import { Drawers } from './drawers.tsx';
import { DropZone } from './drop-zone.tsx';
import type { Entry } from './entries.ts';
import { ObjectList } from './list.tsx';
import { useRowEntries } from './menu-entries.ts';
import { sortChange } from './place.ts';
import { isNothing } from './selection.ts';
import { SelectionBar, useAmount } from './selection-bar.tsx';
import { BY_NAME, pressed } from './sort.ts';
import { instead } from './states.tsx';
import { Status } from './status.tsx';
import { Toolbar } from './toolbar.tsx';
import { type Acts, useActs } from './use-acts.ts';
import { type Browser, useBrowser } from './use-browser.ts';
import { listingQuery } from './use-listing.ts';
import { WhoGate } from './who.tsx';

export function BrowserPage(): ReactElement {
  const text = useText().browser;
  const browser = useBrowser();
  const acts = useActs(browser);
  const [who, setWho] = useState(false);
  const { place, readOnly, list } = browser;
  const where = plainKey(`${place.bucket}/${place.prefix}`);
  useEffect(() => {
    document.title = `${where} · Moraine`;
  }, [where]);
  const upload = (what: 'files' | 'folder'): void =>
    (what === 'files' ? acts.input : acts.folderInput).current?.click();
  return (
    <div className={styles.page}>
      <h1 className="visually-hidden">{text.list(where)}</h1>
      <Crumbs
        browser={browser}
        onDrop={(prefix, copy) => acts.moveTo(copy ? 'copy' : 'move', { bucket: place.bucket, prefix })}
      />
      {browser.missing ? null : (
        <Toolbar
          {...{ browser, who, onWho: setWho, onUpload: upload, onPaste: acts.paste }}
          onNewFolder={() => acts.ask({ kind: 'newFolder' })}
          onTravel={() => acts.ask({ kind: 'travel' })}
          onCopyUri={() => acts.copyAddress('uri')}
        />
      )}
      {readOnly ? <Past browser={browser} acts={acts} /> : null}
      <DropZone where={where} off={readOnly} onDrop={acts.upload}>
        <SelectionBar browser={browser} acts={acts} />
        <div className={styles.line} data-busy={(list.busy && !list.pending) || undefined} />
        <WhoGate>
          <Pane browser={browser} acts={acts} who={who} where={where} onUpload={() => upload('files')} />
        </WhoGate>
      </DropZone>
      <Status browser={browser} />
      <Announce browser={browser} />
      <Files acts={acts} />
      <Dialogs browser={browser} acts={acts} />
      <Drawers browser={browser} acts={acts} />
    </div>
  );
}

interface PaneProps {
  readonly browser: Browser;
  readonly acts: Acts;
  readonly who: boolean;
  readonly where: string;
  readonly onUpload: () => void;
}

function Pane({ browser, acts, who, where, onUpload }: PaneProps): ReactElement {
  const text = useText().browser;
  const { place, view, list, rows, listing, selected, select, change, readOnly, sorting } = browser;
  const entries = useRowEntries(browser, acts);
  const hover = usePrefetch(browser);
  const nothing = instead({ browser, onUpload });
  const never = useCallback(() => undefined, []);
  if (nothing !== undefined) return <div className={styles.nothing}>{nothing}</div>;
  return (
    <RowMenu entries={entries}>
      <div className={styles.pane}>
        <ObjectList
          {...{
            label: text.list(where),
            bucket: place.bucket,
            prefix: place.prefix,
            entries: rows,
            whole: listing.whole,
          }}
          {...{
            view: view.view,
            sort: sorting.kind === 'sorted' ? view.sort : BY_NAME,
            selected,
            cut: acts.cut,
            who,
            still: readOnly,
            select,
          }}
          onSort={(column) => change(sortChange(pressed(view.sort, column)), true)}
          onAct={acts.run}
          onOpen={acts.open}
          onDrop={(prefix, copy) => acts.moveTo(copy ? 'copy' : 'move', { bucket: place.bucket, prefix })}
          onHover={hover}
          onMore={place.deep ? never : list.more}
        />
      </div>
    </RowMenu>
  );
}

const HOVER_MS = 120;

/** A folder that is pointed at, or has the focus, for a moment is loaded before it is opened. */
function usePrefetch({ place, rows, selected }: Browser): (entry: Entry | undefined) => void {
  const { s3 } = useServices();
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const wait = useCallback(
    (entry: Entry | undefined): void => {
      clearTimeout(timer.current);
      if (entry?.kind !== 'folder') return;
      const folder = { ...place, prefix: entry.key, q: '', deep: false };
      timer.current = setTimeout(() => void queries.prefetchInfiniteQuery(listingQuery(s3, folder)), HOVER_MS);
    },
    [place, queries, s3],
  );
  const { focus } = selected;
  useEffect(() => {
    wait(focus === undefined ? undefined : rows.find(({ key }) => key === focus));
    return () => clearTimeout(timer.current);
  }, [focus, rows, wait]);
  return wait;
}

/** The violet bar of another moment. */
function Past({ browser, acts }: { readonly browser: Browser; readonly acts: Acts }): ReactElement {
  const text = useText().browser.travel;
  const locale = useLocale();
  const { place, change } = browser;
  const actions = (
    <>
      <Button small onClick={() => acts.ask({ kind: 'travel' })}>
        {text.other}
      </Button>
      <Button
        small
        tone="primary"
        onClick={() => change({ at: undefined, object: undefined, version: undefined, tab: undefined })}
      >
        {text.now}
      </Button>
    </>
  );
  return (
    <Banner tone="info" icon={History} actions={actions}>
      {text.bar(fullTimeText(place.at ?? 0, locale))}
    </Banner>
  );
}

/** Says how many are selected, to those who do not see it. */
function Announce({ browser }: { readonly browser: Browser }): ReactElement {
  const amount = useAmount(browser);
  return (
    <p className="visually-hidden" aria-live="polite">
      {isNothing(browser.selected.selection) ? '' : amount}
    </p>
  );
}

/** The browser's own choosers of files, behind the menu and the key. */
function Files({ acts }: { readonly acts: Acts }): ReactElement {
  const text = useText().browser.bar;
  const chosen = (input: HTMLInputElement): void => {
    const files = sentOf(input.files ?? []);
    if (files.length > 0) acts.upload(files);
    input.value = '';
  };
  return (
    <>
      <input
        ref={acts.input}
        type="file"
        multiple
        hidden
        aria-label={text.files}
        onChange={(event) => chosen(event.currentTarget)}
      />
      <input
        ref={acts.folderInput}
        type="file"
        {...{ webkitdirectory: '' }}
        hidden
        aria-label={text.folder}
        onChange={(event) => chosen(event.currentTarget)}
      />
    </>
  );
}
