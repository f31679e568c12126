/** What clicks and keys select, and that "all in this folder" counts what was never loaded. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isNothing,
  isSelected,
  NOTHING_SELECTED,
  type Selected,
  type SelectionEvent,
  select,
} from '../../console/src/pages/browser/selection.ts';

const ORDER = ['a', 'b', 'c/', 'd', 'e'];
const run = (...events: readonly SelectionEvent[]): Selected => events.reduce(select, NOTHING_SELECTED);
const keysOf = ({ selection }: Selected): readonly string[] => ORDER.filter((key) => isSelected(selection, key));

test('a click selects one, Ctrl adds and takes away, Shift ranges from the anchor in either direction', () => {
  assert.deepEqual(keysOf(run({ kind: 'only', key: 'b' }, { kind: 'only', key: 'd' })), ['d']);
  assert.deepEqual(keysOf(run({ kind: 'only', key: 'b' }, { kind: 'toggle', key: 'd' })), ['b', 'd']);
  assert.deepEqual(keysOf(run({ kind: 'only', key: 'b' }, { kind: 'toggle', key: 'b' })), []);
  const forth = run({ kind: 'only', key: 'b' }, { kind: 'range', key: 'e', order: ORDER });
  assert.deepEqual(keysOf(forth), ['b', 'c/', 'd', 'e']);
  assert.deepEqual(keysOf(select(forth, { kind: 'range', key: 'a', order: ORDER })), ['a', 'b']);
  const more = run(
    { kind: 'only', key: 'a' },
    { kind: 'toggle', key: 'd' },
    { kind: 'range', key: 'e', order: ORDER, add: true },
  );
  assert.deepEqual(keysOf(more), ['a', 'd', 'e']);
});

test('moving with Ctrl changes the focus and nothing else', () => {
  const state = run({ kind: 'only', key: 'b' }, { kind: 'focus', key: 'e' });
  assert.deepEqual([keysOf(state), state.focus, state.anchor], [['b'], 'e', 'b']);
});

test('all in the folder holds for keys that nobody has loaded, but for those taken out', () => {
  const all = run({ kind: 'loaded', order: ORDER }, { kind: 'allUnder', prefix: 'x/' }, { kind: 'toggle', key: 'd' });
  assert.equal(isSelected(all.selection, 'x/never seen'), true);
  assert.deepEqual(keysOf(all), ['a', 'b', 'c/', 'e']);
  assert.equal(isNothing(all.selection), false);
  assert.deepEqual(keysOf(select(all, { kind: 'toggle', key: 'd' })), ORDER);
});

test('what is gone is not selected, and the focus goes to the row that took its place', () => {
  const state = run({ kind: 'only', key: 'b' }, { kind: 'toggle', key: 'd' });
  const left = select(state, { kind: 'gone', keys: ['d'], order: ORDER });
  assert.deepEqual([keysOf(left), left.focus], [['b'], 'e']);
  assert.equal(select(left, { kind: 'gone', keys: ['e'], order: ['a', 'b', 'e'] }).focus, 'b');
  assert.equal(run({ kind: 'only', key: 'a' }, { kind: 'gone', keys: ['a'], order: ['a'] }).focus, undefined);
});

test('navigation clears', () => {
  assert.deepEqual(run({ kind: 'loaded', order: ORDER }, { kind: 'reset' }), NOTHING_SELECTED);
});
