/** How uploads are shown: folders as one line, decisions first, nothing twice but what wants one. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { itemsOf, shareOf, sumsOf } from '../../console/src/transfers/groups.ts';
import { type Phase, type Row, rowOf } from '../../console/src/transfers/row.ts';

let count = 0;
const row = (name: string, phase: Phase, more: Partial<Row> = {}): Row => {
  count += 1;
  const begun = rowOf({ id: `r${count}`, batch: 'b', name, bucket: 'bucket', key: name, size: 10, replace: false });
  return { ...begun, phase, ...more };
};

const shown = (rows: readonly Row[]): readonly string[] =>
  itemsOf(rows).map((item) => (item.kind === 'row' ? item.row.name : `${item.name} ${item.rows.length}`));

test('a dropped folder is one line; what wants a decision stands first and by itself; what was interrupted has its own place', () => {
  const rows = [
    row('done.txt', 'done'),
    row('raw/a', 'done'),
    row('later.txt', 'queued'),
    row('raw/deep/b', 'uploading'),
    row('raw/c', 'exists'),
    row('old.iso', 'interrupted'),
    row('a.txt', 'failed'),
    row('other/a', 'done'),
    row('raw/a', 'queued', { batch: 'another drop' }),
  ];
  assert.deepEqual(shown(rows), ['raw/c', 'a.txt', 'raw/ 3', 'later.txt', 'raw/ 1', 'done.txt', 'other/ 1']);
});

test('sums count what goes; what is skipped or called off weighs nothing', () => {
  const sums = sumsOf([
    row('a', 'done'),
    row('b', 'uploading', { moving: { 0: 4 } }),
    row('c', 'skipped'),
    row('d', 'cancelled', { moving: { 0: 9 } }),
    row('e', 'failed'),
  ]);
  assert.deepEqual(sums, { all: 5, done: 1, moved: 14, bytes: 30, active: true, paused: false });
  assert.equal(shareOf(sumsOf([row('a', 'done', { size: 0 }), row('b', 'queued', { size: 0 })])), 0.5);
  assert(sumsOf([row('a', 'queued', { paused: true }), row('b', 'done')]).paused);
});
