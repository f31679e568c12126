/**
 * Uploads as a pure machine: events in, a new state out; from a state, `next.ts` says what to do. It knows no network, no clock and no
 * files. `engine.ts` does what it says.
 *
 * Four requests are in flight in all; parts of one file go in parallel. What fails in passing is tried five times more, each time
 * later: all that fails at once counts as one. Without a line, without a session, and when the store asks to slow down, an upload
 * waits and does not fail. A file that is in the way stops its row as `exists`; nothing is overwritten that was not chosen to be.
 */

import { isOver, type Leftover, type Part, type Row } from './row.ts';

/** Requests in flight, of all rows together. Two connections of HTTP/1.1 remain for lists. */
export const IN_FLIGHT = 4;
const RETRIES = 5;

/** What is asked of the network. `whole` and `part` carry bytes. */
export type Task =
  | { readonly kind: 'whole' | 'create' | 'complete'; readonly id: string }
  | ({ readonly kind: 'abort'; readonly id: string } & Leftover)
  | { readonly kind: 'part'; readonly id: string; readonly number: number };

export interface State {
  /** In the order in which they came. */
  readonly rows: ReadonlyMap<string, Row>;
  readonly running: readonly Task[];
  readonly offline: boolean;
  /** Nobody is signed in: all wait. */
  readonly signedOut: boolean;
  /** Requests in flight at most: fewer after the store asked to slow down. */
  readonly lanes: number;
}

export type Event =
  | { readonly type: 'added'; readonly rows: readonly Row[] }
  | { readonly type: 'started'; readonly task: Task }
  | { readonly type: 'moved'; readonly task: Task; readonly bytes: number }
  | { readonly type: 'created'; readonly task: Task; readonly uploadId: string }
  | { readonly type: 'sent'; readonly task: Task; readonly part: Part }
  | { readonly type: 'finished'; readonly task: Task }
  /** Stopped by us: neither done nor failed. */
  | { readonly type: 'stopped'; readonly task: Task }
  | {
      readonly type: 'failed';
      readonly task: Task;
      readonly failure: unknown;
      readonly how: How;
      readonly until: number;
    }
  /** What somebody pressed. */
  | { readonly type: 'paused' | 'resumed' | 'cancelled' | 'retried'; readonly ids: readonly string[] }
  | { readonly type: 'decided'; readonly id: string; readonly as: 'replace' | 'skip' | { readonly key: string } }
  /** Of an interrupted one: its file is being compared; it is not the file after all; it is. */
  | { readonly type: 'checking' | 'unchecked'; readonly id: string }
  | { readonly type: 'revived'; readonly id: string; readonly parts: readonly Part[] }
  | { readonly type: 'line'; readonly offline: boolean }
  | { readonly type: 'session'; readonly signedOut: boolean }
  | { readonly type: 'dismissed'; readonly ids: readonly string[] }
  /** Somebody else has signed in: these are not theirs. */
  | { readonly type: 'emptied' };

/**
 * `passing`: try again later. `slow`: later too, but it never fails for it. `signIn`: once somebody is signed in. `exists`: in the way.
 * `gone`: the upload is no longer known, begin anew.
 */
export type How = 'passing' | 'slow' | 'signed-out' | 'exists' | 'gone' | 'final';

export const EMPTY: State = Object.freeze({
  ...{ rows: new Map(), running: [] },
  ...{ offline: false, signedOut: false, lanes: IN_FLIGHT },
});

const same = (left: Task, right: Task): boolean =>
  left.id === right.id &&
  left.kind === right.kind &&
  (left.kind !== 'part' || right.kind !== 'part' || left.number === right.number);

const numberOf = (task: Task): number => (task.kind === 'part' ? task.number : 0);

const without = (moving: Row['moving'], number: number): Row['moving'] =>
  Object.fromEntries(Object.entries(moving).filter(([part]) => Number(part) !== number));

const changed = (state: State, id: string, change: (row: Row) => Partial<Row>): State =>
  state.rows.has(id) ? changedAll(state, [id], change) : state;

/** Thousands at once, with one new map. */
function changedAll(state: State, ids: readonly string[], change: (row: Row) => Partial<Row>): State {
  const rows = new Map(state.rows);
  for (const id of ids) {
    const row = rows.get(id);
    if (row !== undefined) rows.set(id, Object.freeze({ ...row, ...change(row) }));
  }
  return { ...state, rows };
}

const stop = (state: State, task: Task): State => ({
  ...state,
  running: state.running.filter((one) => !same(one, task)),
});

/** Nothing is held against it any more. */
const CALM = Object.freeze({ tries: 0, waits: 0, waitUntil: 0, slow: false, spared: [], failure: undefined });

/** The upload is not wanted any more, under this key at least. */
const given = ({ key, uploadId, leftovers }: Row): Pick<Row, 'uploadId' | 'leftovers' | 'parts' | 'moving'> => ({
  ...{ uploadId: undefined, parts: [], moving: {} },
  leftovers: uploadId === undefined ? leftovers : [...leftovers, { key, uploadId }],
});

type Failed = Extract<Event, { type: 'failed' }>;

function failed(state: State, event: Failed): State {
  const { task, how } = event;
  const stopped = stop(state, task);
  const lanes = how === 'slow' ? Math.max(1, Math.floor(state.lanes / 2)) : state.lanes;
  const next = { ...stopped, lanes, signedOut: state.signedOut || how === 'signed-out' };
  // Nobody can answer: that is no failure of this row.
  const held = how === 'signed-out' || (how === 'passing' && state.offline);
  return changed(next, task.id, (row) => {
    if (task.kind === 'abort') return held ? {} : notGivenBack(row, task, event);
    const moving = without(row.moving, numberOf(task));
    const unsure = row.unsure || mayBeThere(task, how);
    if (row.phase === 'cancelled') return { moving, unsure };
    if (held) return { moving, unsure, phase: 'queued' };
    return { moving, unsure, ...failedRow(row, event, stopped) };
  });
}

const mayBeThere = ({ kind }: Task, how: How): boolean =>
  (kind === 'whole' || kind === 'complete') && (how === 'passing' || how === 'slow');

function failedRow(row: Row, { task, failure, how, until }: Failed, { running }: State): Partial<Row> {
  if (how === 'exists') return { phase: 'exists', failure };
  if (how === 'gone' && row.uploadId !== undefined && row.tries < RETRIES) {
    return { ...given(row), tries: row.tries + 1, phase: 'queued' };
  }
  if (how !== 'passing' && how !== 'slow') return { phase: 'failed', failure };
  const slow = how === 'slow';
  const spared = task.kind === 'part' && row.spared.includes(task.number);
  if (spared) return { waitUntil: slow ? Math.max(row.waitUntil, until) : row.waitUntil, phase: 'queued', failure };
  const tries = slow ? row.tries : row.tries + 1;
  if (tries > RETRIES) return { phase: 'failed', failure };
  const others = running.flatMap((one) => (one.id === row.id && one.kind === 'part' ? [one.number] : []));
  return { tries, waits: row.waits + 1, waitUntil: until, slow, spared: others, phase: 'queued', failure };
}

/** What could not be given back after some tries, each later, stays: it is listed among the bucket's unfinished uploads. */
function notGivenBack(row: Row, { uploadId }: Leftover, { how, until }: Failed): Partial<Row> {
  const once = uploadId !== row.uploadId && how === 'final';
  if (row.tries < RETRIES && !once) return { tries: row.tries + 1, waits: row.waits + 1, waitUntil: until };
  return gaveBack(row, uploadId);
}

const gaveBack = (row: Row, uploadId: string): Partial<Row> =>
  uploadId === row.uploadId
    ? { uploadId: undefined, parts: [] }
    : { leftovers: row.leftovers.filter((one) => one.uploadId !== uploadId), waitUntil: 0 };

export function reduce(state: State, event: Event): State {
  switch (event.type) {
    case 'added': {
      const rows = new Map(state.rows);
      for (const row of event.rows) rows.set(row.id, row);
      return { ...state, rows };
    }
    case 'dismissed': {
      const rows = new Map(state.rows);
      for (const id of event.ids) rows.delete(id);
      return { ...state, rows };
    }
    case 'emptied':
      return { ...state, rows: new Map() };
    case 'line':
      return onLine(state, event.offline);
    case 'session':
      return { ...state, signedOut: event.signedOut };
    case 'paused':
    case 'resumed':
    case 'cancelled':
    case 'retried':
      return changedAll(state, event.ids, (row) => chosen(row, event));
    case 'decided':
    case 'checking':
    case 'unchecked':
    case 'revived':
      return changed(state, event.id, (row) => chosen(row, event));
    case 'failed':
      return failed(state, event);
    default:
      return told(state, event);
  }
}

/** Back on the line, whoever waited for it goes on at once. */
function onLine(state: State, offline: boolean): State {
  if (offline || !state.offline) return { ...state, offline };
  const back = (row: Row): Row => (row.waitUntil === 0 || row.slow ? row : { ...row, ...CALM });
  return { ...state, offline, rows: new Map([...state.rows].map(([id, row]) => [id, back(row)])) };
}

type Told = Extract<Event, { type: 'started' | 'moved' | 'created' | 'sent' | 'finished' | 'stopped' }>;

/** What became of a request. */
function told(state: State, event: Told): State {
  const { task } = event;
  const moved = (more: Partial<State>, change: (row: Row) => Partial<Row>): State =>
    changed({ ...stop(state, task), ...more }, task.id, change);
  const lanes = Math.min(IN_FLIGHT, state.lanes + 1);
  switch (event.type) {
    case 'started':
      return changed({ ...state, running: [...state.running, task] }, task.id, (row) => begun(row, task));
    case 'moved':
      return changed(state, task.id, (row) => ({ moving: { ...row.moving, [numberOf(task)]: event.bytes } }));
    case 'created':
      return moved({ lanes }, () => ({ uploadId: event.uploadId, slow: false }));
    case 'sent':
      return moved({ lanes }, (row) => ({
        parts: [...row.parts.filter(({ number }) => number !== event.part.number), event.part],
        moving: without(row.moving, event.part.number),
        ...CALM,
      }));
    case 'finished':
      return moved({ lanes }, (row) =>
        task.kind === 'abort' ? gaveBack(row, task.uploadId) : { ...CALM, phase: 'done', moving: {} },
      );
    case 'stopped':
      return moved({}, (row) => ({
        moving: without(row.moving, numberOf(task)),
        unsure: row.unsure || task.kind === 'whole',
      }));
  }
}

function begun(row: Row, task: Task): Partial<Row> {
  if (task.kind === 'abort') return {};
  const spared = row.spared.filter((number) => number !== numberOf(task));
  return { phase: task.kind === 'complete' ? 'finishing' : 'uploading', slow: false, spared, waitUntil: 0 };
}

type Chosen = Exclude<Event, Told | Failed | { type: 'added' | 'dismissed' | 'emptied' | 'line' | 'session' }>;

function chosen(row: Row, event: Chosen): Partial<Row> {
  const { phase } = row;
  switch (event.type) {
    case 'paused':
      return isOver(row) ? {} : { paused: true };
    case 'resumed':
      return { paused: false, waitUntil: row.slow ? row.waitUntil : 0 };
    case 'cancelled':
      return phase === 'done' ? {} : { ...CALM, phase: 'cancelled', paused: false };
    case 'retried':
      return phase === 'failed' ? { ...CALM, phase: 'queued', paused: false } : {};
    case 'decided':
      return phase === 'exists' ? decided(row, event.as) : {};
    case 'checking':
      return phase === 'interrupted' ? { phase: 'checking', failure: undefined } : {};
    case 'unchecked':
      return phase === 'checking' ? { phase: 'interrupted' } : {};
    case 'revived':
      return phase === 'checking' ? { ...CALM, phase: 'queued', parts: event.parts, paused: false } : {};
  }
}

/** What to do with what is in the way. A finished multipart upload under another key has to be sent again. */
function decided(row: Row, as: Extract<Event, { type: 'decided' }>['as']): Partial<Row> {
  if (as === 'skip') return { ...given(row), phase: 'skipped' };
  if (as === 'replace') return { ...CALM, phase: 'queued', replace: true };
  return { ...CALM, ...given(row), phase: 'queued', key: as.key, unsure: false };
}
