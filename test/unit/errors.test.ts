/** The table of S3's errors: each row has a right to be there. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ERRORS } from '../../src/model/errors.ts';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

function sourceWithoutTheTable(): string {
  const files = readdirSync(SRC, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  return paths
    .filter((path) => !path.endsWith('model/errors.ts'))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
}

test('each error is given somewhere: none is a leftover', () => {
  const source = sourceWithoutTheTable();
  assert.deepEqual(
    Object.keys(ERRORS).filter((code) => !source.includes(`'${code}'`)),
    [],
  );
});

test('each error has a status that is one, and says something', () => {
  for (const [code, { status, message }] of Object.entries(ERRORS)) {
    assert.ok(status > 300 && status < 600, `${code} ${status}`);
    assert.ok(message.length >= 10, code);
  }
});
