/** The menu of rows: what can be done with those that are selected. Nothing is in it that would do nothing. */

import {
  CircleHelp,
  ClipboardCopy,
  Copy,
  Download,
  Eye,
  FolderInput,
  FolderOpen,
  History,
  Info,
  Link,
  Lock,
  Pencil,
  Scissors,
  Share2,
  Tag,
  Trash2,
  Undo2,
} from 'lucide-react';
import { useServices } from '../../services.ts';
import { useText } from '../../text/index.ts';
import type { MenuEntries, MenuEntry } from '../../ui/menu.tsx';
import { mayDownload } from './acting.ts';
import type { MarkerEntry, ObjectEntry } from './entries.ts';
import { publicUrls } from './names.ts';
import type { Acts } from './use-acts.ts';
import type { Browser } from './use-browser.ts';

export function useRowEntries(browser: Browser, acts: Acts): MenuEntries {
  const text = useText().browser.act;
  const { site } = useServices();
  const { rows, run, show, copyAddress, ask, undelete, what } = acts;
  const { readOnly, place } = browser;
  const [only] = rows.length === 1 ? rows : [];
  const markers = rows.filter((entry): entry is MarkerEntry => entry.kind === 'marker');
  const objects = rows.filter((entry): entry is ObjectEntry => entry.kind === 'object');
  if (markers.length > 0 && markers.length === rows.length)
    return [
      [
        { label: text.undelete, icon: Undo2, act: () => undelete(markers) },
        ...(only === undefined ? [] : [{ label: text.versions, icon: History, act: () => show('versions') }]),
      ],
    ];
  const one = only?.kind === 'object';
  const urls = one ? publicUrls(site, place.bucket, only.key) : [];
  const open: MenuEntry[] = [
    ...(only === undefined ? [] : [{ label: text.open, icon: FolderOpen, keys: 'Enter', act: () => acts.open(only) }]),
    ...(one
      ? [
          { label: text.preview, icon: Eye, keys: 'v', act: () => void run('preview') },
          { label: text.details, icon: Info, keys: 'i', act: () => void run('details') },
        ]
      : []),
  ];
  const out: MenuEntry[] = [
    ...(mayDownload(browser, rows)
      ? [{ label: text.download, icon: Download, keys: 'd', act: () => void run('download') }]
      : []),
    ...(one && !readOnly ? [{ label: text.share, icon: Share2, keys: 's', act: () => void run('share') }] : []),
    ...(only === undefined ? [] : [{ label: text.uri, icon: ClipboardCopy, act: () => copyAddress('uri') }]),
    ...(urls[0] === undefined ? [] : [{ label: text.url, icon: Link, act: () => copyAddress('url') }]),
    ...(urls[1] === undefined ? [] : [{ label: text.hostUrl, icon: Link, act: () => copyAddress('hostUrl') }]),
  ];
  if (readOnly) {
    const restore = { label: text.restore, icon: Undo2, act: () => ask({ kind: 'restore', objects, what }) };
    return [open, out, objects.length > 0 ? [restore] : []];
  }
  return [
    open,
    out,
    [
      ...(only === undefined ? [] : [{ label: text.rename, icon: Pencil, keys: 'F2', act: () => void run('rename') }]),
      { label: text.copy, icon: Copy, keys: 'Ctrl C', act: () => void run('copy') },
      { label: text.cut, icon: Scissors, keys: 'Ctrl X', act: () => void run('cut') },
      { label: text.copyTo, icon: FolderInput, act: () => ask({ kind: 'pick', how: 'copy' }) },
      { label: text.moveTo, icon: FolderInput, act: () => ask({ kind: 'pick', how: 'move' }) },
    ],
    [
      { label: text.access, icon: Lock, keys: 'a', act: () => void run('access') },
      { label: text.tags, icon: Tag, act: () => show('tags') },
      ...(one ? [{ label: text.versions, icon: History, act: () => show('versions') }] : []),
      ...(only === undefined ? [] : [{ label: text.why, icon: CircleHelp, keys: 'w', act: () => void run('why') }]),
    ],
    [{ label: text.delete, icon: Trash2, keys: 'Del', danger: true, act: () => void run('delete') }],
  ];
}
