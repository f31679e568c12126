/**
 * Uploads as a pure machine: events in, a new state out, and from a state what to do next. It knows no network, no clock and no files; a
 * file is a name and a size here. `engine.ts` does what it says.
 *
 * Four requests are in flight in all; parts of one file go in parallel. What fails in passing is tried five times more, each time
 * later; without a network, or when the session has ended, everything waits and nothing fails. A file that is in the way stops its row as `exists`; nothing is overwritten that was not chosen to be.
 */

import { partSizeOf, partsOf, rangeOf } from './plan.ts';

/** Requests in flight, of all rows together. Two connections of HTTP/1.1 remain for lists. */
export const IN_FLIGHT = 4;
const RETRIES = 5;

export type Phase =
  | 'queued'
  | 'uploading'
  /** All parts are there; the whole is being made of them. */
  | 'finishing'
  | 'done'
  | 'exists'
  | 'failed'
  | 'skipped'
  | 'cancelled'
  /** From before a reload: it waits for its file. */
  | 'interrupted';

export interface Part {
  readonly number: number;
  readonly etag: string;
  readonly crc32c: string;
}

export interface Row {
  readonly id: string;
  /** Rows of one drop or choice. */
  readonly batch: string;
  /** As it was dropped: path and name. */
  readonly name: string;
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  readonly phase: Phase;
  readonly paused: boolean;
  /** Chosen: what is there is replaced. */
  readonly replace: boolean;
  readonly partSize: number | undefined;
  readonly uploadId: string | undefined;
  readonly parts: readonly Part[];
  /** Bytes under way, by part. */
  readonly moving: Readonly<Record<number, number>>;
  /** Failures in a row. */
  readonly tries: number;
  /** Until then nothing of it is tried, ms. */
  readonly waitUntil: number;
  readonly failure: unknown;
}

/** What is asked of the network. `whole` and `part` carry bytes. */
export type Task =
  | { readonly kind: 'whole' | 'create' | 'complete' | 'abort'; readonly id: string }
  | { readonly kind: 'part'; readonly id: string; readonly number: number };

export interface State {
  /** In the order in which they came. */
  readonly rows: ReadonlyMap<string, Row>;
  readonly running: readonly Task[];
  readonly offline: boolean;
  /** Nothing is asked until somebody has signed in again. */
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
      /** When it failed, and when to try again. ms */
      readonly at: number;
      readonly until: number;
    }
  | { readonly type: 'paused' | 'resumed' | 'cancelled' | 'retried' | 'dismissed'; readonly id: string }
  | { readonly type: 'decided'; readonly id: string; readonly as: 'replace' | 'skip' | { readonly key: string } }
  | { readonly type: 'revived'; readonly id: string; readonly parts: readonly Part[] }
  | { readonly type: 'line'; readonly offline: boolean }
  | { readonly type: 'session'; readonly signedOut: boolean };

/** `passing`: try again later. `exists`: in the way. `gone`: the upload is no longer known, begin anew. `signed-out`: nobody may ask. */
export type How = 'passing' | 'slow' | 'exists' | 'gone' | 'signed-out' | 'final';

export const EMPTY: State = Object.freeze({
  rows: new Map(),
  running: [],
  ...{ offline: false, signedOut: false, lanes: IN_FLIGHT },
});

interface Begun {
  readonly id: string;
  readonly batch: string;
  readonly name: string;
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  readonly replace: boolean;
}

export const rowOf = (begun: Begun): Row =>
  Object.freeze({
    ...begun,
    phase: 'queued',
    paused: false,
    partSize: partSizeOf(begun.size),
    uploadId: undefined,
    parts: [],
    moving: {},
    tries: 0,
    waitUntil: 0,
    failure: undefined,
  });

const same = (left: Task, right: Task): boolean =>
  left.id === right.id &&
  left.kind === right.kind &&
  (left.kind !== 'part' || right.kind !== 'part' || left.number === right.number);

const numberOf = (task: Task): number => (task.kind === 'part' ? task.number : 0);

const without = (moving: Row['moving'], number: number): Row['moving'] =>
  Object.fromEntries(Object.entries(moving).filter(([part]) => Number(part) !== number));

export const isOver = ({ phase }: Row): boolean => phase === 'done' || phase === 'skipped' || phase === 'cancelled';

/** Waits for a decision, or for the file. */
export const isStuck = ({ phase }: Row): boolean => phase === 'exists' || phase === 'failed' || phase === 'interrupted';

/** Bytes that are in the store or on their way: never more than the size. */
export function movedOf({ size, partSize, parts, moving, phase }: Row): number {
  if (phase === 'done') return size;
  const there = parts.reduce((sum, { number }) => {
    const { start, end } = rangeOf(size, partSize ?? size, number);
    return sum + end - start;
  }, 0);
  const under = Object.values(moving).reduce((sum, bytes) => sum + bytes, 0);
  return Math.min(size, there + under);
}

function changed(state: State, id: string, change: (row: Row) => Partial<Row>): State {
  const row = state.rows.get(id);
  if (row === undefined) return state;
  const rows = new Map(state.rows);
  rows.set(id, Object.freeze({ ...row, ...change(row) }));
  return { ...state, rows };
}

const stop = (state: State, task: Task): State => ({
  ...state,
  running: state.running.filter((one) => !same(one, task)),
});

function failed(state: State, { task, failure, how, at, until }: Extract<Event, { type: 'failed' }>): State {
  const lanes = how === 'slow' ? Math.max(1, Math.floor(state.lanes / 2)) : state.lanes;
  const signedOut = state.signedOut || how === 'signed-out';
  return changed({ ...stop(state, task), lanes, signedOut }, task.id, (row) => {
    const moving = without(row.moving, numberOf(task));
    // The row waits already: parts that were under way when the line broke fail with it, which counts once.
    const counted = row.waitUntil > at;
    const later = counted ? { tries: row.tries, waitUntil: row.waitUntil } : { tries: row.tries + 1, waitUntil: until };
    // What could not be given back stays until the store's own tidying; the row is over all the same.
    // Given up after some tries, each later: the upload is listed among the bucket's unfinished ones.
    if (task.kind === 'abort') {
      if (how === 'signed-out') return {};
      return row.tries < RETRIES ? later : { uploadId: undefined, parts: [] };
    }
    if (row.phase === 'cancelled') return { moving };
    if (how === 'signed-out') return { moving, phase: 'queued' };
    if (how === 'exists') return { moving, phase: 'exists', failure };
    if (how === 'gone' && row.uploadId !== undefined && row.tries < RETRIES) {
      return { moving: {}, parts: [], uploadId: undefined, tries: row.tries + 1, phase: 'queued' };
    }
    const again = (how === 'passing' || how === 'slow') && (counted || row.tries < RETRIES);
    if (again) return { moving, ...later, failure, phase: 'queued' };
    return { moving, phase: 'failed', failure };
  });
}

export function reduce(state: State, event: Event): State {
  switch (event.type) {
    case 'added': {
      const rows = new Map(state.rows);
      for (const row of event.rows) rows.set(row.id, row);
      return { ...state, rows };
    }
    case 'started': {
      const { task } = event;
      const running = [...state.running, task];
      const phase = task.kind === 'complete' ? 'finishing' : 'uploading';
      return changed({ ...state, running }, task.id, (row) =>
        task.kind === 'abort' ? {} : { phase, failure: row.failure },
      );
    }
    case 'moved':
      return changed(state, event.task.id, (row) => ({
        moving: { ...row.moving, [numberOf(event.task)]: event.bytes },
      }));
    case 'created':
      return changed(stop(state, event.task), event.task.id, () => ({ uploadId: event.uploadId, tries: 0 }));
    case 'sent':
      return changed({ ...stop(state, event.task), lanes: IN_FLIGHT }, event.task.id, (row) => ({
        parts: [...row.parts.filter(({ number }) => number !== event.part.number), event.part],
        moving: without(row.moving, event.part.number),
        ...{ tries: 0, failure: undefined },
      }));
    case 'finished':
      return changed({ ...stop(state, event.task), lanes: IN_FLIGHT }, event.task.id, () =>
        event.task.kind === 'abort'
          ? { uploadId: undefined, parts: [] }
          : { phase: 'done', moving: {}, failure: undefined },
      );
    case 'stopped':
      return changed(stop(state, event.task), event.task.id, (row) => ({
        moving: without(row.moving, numberOf(event.task)),
      }));
    case 'failed':
      return failed(state, event);
    case 'line':
      return { ...state, offline: event.offline };
    case 'session':
      return { ...state, signedOut: event.signedOut };
    default:
      return chosen(state, event);
  }
}

type Chosen = Exclude<
  Event,
  { type: 'added' | 'started' | 'moved' | 'created' | 'sent' | 'finished' | 'stopped' | 'failed' | 'line' | 'session' }
>;

/** What somebody pressed. */
function chosen(state: State, event: Chosen): State {
  const { id } = event;
  switch (event.type) {
    case 'paused':
      return changed(state, id, (row) => (isOver(row) ? {} : { paused: true }));
    case 'resumed':
      return changed(state, id, () => ({ paused: false, waitUntil: 0 }));
    case 'cancelled':
      return changed(state, id, (row) =>
        row.phase === 'done' ? {} : { phase: 'cancelled', paused: false, waitUntil: 0, tries: 0 },
      );
    case 'retried':
      return changed(state, id, (row) =>
        row.phase === 'failed' ? { phase: 'queued', tries: 0, waitUntil: 0, paused: false } : {},
      );
    case 'decided':
      return changed(state, id, (row) => decided(row, event.as));
    case 'revived':
      return changed(state, id, () => ({ phase: 'queued', parts: event.parts, tries: 0, paused: false }));
    case 'dismissed': {
      const rows = new Map(state.rows);
      rows.delete(id);
      return { ...state, rows };
    }
  }
}

/** What to do with what is in the way. A finished multipart upload under another key has to be sent again. */
function decided(row: Row, as: Extract<Event, { type: 'decided' }>['as']): Partial<Row> {
  if (row.phase !== 'exists') return {};
  if (as === 'skip') return { phase: row.uploadId === undefined ? 'skipped' : 'cancelled' };
  if (as === 'replace') return { phase: 'queued', replace: true, tries: 0, failure: undefined };
  return { phase: 'queued', key: as.key, tries: 0, parts: [], uploadId: undefined, failure: undefined };
}

const inFlightOf = (state: State, id: string): readonly Task[] => state.running.filter((task) => task.id === id);

/** What a row would do next, when there were room. */
function wants(row: Row, running: readonly Task[], now: number): Task | undefined {
  const { id, phase, partSize, uploadId, parts, size } = row;
  if (phase === 'cancelled') {
    const idle = uploadId !== undefined && running.length === 0 && row.waitUntil <= now;
    return idle ? { kind: 'abort', id } : undefined;
  }
  if ((phase !== 'queued' && phase !== 'uploading') || row.paused || row.waitUntil > now) return undefined;
  if (partSize === undefined) return running.length > 0 ? undefined : { kind: 'whole', id };
  if (uploadId === undefined) return running.length > 0 ? undefined : { kind: 'create', id };
  const there = new Set(parts.map(({ number }) => number));
  for (const task of running) if (task.kind === 'part') there.add(task.number);
  const count = partsOf(size, partSize);
  for (let number = 1; number <= count; number++) if (!there.has(number)) return { kind: 'part', id, number };
  return running.length > 0 ? undefined : { kind: 'complete', id };
}

/** The next request to make, or `undefined` while there is no room or nothing to do. Aborts come first; rows in their order. */
export function nextTask(state: State, now: number): Task | undefined {
  if (state.offline || state.signedOut || state.running.length >= state.lanes) return undefined;
  let found: Task | undefined;
  for (const row of state.rows.values()) {
    const task = wants(row, inFlightOf(state, row.id), now);
    if (task?.kind === 'abort') return task;
    found ??= task;
  }
  return found;
}

/** Bytes under way that must be stopped: their rows are paused, cancelled or gone. What makes or ends an upload is let come to its end. */
export const toStop = (state: State): readonly Task[] =>
  state.running.filter((task) => {
    const row = state.rows.get(task.id);
    const bytes = task.kind === 'part' || task.kind === 'whole';
    return bytes && (row === undefined || row.paused || isOver(row) || isStuck(row));
  });

/** When somebody who waits may go on; `undefined`: nobody does. ms */
export function wakeAt(state: State, now: number): number | undefined {
  const times = [...state.rows.values()].filter(
    ({ waitUntil, phase }) => (phase === 'queued' || phase === 'cancelled') && waitUntil > now,
  );
  return times.length === 0 ? undefined : Math.min(...times.map(({ waitUntil }) => waitUntil));
}
