/** docs/account-api.md: its examples, run in a shell as they stand there, and what it says of paths and settings. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRoutes } from '../../src/http/api/table.ts';
import { startApi, text } from '../support/api-world.ts';
import { ROOT } from '../support/processes.ts';

const PAGE = readFileSync(join(ROOT, 'docs/account-api.md'), 'utf8');
const EXAMPLES = [...PAGE.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, script = '']) => script);

function shell(script: string, env: Readonly<Record<string, string>>) {
  return new Promise<{ readonly code: number; readonly out: string }>((resolve) => {
    const { PATH } = process.env;
    execFile('bash', ['-euo', 'pipefail', '-c', script], { env: { PATH, ...env } }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out: out + err });
    });
  });
}

test('the examples of the page do what it says', async (t) => {
  if ((await shell('curl --version', {})).code !== 0) return t.skip('curl is not installed');
  const { call, origin, olga } = await startApi(t);
  const env = { CONSOLE: origin, ACCESS_KEY: olga.key.accessKeyId, SECRET_KEY: olga.secret };
  const { code, out } = await shell(EXAMPLES.join('\n'), env);
  assert.equal(code, 0, out);
  const [me = '', account = '', key = '', keys = '', audit = '', suspended = ''] = out.trim().split('\n');
  assert.equal(text(JSON.parse(me), 'account', 'name'), 'olga');
  assert.equal(text(JSON.parse(account), 'email'), 'erika@example.org');
  assert.equal(text(JSON.parse(keys), 'keys', 0, 'accessKeyId'), text(JSON.parse(key), 'key', 'accessKeyId'));
  assert.equal(text(JSON.parse(audit), 'events', 0, 'action'), 'key.create');
  assert.equal(text(JSON.parse(suspended), 'state'), 'suspended');
  const refused = await call('POST', '/sessions', { body: { name: 'erika', password: 'a sentence is a good one' } });
  assert.equal(refused.status, 401);
});

test('the page names paths that there are', () => {
  const routes = createRoutes().map(({ method, path }) => `${method} ${path}`);
  for (const [, method = '', path = ''] of PAGE.matchAll(/`(GET|POST|PUT|PATCH|DELETE)\s(\/[^`\s]*)`/g)) {
    assert.ok(routes.includes(`${method} ${path}`), `${method} ${path}`);
  }
});
