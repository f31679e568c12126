/** English: uploads in the tray. */

import { count } from './plural.ts';

const seconds = (left: number): string =>
  left < 60
    ? `${Math.max(1, Math.round(left))} s left`
    : left < 3600
      ? `${Math.round(left / 60)} min left`
      : `${Math.round(left / 3600)} h left`;

export const transfers = Object.freeze({
  title: 'Uploads',
  summary: (done: number, all: number, percent: number) => `${done} of ${all} done, ${percent}\u00a0%`,
  pill: (going: number, stuck: number) =>
    ['Transfers', ...(going === 0 ? [] : [`${going} under way`]), ...(stuck === 0 ? [] : [`${stuck} to decide`])].join(
      ', ',
    ),
  left: seconds,
  rate: (size: string) => `${size}/s`,
  pauseAll: 'Pause all',
  resumeAll: 'Go on with all',
  cancelAll: 'Cancel all',
  againAll: (many: number) => `Try ${many} again`,
  tidy: 'Clear what is done',
  fold: 'Fold the uploads',
  unfold: 'Unfold the uploads',
  hide: 'Hide the uploads',
  none: 'Nothing is being uploaded.',
  noneHint: 'Drop files or folders into a bucket, and they are shown here.',
  /** Of a folder that was dropped. */
  files: (done: number, all: number) => `${done} of ${count(all, 'file')}`,
  open: (name: string) => `Show the files of ${name}`,
  shut: (name: string) => `Hide the files of ${name}`,
  checking: (many: number) => `Looking whether ${count(many, 'file')} ${many === 1 ? 'is' : 'are'} there already.`,
  pause: (name: string) => `Pause ${name}`,
  resume: (name: string) => `Go on with ${name}`,
  cancel: (name: string) => `Cancel ${name}`,
  more: (many: number) => `and ${count(many, 'more file')}`,
  phases: {
    queued: 'waiting',
    checking: 'comparing with what is there',
    uploading: 'uploading',
    finishing: 'finishing',
    done: 'done',
    exists: 'already exists',
    failed: 'failed',
    skipped: 'skipped',
    cancelled: 'cancelled',
    interrupted: 'interrupted',
  },
  /** Why nothing moves. */
  held: {
    offline: 'waiting: you are offline',
    'signed-out': 'waiting: sign in',
    slow: 'waiting: the store asks to slow down',
  },
  paused: 'paused',
  retrying: (turn: number) => `trying again, ${turn} of 5`,
  slowed: (lanes: number) =>
    `The store asked to slow down. Slowed to ${count(lanes, 'request')} at a time; still going.`,
  signedOut: 'Your session has ended. Sign in, and it goes on.',
  offline: 'You are offline. Nothing is lost; it goes on by itself.',
  replace: 'Replace',
  newVersion: 'Add as a new version',
  keepBoth: 'Keep both',
  skip: 'Skip',
  again: 'Try again',
  interrupted: (many: number) => `${count(many, 'upload')} ${many === 1 ? 'was' : 'were'} interrupted.`,
  resumeOne: 'Resume',
  chooseAgain: (many: number) => (many === 1 ? 'Choose the file again' : 'Choose the files again'),
  dropIt: 'Forget it',
  forget: (name: string) => `Forget ${name}`,
  elsewhere: (name: string) => `Another tab has taken up ${name}.`,
  otherFile: (name: string) => `${name} could not be read as it was. Choose it again: the same name and size.`,
  noneOf: (name: string) => `${name} is none of them: name and size have to be the same.`,
  conflicts: {
    title: (there: number, all: number) =>
      `${there} of ${count(all, 'file')} already ${there === 1 ? 'exists' : 'exist'}`,
    lead: 'Nothing is overwritten until you say so.',
    leadVersioned: 'This bucket keeps versions: what is there stays as an old version.',
    /** Of files that are there byte for byte. */
    sameLead: (same: number, all: number) =>
      same === all
        ? `${all === 1 ? 'It is' : 'All of them are'} there byte for byte: nothing has to be uploaded.`
        : `${same} of them ${same === 1 ? 'is' : 'are'} there byte for byte and ${same === 1 ? 'is' : 'are'} skipped.`,
    all: 'All of them',
    allOthers: 'All that differ',
    name: 'Name',
    yours: 'Yours',
    there: 'There',
    same: 'the same',
    choice: 'Do',
    table: 'Files that exist already',
    go: 'Upload',
  },
});
