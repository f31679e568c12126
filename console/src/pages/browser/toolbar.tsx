/** Above the list: filter, search, the two views, and what can be done to the folder. */

import {
  Clipboard,
  FolderPlus,
  History,
  LayoutGrid,
  List as ListIcon,
  RotateCw,
  Search,
  Settings2,
  Trash2,
  Upload,
  Users,
} from 'lucide-react';
import { type ReactElement, useEffect, useState } from 'react';
import { FILTER_ATTRIBUTE } from '../../frame/global-keys.ts';
import { useText } from '../../text/index.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Menu, type MenuEntries } from '../../ui/menu.tsx';
import styles from './browser.module.css';
import type { Browser } from './use-browser.ts';

interface ToolbarProps {
  readonly browser: Browser;
  readonly who: boolean;
  readonly onWho: (shown: boolean) => void;
  readonly onUpload: (what: 'files' | 'folder') => void;
  readonly onNewFolder: () => void;
  readonly onTravel: () => void;
  readonly onPaste: (() => void) | undefined;
  readonly onCopyUri: () => void;
}

export function Toolbar(props: ToolbarProps): ReactElement {
  const text = useText().browser.bar;
  const { browser, onNewFolder, onUpload } = props;
  const { readOnly, view, change } = browser;
  return (
    <div className={styles.toolbar}>
      <Filter browser={browser} />
      <span className={styles.grow} />
      <fieldset className={styles.views}>
        <legend className="visually-hidden">{text.list}</legend>
        <IconButton
          icon={ListIcon}
          label={text.list}
          aria-pressed={view.view === 'list'}
          onClick={() => change({ view: undefined }, true)}
        />
        <IconButton
          icon={LayoutGrid}
          label={text.grid}
          aria-pressed={view.view === 'grid'}
          onClick={() => change({ view: 'grid' }, true)}
        />
      </fieldset>
      {readOnly ? null : (
        <>
          <Menu
            entries={[
              [
                { label: text.files, icon: Upload, keys: 'u', act: () => onUpload('files') },
                { label: text.folder, icon: FolderPlus, act: () => onUpload('folder') },
              ],
            ]}
          >
            <Button tone="primary" icon={Upload}>
              {text.upload}
            </Button>
          </Menu>
          <span className={styles.wideOnly}>
            <Button icon={FolderPlus} onClick={onNewFolder}>
              {text.newFolder}
            </Button>
          </span>
        </>
      )}
      <Menu entries={useMore(props)} align="end">
        <Button>{text.more}</Button>
      </Menu>
    </div>
  );
}

function useMore({ browser, who, onWho, onTravel, onPaste, onNewFolder, onCopyUri }: ToolbarProps): MenuEntries {
  const text = useText().browser.bar;
  const { place, change, list, readOnly, versioning, searching } = browser;
  const keeps = versioning !== 'Off';
  const { deleted } = place;
  return [
    readOnly
      ? []
      : [
          { label: text.newFolder, icon: FolderPlus, keys: 'n', act: onNewFolder },
          ...(onPaste === undefined ? [] : [{ label: text.paste, icon: Clipboard, keys: 'Ctrl V', act: onPaste }]),
        ],
    [
      { label: who ? text.whoHide : text.whoShow, icon: Users, act: () => onWho(!who) },
      ...(keeps && !readOnly
        ? [
            {
              label: deleted ? text.deletedHide : text.deletedShow,
              icon: Trash2,
              act: () => change({ deleted: deleted ? undefined : '1' }),
            },
          ]
        : []),
      { label: text.travel, icon: History, act: onTravel },
      { label: text.refresh, icon: RotateCw, act: place.deep ? searching.again : list.retry },
    ],
    [
      { label: text.copyUri, icon: Clipboard, act: onCopyUri },
      { label: text.bucketSettings, icon: Settings2, act: () => change({ panel: 'acl', object: undefined }) },
    ],
  ];
}

const TYPED_MS = 250;

/** Asks the server for names that begin so: what is not loaded is filtered, too. */
function Filter({ browser }: { readonly browser: Browser }): ReactElement {
  const text = useText().browser.bar;
  const { place, change, readOnly } = browser;
  const [typed, setTyped] = useState(place.q);
  useEffect(() => setTyped(place.q), [place.q]);
  useEffect(() => {
    if (typed === place.q || place.deep) return undefined;
    const timer = setTimeout(() => change({ q: typed }, true), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed, place.q, place.deep, change]);
  const deeper = (): void => change({ q: typed, deep: '1' }, place.q !== '');
  return (
    <search className={styles.search}>
      <span className={styles.filter}>
        <Search size={16} strokeWidth={1.75} aria-hidden />
        <input
          type="search"
          aria-label={place.deep ? text.deeper : text.filter}
          placeholder={text.filterHint}
          value={typed}
          autoComplete="off"
          spellCheck={false}
          {...{ [FILTER_ATTRIBUTE]: '' }}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && typed !== '' && (place.deep || event.altKey)) deeper();
            if (event.key === 'Escape' && typed !== '') change({ q: undefined, deep: undefined }, true);
          }}
        />
      </span>
      {readOnly ? null : (
        <Button onClick={deeper} disabled={typed.trim() === ''} title={text.deeperHint}>
          {text.deeper}
        </Button>
      )}
    </search>
  );
}
