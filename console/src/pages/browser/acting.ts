/** From a key's act to what is done. What makes no sense now is left to the browser: its keys are not taken away. */

import type { Entry } from './entries.ts';
import type { Act } from './keys.ts';
import { folderOf } from './names.ts';
import { askedPrefix } from './place.ts';
import { isNothing } from './selection.ts';
import type { Asking } from './use-acts.ts';
import type { Browser } from './use-browser.ts';

/** What acts need of the page. */
export interface Hands {
  readonly rows: readonly Entry[];
  readonly ask: (asking: Asking) => void;
  readonly open: (entry: Entry) => void;
  readonly show: (tab: string | undefined) => void;
  readonly clip: (kind: 'copy' | 'move') => void;
  readonly paste: () => void;
  readonly startDelete: () => void;
  readonly undo: (() => void) | undefined;
  readonly download: () => void;
  readonly why: () => void;
  readonly chooseFiles: () => void;
}

type Doing = Readonly<Record<Act, (() => unknown) | false>>;

export function doingOf(browser: Browser, hands: Hands): Doing {
  const { place, selected, select, openFolder, readOnly } = browser;
  const { rows, ask, open, show } = hands;
  const [only] = rows.length === 1 ? rows : [];
  const { focus } = selected;
  const at = browser.rows.find(({ key }) => key === focus);
  const some = !isNothing(selected.selection);
  const writes = !readOnly;
  return {
    open: at !== undefined && (() => open(at)),
    up: place.prefix !== '' && (() => openFolder(folderOf(place.prefix))),
    toggle: focus !== undefined && (() => select({ kind: 'toggle', key: focus })),
    all: () => selectAll(browser),
    clear: some && (() => select({ kind: 'clear' })),
    rename: writes && only !== undefined && only.kind !== 'marker' && (() => ask({ kind: 'rename', entry: only })),
    delete: writes && some && hands.startDelete,
    copy: writes && some && (() => hands.clip('copy')),
    cut: writes && some && (() => hands.clip('move')),
    paste: writes && hands.paste,
    undo: hands.undo ?? false,
    preview: only?.kind === 'object' && (() => show('preview')),
    details: only !== undefined && (() => show(undefined)),
    download: mayDownload(browser, rows) && hands.download,
    share: only?.kind === 'object' && (() => show('share')),
    access: some && (only !== undefined || writes) && (() => show('acl')),
    why: hands.why,
    upload: writes && hands.chooseFiles,
    newFolder: writes && (() => ask({ kind: 'newFolder' })),
    menu: openMenu,
    back: () => window.history.back(),
    forward: () => window.history.forward(),
  };
}

/** Of another moment only single objects: folders are listed as they are now. */
export const mayDownload = ({ readOnly, selected }: Browser, rows: readonly Entry[]): boolean =>
  readOnly
    ? rows.length === 1 && rows[0]?.kind === 'object'
    : selected.selection.kind === 'allUnder' || rows.some(({ kind }) => kind !== 'marker');

/** What is loaded first; all of the folder when it is asked for again. */
function selectAll({ rows, selected, select, listing, place }: Browser): void {
  const { selection } = selected;
  const isLoaded = selection.kind === 'some' && selection.keys.size === rows.length && rows.length > 0;
  if (isLoaded && !listing.whole && !place.deep) select({ kind: 'allUnder', prefix: askedPrefix(place) });
  else if (selection.kind === 'some') select({ kind: 'loaded', order: rows.map(({ key }) => key) });
}

/** The menu of the row that has the focus, where it is. */
function openMenu(): void {
  const row = document.activeElement;
  if (row === null) return;
  const { left, bottom } = row.getBoundingClientRect();
  const at = { clientX: left + 48, clientY: bottom - 4 };
  row.dispatchEvent(new window.MouseEvent('contextmenu', { bubbles: true, cancelable: true, ...at }));
}
