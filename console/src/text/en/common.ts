/** English: words used everywhere. */

export const common = Object.freeze({
  cancel: 'Cancel',
  close: 'Close',
  copied: 'Copied',
  copy: 'Copy',
  delete: 'Delete',
  discard: 'Discard',
  download: 'Download',
  drawerWidth: 'Width of the drawer',
  hide: 'Hide',
  /** Before what is wrong there. */
  inLine: (line: number) => `Line ${line}:`,
  loading: 'Loading',
  messages: 'Messages',
  more: 'More',
  open: 'Open',
  save: 'Save',
  show: 'Show',
  tryAgain: 'Try again',
  undo: 'Undo',
  why: 'Why?',
  /** Behind an error. */
  request: (id: string) => `Request ${id}`,
  copyRequest: 'Copy the request’s id',
});
