/** The machine of uploads under random histories: what never happens, whatever the network, the file and the person do. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { crc32c, crcText, createTables } from '../../console/src/transfers/crc32c.ts';
import { partSizeOf, partsOf, rangeOf } from '../../console/src/transfers/plan.ts';
import {
  EMPTY,
  type Event,
  IN_FLIGHT,
  isOver,
  isStuck,
  movedOf,
  nextTask,
  reduce,
  rowOf,
  type State,
  type Task,
  toStop,
  wakeAt,
} from '../../console/src/transfers/state.ts';

const MIB = 1024 * 1024;
const SIZES = [0, 1, 16 * MIB, 16 * MIB + 1, 20 * MIB, 70 * MIB];

const begun = (index: number, size: number) =>
  rowOf({ id: `r${index}`, batch: 'b', name: `f${index}`, bucket: 'bucket', key: `f${index}`, size, replace: false });

/** One step of somebody or of the network: numbers choose among what is there. */
type Step = readonly [what: number, which: number];

const HOWS = ['passing', 'slow', 'exists', 'gone', 'final', 'signed-out'] as const;

function answerTo(task: Task, which: number): Event {
  if (which % 4 === 0)
    return { type: 'failed', task, failure: new Error('x'), how: HOWS[which % 6] ?? 'final', at: 0, until: which };
  if (task.kind === 'part') return { type: 'sent', task, part: { number: task.number, etag: 'e', crc32c: 'c' } };
  return task.kind === 'create' ? { type: 'created', task, uploadId: `u-${task.id}` } : { type: 'finished', task };
}

function stepped(state: State, [what, which]: Step): State {
  const ids = [...state.rows.keys()];
  const id = ids[which % Math.max(1, ids.length)] ?? 'r0';
  const task = state.running[which % Math.max(1, state.running.length)];
  const pressed = (['paused', 'resumed', 'cancelled', 'retried'] as const)[which % 4] ?? 'paused';
  if (what === 0) return reduce(state, { type: pressed, id });
  if (what === 1 && which % 2 === 0) return reduce(state, { type: 'line', offline: which % 3 === 0 });
  if (what === 1) return reduce(state, { type: 'session', signedOut: which % 3 === 0 });
  if (what === 2) return reduce(state, { type: 'decided', id, as: which % 2 === 0 ? 'skip' : 'replace' });
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

const histories = fc.record({
  sizes: fc.array(fc.constantFrom(...SIZES), { minLength: 1, maxLength: 5 }),
  steps: fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 100 })), { maxLength: 120 }),
});

test('never more requests than lanes, none twice, none for what is paused or over; bytes never exceed the file', () => {
  fc.assert(
    fc.property(histories, ({ sizes, steps }) => {
      let state = reduce(EMPTY, { type: 'added', rows: sizes.map((size, index) => begun(index, size)) });
      let now = 0;
      for (const step of steps) {
        state = stepped(state, step);
        now += 1000;
        state = driven(state, now, (task, at) => {
          const row = at.rows.get(task.id);
          assert(row !== undefined && !at.offline && !at.signedOut);
          assert(task.kind === 'abort' ? row.phase === 'cancelled' : !row.paused && !isOver(row) && !isStuck(row));
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
        state = reduce(reduce(state, { type: 'resumed', id }), { type: 'retried', id });
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
  state = reduce(state, { type: 'cancelled', id: 'r0' });
  assert.deepEqual(toStop(state), []);
  state = driven(
    reduce(state, { type: 'created', task: { kind: 'create', id: 'r0' }, uploadId: 'u' }),
    0,
    () => undefined,
  );
  assert.deepEqual(state.running, [{ kind: 'abort', id: 'r0' }]);
  state = reduce(state, { type: 'finished', task: { kind: 'abort', id: 'r0' } });
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
  state = reduce(state, { type: 'failed', task, failure: undefined, how: 'exists', at: 0, until: 0 });
  assert.equal(state.rows.get('r0')?.phase, 'exists');
  assert.equal(nextTask(state, 0), undefined);
  const replaced = reduce(state, { type: 'decided', id: 'r0', as: 'replace' });
  assert.deepEqual(nextTask(replaced, 0), { kind: 'complete', id: 'r0' });
  assert.deepEqual(nextTask(reduce(state, { type: 'decided', id: 'r0', as: 'skip' }), 0), { kind: 'abort', id: 'r0' });
  const beside = reduce(state, { type: 'decided', id: 'r0', as: { key: 'f0 (2)' } });
  assert.deepEqual(beside.rows.get('r0')?.parts, []);
});

test('what fails in passing is tried five times more, each time later; then it is failed and can be tried again by hand', () => {
  let state = reduce(EMPTY, { type: 'added', rows: [begun(0, 1)] });
  for (let turn = 0; turn < 6; turn++) {
    const until = turn * 10;
    state = driven(state, until, () => undefined);
    const [task] = state.running;
    assert(task !== undefined, String(turn));
    state = reduce(state, {
      type: 'failed',
      task,
      failure: new Error('gone'),
      how: 'passing',
      at: until,
      until: until + 10,
    });
    assert.equal(nextTask(state, until + 9), undefined);
    assert.equal(wakeAt(state, until), turn < 5 ? until + 10 : undefined);
  }
  assert.equal(state.rows.get('r0')?.phase, 'failed');
  assert.deepEqual(nextTask(reduce(state, { type: 'retried', id: 'r0' }), 0), { kind: 'whole', id: 'r0' });
});

test('parts that break with one line count as one failure, and a row that waits for it waits no longer for the others', () => {
  let state = reduce(EMPTY, { type: 'added', rows: [{ ...begun(0, 70 * MIB), uploadId: 'u' }] });
  for (let turn = 0; turn < 5; turn++) {
    const now = turn * 1000;
    state = driven(state, now, () => undefined);
    assert.equal(state.running.length, IN_FLIGHT);
    for (const task of state.running) {
      const late = task.kind === 'part' ? task.number : 0;
      const times = { at: now + late, until: now + late + 500 };
      state = reduce(state, { type: 'failed', task, failure: undefined, how: 'passing', ...times });
    }
    const { tries, phase, waitUntil } = state.rows.get('r0') ?? begun(0, 0);
    assert.deepEqual([tries, phase, waitUntil], [turn + 1, 'queued', now + 501]);
  }
});

test('when the session has ended nothing fails: all waits, and goes on after signing in', () => {
  let state = driven(
    reduce(EMPTY, { type: 'added', rows: [1, 2, 3, 4, 5, 6].map((id) => begun(id, 1)) }),
    0,
    () => undefined,
  );
  const [task] = state.running;
  assert(task !== undefined);
  state = reduce(state, { type: 'failed', task, failure: undefined, how: 'signed-out', at: 0, until: 1000 });
  assert.equal(nextTask(state, 0), undefined);
  for (const one of state.running)
    state = reduce(state, { type: 'failed', task: one, failure: undefined, how: 'signed-out', at: 0, until: 1000 });
  assert.deepEqual(
    [...state.rows.values()].map(({ phase, tries }) => [phase, tries]),
    [1, 2, 3, 4, 5, 6].map(() => ['queued', 0]),
  );
  state = driven(reduce(state, { type: 'session', signedOut: false }), 0, () => undefined);
  assert.equal(state.running.length, IN_FLIGHT);
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
  state = reduce(state, { type: 'failed', task, failure: undefined, how: 'slow', at: 0, until: 5 });
  assert.equal(state.lanes, 2);
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
  const abort: Task = { kind: 'abort', id: 'r0' };
  let state = reduce(EMPTY, { type: 'added', rows: [{ ...begun(0, 40 * MIB), uploadId: 'u', phase: 'cancelled' }] });
  for (let turn = 0; turn < 6; turn++) {
    state = driven(state, turn * 10, () => undefined);
    assert.deepEqual(state.running, [abort], String(turn));
    state = reduce(state, {
      type: 'failed',
      task: abort,
      failure: undefined,
      how: 'final',
      at: turn * 10,
      until: turn * 10 + 10,
    });
    assert.equal(nextTask(state, turn * 10 + 9), undefined);
  }
  assert.equal(nextTask(state, 1000), undefined);
  assert.equal(wakeAt(state, 1000), undefined);
});
