/** English: words used everywhere. */

import { count } from './plural.ts';

export const common = Object.freeze({
  cancel: 'Cancel',
  close: 'Close',
  copied: 'Copied',
  copy: 'Copy',
  delete: 'Delete',
  discard: 'Discard',
  download: 'Download',
  drawerWidth: 'Width of the drawer',
  /** Of a long list. */
  firstOf: (shown: number, all: number) => `The first ${shown} of ${count(all, 'line')} are shown.`,
  hide: 'Hide',
  /** Before what is wrong there. */
  inLine: (line: number) => `Line ${line}:`,
  loading: 'Loading',
  messages: 'Messages',
  more: 'More',
  open: 'Open',
  save: 'Save',
  show: 'Show',
  showMore: 'Show more',
  tryAgain: 'Try again',
  undo: 'Undo',
  why: 'Why?',
  /** Behind an error. */
  request: (id: string) => `Request ${id}`,
});
