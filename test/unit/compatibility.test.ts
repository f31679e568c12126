/** docs/s3-compatibility.md says what the tables say. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { renderCompatibility } from '../../scripts/compatibility.ts';

test('the compatibility page is in step with the tables', () => {
  const page = readFileSync(new URL('../../docs/s3-compatibility.md', import.meta.url), 'utf8');
  assert.ok(page === renderCompatibility(), 'docs/s3-compatibility.md is out of step: run `npm run compatibility`');
});
