/** What counts as the Console's first load, what as a part that loads later, and when it is too much. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BuiltFile, budgetOf, budgetTable, isOver } from '../../scripts/console/budget.ts';

const KiB = 1024;
const file = (name: string, kib: number, more: Partial<BuiltFile> = {}): BuiltFile => ({
  ...{ name, bytes: kib * KiB, kind: 'script', entry: false, modules: [], needs: [] },
  ...more,
});

const FILES: readonly BuiltFile[] = [
  file('index.js', 100, { entry: true, needs: ['shared.js', 'index.css'], modules: ['/m/console/src/main.tsx'] }),
  file('shared.js', 50, { needs: ['deep.js'], modules: ['/m/console/src/transfers/store.ts'] }),
  file('deep.js', 20),
  file('index.css', 15, { kind: 'style' }),
  file('operate.css', 9, { kind: 'style' }),
  file('operate.js', 61, { needs: ['operate.css'], modules: ['/m/console/src/pages/operate/page.tsx'] }),
  file('engine.js', 14, { modules: ['/m/console/src/transfers/engine.ts'] }),
  file('worker.js', 10, { modules: ['/console/src/transfers/worker.ts'] }),
  file('browser.js', 30, { needs: ['rows.js', 'shared.js'], modules: ['/m/console/src/pages/browser/page.tsx'] }),
  file('rows.js', 5),
  file('code.js', 90, { modules: ['/m/node_modules/@codemirror/view/dist/index.js'] }),
  file('pdf.js', 400, { modules: ['/m/node_modules/pdfjs-dist/build/pdf.mjs'] }),
];

test('the first load is the page’s script and all that follows from it; a part is what only it needs', () => {
  const lines = budgetOf(FILES);
  assert.deepEqual(
    lines.map(({ name, bytes }) => [name, bytes / KiB]),
    [
      ['first load, script', 170],
      ['first load, style', 15],
      ['rows of a bucket, script', 205],
      ['editor', 90],
      ['upload', 24],
      ['operate', 61],
    ],
  );
  assert.deepEqual(
    lines.filter(isOver).map(({ name }) => name),
    ['operate'],
  );
  assert.match(budgetTable(lines), /^ {2}first load, script {9}170\.0 of 200 KiB\n/);
  assert.match(budgetTable(lines), /operate +61\.0 of {2}60 KiB {2}too much$/);
});
