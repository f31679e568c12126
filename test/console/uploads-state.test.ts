/** The machine of uploads under random histories: what never happens, whatever the network, the file and the person do. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { crc32c, crcText, createTables } from '../../console/src/transfers/crc32c.ts';
import { heldBy, nextTask, toStop, wakeAt } from '../../console/src/transfers/next.ts';
import { partSizeOf, partsOf, rangeOf } from '../../console/src/transfers/plan.ts';
import { isClear, isOver, isStuck, movedOf, type Row, rowOf } from '../../console/src/transfers/row.ts';
import { EMPTY, type Event, IN_FLIGHT, reduce, type State, type Task } from '../../console/src/transfers/state.ts';

const MIB = 1024 * 1024;
const SIZES = [0, 1, 16 * MIB, 16 * MIB + 1, 20 * MIB, 70 * MIB];

const begun = (index: number, size: number) =>
  rowOf({ id: `r${index}`, batch: 'b', name: `f${index}`, bucket: 'bucket', key: `f${index}`, size, replace: false });

/** One step of somebody or of the network: numbers choose among what is there. */
type Step = readonly [what: number, which: number];

const HOWS = ['passing', 'slow', 'exists', 'gone', 'final', 'signed-out'] as const;

function answerTo(task: Task, which: number): Event {
  if (which % 4 === 0)
    return {
      type: 'failed',
      task,
      failure: new Error('x'),
      how: HOWS[Math.floor(which / 4) % HOWS.length] ?? 'final',
      until: which,
    };
  if (task.kind === 'part') return { type: 'sent', task, part: { number: task.number, etag: 'e', crc32c: 'c' } };
  return task.kind === 'create'
    ? { type: 'created', task, uploadId: `u-${task.id}-${which}` }
    : { type: 'finished', task };
}

const DECISIONS = ['skip', 'replace', { key: 'beside' }] as const;

function stepped(state: State, [what, which]: Step): State {
  const ids = [...state.rows.keys()];
  const id = ids[which % Math.max(1, ids.length)] ?? 'r0';
  const task = state.running[which % Math.max(1, state.running.length)];
  const pressed = (['paused', 'resumed', 'cancelled', 'retried'] as const)[which % 4] ?? 'paused';
  if (what === 0) return reduce(state, { type: pressed, ids: [id] });
  if (what === 1) return reduce(state, { type: 'line', offline: which % 3 === 0 });
  if (what === 2) return reduce(state, { type: 'decided', id, as: DECISIONS[which % 3] ?? 'skip' });
  if (what === 4) return reduce(state, { type: 'session', signedOut: which % 3 === 0 });
  if (what === 3 && task !== undefined && task.kind !== 'abort')
    return reduce(state, { type: 'moved', task, bytes: which * MIB });
  return task === undefined ? state : reduce(state, answerTo(task, which));
}

/** Starts what may be started, and ends what must be stopped, as the engine does. */
function driven(before: State, now: number, started: (task: Task, state: State) => void): State {
  let state = before;
  for (const task of toStop(state)) state = reduce(state, { type: 'stopped', task });
  for (let task = nextTask(state, now); task !== undefined; task = nextTask(state, now)) {
    started(task, state);
    state = reduce(state, { type: 'started', task });
  }
  return state;
}

const uploadsOf = (row: Row): readonly string[] => [
  ...(row.uploadId === undefined ? [] : [row.uploadId]),
  ...row.leftovers.map(({ uploadId }) => uploadId),
];

/** An upload that was begun leaves the machine only as an object, given back, or when giving it back was refused too often. */
function assertNoneForgotten(before: State, after: State): void {
  for (const [id, row] of before.rows) {
    const now = after.rows.get(id);
    assert(now !== undefined);
    const aborted = before.running.some((task) => task.kind === 'abort' && task.id === id);
    const kept = new Set(uploadsOf(now));
    if (!aborted) for (const uploadId of uploadsOf(row)) assert(kept.has(uploadId), `${uploadId} is forgotten`);
  }
}

const histories = fc.record({
  sizes: fc.array(fc.constantFrom(...SIZES), { minLength: 1, maxLength: 5 }),
  steps: fc.array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 119 })), { maxLength: 120 }),
});

test('never more requests than lanes, none twice, none for what is paused or over; bytes never exceed the file', () => {
  fc.assert(
    fc.property(histories, ({ sizes, steps }) => {
      let state = reduce(EMPTY, { type: 'added', rows: sizes.map((size, index) => begun(index, size)) });
      let now = 0;
      for (const step of steps) {
        const before = state;
        state = stepped(state, step);
        assertNoneForgotten(before, state);
        now += 1000;
        state = driven(state, now, (task, at) => {
          const row = at.rows.get(task.id);
          assert(row !== undefined && !at.offline && !at.signedOut);
          assert(task.kind === 'abort' ? !isClear(row) : !row.paused && !isOver(row) && !isStuck(row));
          if (task.kind === 'complete') assert.equal(row.parts.length, partsOf(row.size, row.partSize ?? 1));
        });
        assert(state.running.length <= IN_FLIGHT);
        assert.equal(new Set(state.running.map((task) => JSON.stringify(task))).size, state.running.length);
        for (const row of state.rows.values()) {
          assert(movedOf(row) <= row.size);
          assert.equal(new Set(row.parts.map(({ number }) => number)).size, row.parts.length);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('with a network that answers in the end, and nobody who interferes, every file arrives', () => {
  fc.assert(
    fc.property(histories, ({ sizes, steps }) => {
      let state = reduce(EMPTY, { type: 'added', rows: sizes.map((size, index) => begun(index, size)) });
      for (const step of steps) state = driven(stepped(state, step), 0, () => undefined);
      state = reduce(reduce(state, { type: 'line', offline: false }), { type: 'session', signedOut: false });
      for (const id of state.rows.keys())
        state = reduce(reduce(state, { type: 'resumed', ids: [id] }), { type: 'retried', ids: [id] });
      for (let round = 0; round < 400; round++) {
        const [task] = state.running;
        if (task !== undefined) state = reduce(state, answerTo(task, 1));
        state = driven(state, wakeAt(state, 0) ?? 0, () => undefined);
      }
      for (const row of state.rows.values()) assert(isOver(row) || row.phase === 'exists', `${row.phase} ${row.size}`);
      assert.deepEqual(state.running, []);
    }),
    { numRuns: 200 },
  );
});

test('cancelling always ends in an abort of what was begun', () => {
  let state = driven(reduce(EMPTY, { type: 'added', rows: [begun(0, 40 * MIB)] }), 0, () => undefined);
  assert.deepEqual(state.running, [{ kind: 'create', id: 'r0' }]);
  // The upload is made on the server whatever we want by then.
  state = reduce(state, { type: 'cancelled', ids: ['r0'] });
  assert.deepEqual(toStop(state), []);
  state = driven(
    reduce(state, { type: 'created', task: { kind: 'create', id: 'r0' }, uploadId: 'u' }),
    0,
    () => undefined,
  );
  const abort: Task = { kind: 'abort', id: 'r0', key: 'f0', uploadId: 'u' };
  assert.deepEqual(state.running, [abort]);
  state = reduce(state, { type: 'finished', task: abort });
  assert.equal(state.rows.get('r0')?.phase, 'cancelled');
  assert.equal(nextTask(state, 0), undefined);
});

test('what is in the way waits for a decision: the parts that are there are not sent again', () => {
  let state = driven(reduce(EMPTY, { type: 'added', rows: [begun(0, 17 * MIB)] }), 0, () => undefined);
  const answer = (): void => {
    const [task] = state.running;
    assert(task !== undefined);
    state = driven(reduce(state, answerTo(task, 1)), 0, () => undefined);
  };
  while (state.running[0]?.kind !== 'complete') answer();
  const [task] = state.running;
  assert(task !== undefined);
  state = reduce(state, { type: 'failed', task, failure: undefined, how: 'exists', until: 0 });
  assert.equal(state.rows.get('r0')?.phase, 'exists');
  assert.equal(nextTask(state, 0), undefined);
  const replaced = reduce(state, { type: 'decided', id: 'r0', as: 'replace' });
  assert.deepEqual(nextTask(replaced, 0), { kind: 'complete', id: 'r0' });
  const abort: Task = { kind: 'abort', id: 'r0', key: 'f0', uploadId: 'u-r0-1' };
  const skipped = reduce(state, { type: 'decided', id: 'r0', as: 'skip' });
  assert.equal(skipped.rows.get('r0')?.phase, 'skipped');
  assert.deepEqual(nextTask(skipped, 0), abort);
  // Beside it, all goes to another upload; the one that was begun is given back first.
  const beside = reduce(state, { type: 'decided', id: 'r0', as: { key: 'f0 (2)' } });
  assert.deepEqual(beside.rows.get('r0')?.parts, []);
  assert.deepEqual(nextTask(beside, 0), abort);
  const given = reduce(reduce(beside, { type: 'started', task: abort }), { type: 'finished', task: abort });
  assert.deepEqual(nextTask(given, 0), { kind: 'create', id: 'r0' });
});

test('what fails in passing is tried five times more, each time later; then it is failed and can be tried again by hand', () => {
  let state = reduce(EMPTY, { type: 'added', rows: [begun(0, 1)] });
  for (let turn = 0; turn < 6; turn++) {
    const until = turn * 10;
    state = driven(state, until, () => undefined);
    const [task] = state.running;
    assert(task !== undefined, String(turn));
    state = reduce(state, { type: 'failed', task, failure: new Error('gone'), how: 'passing', until: until + 10 });
    assert.equal(nextTask(state, until + 9), undefined);
    assert.equal(wakeAt(state, until), turn < 5 ? until + 10 : undefined);
  }
  assert.equal(state.rows.get('r0')?.phase, 'failed');
  assert.deepEqual(nextTask(reduce(state, { type: 'retried', ids: ['r0'] }), 0), { kind: 'whole', id: 'r0' });
});

const added = (...sizes: readonly number[]): State =>
  reduce(EMPTY, { type: 'added', rows: sizes.map((size, index) => begun(index, size)) });

const failing = (task: Task, how: Extract<Event, { type: 'failed' }>['how'], until: number): Event => ({
  ...{ type: 'failed', task, how, until },
  failure: new Error(how),
});

/** A large file of which four parts are under way. */
function inParts(): State {
  let state = driven(added(70 * MIB), 0, () => undefined);
  const [create] = state.running;
  assert(create?.kind === 'create');
  state = driven(reduce(state, { type: 'created', task: create, uploadId: 'u' }), 0, () => undefined);
  assert.equal(state.running.length, 4);
  return state;
}

test('a line that is lost for a second is one failure, however many parts were on it', () => {
  let state = inParts();
  for (let period = 0; period < 5; period++) {
    const until = (period + 1) * 10;
    for (const task of state.running) state = reduce(state, failing(task, 'passing', until));
    const row = state.rows.get('r0');
    assert.deepEqual([row?.phase, row?.tries, row?.waits, row?.waitUntil], ['queued', period + 1, period + 1, until]);
    state = driven(state, until, () => undefined);
    assert.equal(state.running.length, 4);
  }
  // The sixth in a row is the end, and stops the others.
  const [task] = state.running;
  assert(task !== undefined);
  state = reduce(state, failing(task, 'passing', 100));
  assert.equal(state.rows.get('r0')?.phase, 'failed');
  assert.equal(toStop(state).length, 3);
});

test('a part that arrives clears what was held against the others, but not for good', () => {
  let state = inParts();
  const [first, second, third] = state.running;
  assert(first?.kind === 'part' && second !== undefined && third !== undefined);
  state = reduce(state, failing(second, 'passing', 10));
  state = reduce(state, { type: 'sent', task: first, part: { number: first.number, etag: 'e', crc32c: 'c' } });
  assert.equal(state.rows.get('r0')?.tries, 0);
  state = reduce(state, failing(third, 'passing', 20));
  assert.equal(state.rows.get('r0')?.tries, 1);
});

test('offline, nothing fails, however often: back on the line, all go on at once', () => {
  let state = inParts();
  state = reduce(state, { type: 'line', offline: true });
  for (const task of state.running) state = reduce(state, failing(task, 'passing', 10));
  const waiting = state.rows.get('r0');
  assert(waiting !== undefined);
  assert.deepEqual([waiting.phase, waiting.tries, heldBy(state, waiting)], ['queued', 0, 'offline']);
  assert.equal(wakeAt(state, 0), undefined);
  state = driven(reduce(state, { type: 'line', offline: false }), 0, () => undefined);
  assert.equal(state.running.length, 4);
  // The failure comes before the browser says why: it waits no longer than the line is away.
  const [task] = state.running;
  assert(task !== undefined);
  state = reduce(reduce(state, failing(task, 'passing', 5000)), { type: 'line', offline: true });
  state = driven(reduce(state, { type: 'line', offline: false }), 0, () => undefined);
  assert.equal(state.running.length, 4);
});

test('without a session all wait, none fails; once somebody is signed in, all go on', () => {
  let state = driven(added(1, 1, 1, 1, 1, 1), 0, () => undefined);
  const [task] = state.running;
  assert(task !== undefined);
  state = reduce(state, failing(task, 'signed-out', 0));
  assert.equal(nextTask(state, 0), undefined);
  for (const other of state.running) state = reduce(state, failing(other, 'signed-out', 0));
  for (const row of state.rows.values()) {
    assert.deepEqual([row.phase, row.tries, heldBy(state, row)], ['queued', 0, 'signed-out']);
  }
  state = driven(reduce(state, { type: 'session', signedOut: false }), 0, () => undefined);
  assert.equal(state.running.length, 4);
});

test('a store that asks to slow down is waited for as long as it asks', () => {
  let state = added(1);
  for (let turn = 0; turn < 12; turn++) {
    state = driven(state, turn * 10, () => undefined);
    const [task] = state.running;
    assert(task !== undefined);
    state = reduce(state, failing(task, 'slow', turn * 10 + 10));
    const row = state.rows.get('r0');
    assert(row !== undefined);
    assert.deepEqual([row.phase, row.waits, heldBy(state, row)], ['queued', turn + 1, 'slow']);
  }
  assert.equal(state.lanes, 1);
});

test('an object may be there once an answer was lost, or a request was stopped', () => {
  const whole: Task = { kind: 'whole', id: 'r0' };
  const state = driven(added(1), 0, () => undefined);
  assert.equal(state.rows.get('r0')?.unsure, false);
  assert.equal(reduce(state, failing(whole, 'passing', 1)).rows.get('r0')?.unsure, true);
  assert.equal(reduce(state, { type: 'stopped', task: whole }).rows.get('r0')?.unsure, true);
  assert.equal(reduce(state, failing(whole, 'exists', 1)).rows.get('r0')?.unsure, false);
});

test('a store that asks to slow down is asked less at once, until a part arrives', () => {
  let state = driven(
    reduce(EMPTY, { type: 'added', rows: [1, 2, 3, 4].map((id) => begun(id, 1)) }),
    0,
    () => undefined,
  );
  assert.equal(state.running.length, 4);
  const [task] = state.running;
  assert(task !== undefined);
  state = reduce(state, { type: 'failed', task, failure: undefined, how: 'slow', until: 5 });
  assert.equal(state.lanes, 2);
  const [other] = state.running;
  assert(other !== undefined);
  assert.equal(reduce(state, { type: 'finished', task: other }).lanes, 3);
});

test('parts cover a file exactly, at most 9,000 of them, and never below what S3 takes', () => {
  for (const size of [...SIZES, 5 * 1024 ** 3, 5 * 1024 ** 4]) {
    const partSize = partSizeOf(size);
    if (partSize === undefined) {
      assert(size <= 16 * MIB);
      continue;
    }
    const count = partsOf(size, partSize);
    assert(count <= 9000 && partSize >= 8 * MIB && partSize % MIB === 0);
    assert.equal(rangeOf(size, partSize, 1).start, 0);
    assert.equal(rangeOf(size, partSize, count).end, size);
    assert.equal(rangeOf(size, partSize, 2).start, rangeOf(size, partSize, 1).end);
    assert(rangeOf(size, partSize, count).start < size);
  }
});

test('CRC-32C is that of RFC 3720, however the bytes are split', () => {
  const tables = createTables();
  assert.equal(crc32c(tables, new TextEncoder().encode('123456789')), 0xe3069283);
  assert.equal(crc32c(tables, new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crcText(0xe3069283), '4waSgw==');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, at) => {
      const first = crc32c(tables, bytes.subarray(0, at));
      assert.equal(crc32c(tables, bytes.subarray(at), first), crc32c(tables, bytes));
    }),
  );
});

test('an abort that is refused is tried five times more, each time later, and then given up', () => {
  const abort: Task = { kind: 'abort', id: 'r0', key: 'f0', uploadId: 'u' };
  let state = reduce(EMPTY, { type: 'added', rows: [{ ...begun(0, 40 * MIB), uploadId: 'u', phase: 'cancelled' }] });
  for (let turn = 0; turn < 6; turn++) {
    state = driven(state, turn * 10, () => undefined);
    assert.deepEqual(state.running, [abort], String(turn));
    state = reduce(state, { type: 'failed', task: abort, failure: undefined, how: 'final', until: turn * 10 + 10 });
    assert.equal(nextTask(state, turn * 10 + 9), undefined);
  }
  assert.equal(nextTask(state, 1000), undefined);
  assert.equal(wakeAt(state, 1000), undefined);
});
