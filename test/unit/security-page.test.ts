/** docs/security.md against the tests that it names (SECURITY rule 36). */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RULES = 38;

interface Row {
  readonly rule: number;
  readonly tests: readonly string[];
  readonly open: string;
}

function rows(): readonly Row[] {
  const page = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');
  return [...page.matchAll(/^\| (\d+) [^|]*\|[^|]*\|([^|]*)\|([^|]*)\|$/gm)].map(
    ([, rule = '', tests = '', open = '']) => ({
      rule: Number.parseInt(rule, 10),
      tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path),
      open: open.trim(),
    }),
  );
}

/** Rules by the test files that have a test named for them. */
function named(): ReadonlyMap<number, ReadonlySet<string>> {
  const found = new Map<number, Set<string>>();
  for (const path of readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.test.ts') || path.includes('node_modules')) continue;
    for (const [, rule = ''] of readFileSync(join(ROOT, 'test', path), 'utf8').matchAll(
      /test\(\s*['"`]rule (\d\d): /g,
    )) {
      const number = Number.parseInt(rule, 10);
      found.set(number, (found.get(number) ?? new Set()).add(`test/${path}`));
    }
  }
  return found;
}

test('rule 36: every rule has its row, and the row names the tests that are named for the rule, all of them', () => {
  const table = rows();
  assert.deepEqual(
    table.map(({ rule }) => rule),
    Array.from({ length: RULES }, (_, index) => index + 1),
  );
  const tests = named();
  // Rule 12 is one of the things that a test named for rule 2 proves of bad credentials.
  const beside = new Map([[12, ['test/contract/http.test.ts']]]);
  for (const { rule, tests: listed } of table) {
    const expected = [...(tests.get(rule) ?? []), ...(beside.get(rule) ?? [])];
    assert.deepEqual([...listed].sort(), expected.sort(), `rule ${rule}`);
  }
});

test('a rule without a test says why', () => {
  const habits = [35];
  const silent = rows().filter(({ rule, tests, open }) => tests.length === 0 && open === '' && !habits.includes(rule));
  assert.deepEqual(silent, []);
});
