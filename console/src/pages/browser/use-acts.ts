/** What can be done with rows, by whichever way it is asked for: keys, the menu, the bar, a drop. One place says what each does. */

import { useNavigate } from '@tanstack/react-router';
import { type RefObject, useMemo, useRef, useState } from 'react';
import type { Sent } from '../../jobs/dropped.ts';
import type { Targets } from '../../jobs/objects.ts';
import { useServices } from '../../services.ts';
import { useLocale, useText } from '../../text/index.ts';
import { copyText } from '../../ui/clipboard.ts';
import { sizeText } from '../../ui/format.ts';
import { plainKey } from '../../ui/key-parts.ts';
import { useToasts } from '../../ui/toast.tsx';
import { doingOf, type Hands } from './acting.ts';
import { downloadUrl } from './download.ts';
import type { Entry, MarkerEntry, ObjectEntry } from './entries.ts';
import type { Act } from './keys.ts';
import { folderOf, nameOf, publicUrls, s3Uri, shownName } from './names.ts';
import { amountOf, chosen, selectedTargets } from './targets.ts';
import type { Browser } from './use-browser.ts';
import { useClipboard } from './use-clipboard.ts';
import { useRemove } from './use-remove.ts';
import { type Moving, type Transfer, useTransfer } from './use-transfer.ts';

export type Asking =
  | { readonly kind: 'newFolder' }
  | { readonly kind: 'rename'; readonly entry: Entry }
  | {
      readonly kind: 'delete';
      readonly targets: Targets;
      readonly what: string;
      readonly folders: boolean;
      readonly one: boolean;
    }
  | { readonly kind: 'pick'; readonly how: 'copy' | 'move' }
  | { readonly kind: 'travel' }
  | {
      readonly kind: 'many';
      /** Where they were chosen: the page may show another one meanwhile. */
      readonly bucket: string;
      readonly targets: Targets;
      readonly what: string;
      readonly tab: string | undefined;
    }
  /** More than a zip may have. */
  | { readonly kind: 'tooMuch'; readonly what: string }
  | { readonly kind: 'restore'; readonly objects: readonly ObjectEntry[]; readonly what: string };

export interface Acts {
  readonly asking: Asking | undefined;
  readonly ask: (asking: Asking | undefined) => void;
  readonly transfer: Transfer;
  /** The rows that acts are about. */
  readonly rows: readonly Entry[];
  readonly what: string;
  readonly input: RefObject<HTMLInputElement | null>;
  readonly folderInput: RefObject<HTMLInputElement | null>;
  /** Whether it did something. */
  readonly run: (act: Act) => boolean;
  readonly open: (entry: Entry) => void;
  readonly show: (tab: string | undefined) => void;
  readonly copyAddress: (how: 'uri' | 'url' | 'hostUrl') => void;
  readonly moveTo: (how: 'copy' | 'move', to: Moving['to']) => void;
  readonly upload: (files: AsyncIterable<Sent> | readonly Sent[]) => void;
  readonly remove: (targets: Targets, what: string) => void;
  readonly undelete: (markers: readonly MarkerEntry[]) => void;
  readonly paste: (() => void) | undefined;
  readonly cut: ReadonlySet<string>;
}

/** In words: `alps.tif`, `3 objects, 14 MB`, `2 folders with everything in them`. */
function useWhat(browser: Browser): string {
  const text = useText().browser.what;
  const locale = useLocale();
  const { rows, selected, listing, place } = browser;
  const { selection } = selected;
  if (selection.kind === 'allUnder') return selection.except.size === 0 ? text.all : text.allBut(selection.except.size);
  const entries = chosen(rows, selection);
  const [only] = entries;
  if (only !== undefined && entries.length === 1) return text.one(plainKey(shownName(only, place.prefix)));
  const { objects, folders, bytes } = amountOf(rows, selection, listing.whole);
  const files = objects > 0 ? text.objects(objects, sizeText(bytes, locale)) : undefined;
  const all = folders > 0 ? text.folders(folders) : undefined;
  return files !== undefined && all !== undefined ? text.both(files, all) : (files ?? all ?? '');
}

export function useActs(browser: Browser): Acts {
  const what = useWhat(browser);
  const [asking, ask] = useState<Asking>();
  const transfer = useTransfer();
  const [input, folderInput] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const { place, selected, readOnly } = browser;
  const rows = chosen(browser.rows, selected.selection);
  const targets = (): Targets => selectedTargets(browser.rows, selected.selection);
  const choice: Choice = { rows, what, targets, ask };
  const clipboard = useClipping(browser, choice, transfer);
  const deleting = useDeleting(browser, choice);
  const shown = useShowing(browser, choice);
  const downloadMany = useDownloadMany(browser, choice);
  const download = (): void => {
    const [only] = rows;
    if (only?.kind === 'object' && rows.length === 1) void shown.downloadOne(only);
    else void downloadMany();
  };
  const run = (act: Act): boolean => {
    const hands: Hands = {
      ...{ rows, ask, download, ...shown, ...clipboard, ...deleting },
      chooseFiles: () => input.current?.click(),
    };
    const doing = doingOf(browser, hands)[act];
    if (doing === false) return false;
    doing();
    return true;
  };
  const moveTo = (how: 'copy' | 'move', to: Moving['to']): void => {
    ask(undefined);
    const from = { bucket: place.bucket, prefix: place.deep ? folderOf(rows[0]?.key ?? '') : place.prefix };
    void transfer.move({ kind: how, from, to, targets: targets(), what });
  };
  const { open, show, copyAddress } = shown;
  return {
    ...{ asking, ask, transfer, rows, what, input, folderInput, run, open, show, copyAddress, moveTo },
    ...{ remove: deleting.remove, undelete: deleting.undelete, cut: clipboard.cut },
    upload: (files) => void transfer.upload({ bucket: place.bucket, prefix: place.prefix }, files),
    paste: clipboard.some && !readOnly ? clipboard.paste : undefined,
  };
}

interface Choice {
  readonly rows: readonly Entry[];
  readonly what: string;
  readonly targets: () => Targets;
  readonly ask: (asking: Asking | undefined) => void;
}

/** Opening, drawers, addresses, downloads: what changes nothing. */
function useShowing(browser: Browser, { rows, what, targets, ask }: Choice) {
  const { s3, site } = useServices();
  const text = useText().browser;
  const toasts = useToasts();
  const navigate = useNavigate();
  const { place, change, openFolder, readOnly } = browser;
  const { bucket } = place;
  const [only] = rows.length === 1 ? rows : [];
  return {
    open(entry: Entry): void {
      if (entry.kind === 'folder') openFolder(entry.key);
      else {
        const past = readOnly && entry.kind === 'object' ? entry.versionId : undefined;
        const tab = entry.kind === 'marker' ? 'versions' : undefined;
        change({ object: entry.key, tab, version: past, panel: undefined, line: undefined });
      }
    },
    show(tab: string | undefined): void {
      const version = only?.kind === 'object' && readOnly ? only.versionId : undefined;
      if (only !== undefined) change({ object: only.key, version, tab, panel: undefined, line: undefined });
      else ask({ kind: 'many', bucket, targets: targets(), what, tab });
    },
    async downloadOne({ key, versionId }: ObjectEntry): Promise<void> {
      window.location.assign(await downloadUrl(s3, bucket, key, versionId));
    },
    why(): void {
      const isObject = only?.kind === 'object';
      const resource = isObject ? `${bucket}/${only.key}` : bucket;
      void navigate({ to: '/explain', search: { action: isObject ? 's3:GetObject' : 's3:ListBucket', resource } });
    },
    copyAddress(how: 'uri' | 'url' | 'hostUrl'): void {
      const key = only?.key ?? place.prefix;
      const [path, host] = publicUrls(site, bucket, key);
      const value = how === 'uri' ? s3Uri(bucket, key) : how === 'url' ? path : host;
      if (value === undefined) return;
      void copyText(value).then((done) => (done ? toasts.say(text.copiedAddress) : undefined));
    },
  };
}

/** Several, or folders: into a folder of the machine where the browser can, else as a zip, else by another program. */
function useDownloadMany({ place }: Browser, { rows, what, targets, ask }: Choice): () => Promise<void> {
  const { s3, jobs, trust } = useServices();
  const text = useText().jobs;
  const { bucket, prefix } = place;
  return async () => {
    // Loaded when it is needed: nothing of it is in the first load.
    const { pickFolder, intoFolder, intoZip } = await import('../../jobs/download-many.ts');
    const sizes = new Map(rows.flatMap((row) => (row.kind === 'object' ? [[row.key, row.size] as const] : [])));
    const name = nameOf(prefix) || bucket;
    const wanted = { bucket, prefix, targets: targets(), sizes, title: text.downloading(what), name };
    const means = { s3, jobs, trust };
    const folder = await pickFolder();
    if (folder === 'cancelled') return;
    if (folder !== 'none') await intoFolder(means, wanted, folder);
    else if (!(await intoZip(means, wanted))) ask({ kind: 'tooMuch', what });
  };
}

function useClipping({ place, rows: all }: Browser, { rows, what, targets }: Choice, transfer: Transfer) {
  const { clipboard: text, pick } = useText().browser;
  const { inside } = pick;
  const toasts = useToasts();
  const [clipped, setClipped] = useClipboard();
  const { bucket, prefix } = place;
  const isHere = clipped?.kind === 'move' && clipped.from.bucket === bucket && clipped.from.prefix === prefix;
  const cut = useMemo(
    () =>
      new Set(
        isHere && clipped !== null && all.length > 0 ? [...clipped.targets.keys, ...clipped.targets.prefixes] : [],
      ),
    [isHere, clipped, all.length],
  );
  return {
    cut,
    some: clipped !== null,
    clip(kind: 'copy' | 'move'): void {
      setClipped({ kind, from: { bucket, prefix }, targets: targets(), what });
      toasts.say(kind === 'copy' ? text.copied(rows.length) : text.cut(rows.length));
    },
    paste(): void {
      if (clipped === null) {
        toasts.say(text.nothing);
        return;
      }
      // It would find what it has just written, without end.
      if (clipped.from.bucket === bucket && clipped.targets.prefixes.some((folder) => prefix.startsWith(folder))) {
        toasts.say(inside);
        return;
      }
      if (clipped.kind === 'move') setClipped(null);
      // Of a move to where it is already nothing is left to do.
      if (!isHere) void transfer.move({ ...clipped, to: { bucket, prefix } });
    },
  };
}

function useDeleting(browser: Browser, { rows, what, targets, ask }: Choice) {
  const removing = useRemove();
  const [undo, setUndo] = useState<{ readonly act: () => void }>();
  const { place, selected, select, versioning } = browser;
  const { bucket } = place;
  const versioned = versioning === 'Enabled';
  const remove = (of: Targets, named: string): void => {
    ask(undefined);
    select({ kind: 'gone', keys: [...of.keys, ...of.prefixes], order: browser.rows.map(({ key }) => key) });
    if (selected.selection.kind === 'allUnder') select({ kind: 'clear' });
    void removing.remove({ bucket, targets: of, what: named, versioned }).then((act) => setUndo(act && { act }));
  };
  return {
    remove,
    undelete: (markers: readonly MarkerEntry[]): void => void removing.undelete(bucket, markers),
    startDelete(): void {
      const folders = selected.selection.kind === 'allUnder' || rows.some(({ kind }) => kind === 'folder');
      // Markers are laid at once and can be taken back; what nobody can take back is asked first.
      if (versioned && !folders) remove(targets(), what);
      else ask({ kind: 'delete', targets: targets(), what, folders, one: rows.length === 1 && !folders });
    },
    undo:
      undo &&
      (() => {
        setUndo(undefined);
        undo.act();
      }),
  };
}
