/**
 * SECURITY rules about what the source may not hold: each names the files that break it. What only behaviour can show is
 * in test/contract/security-*.test.ts; docs/security.md has the list.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HANDLERS } from '../../src/ops/handlers.ts';
import { OPERATIONS } from '../../src/ops/table.ts';
import { readSourceTree, type SourceFile } from '../support/source-tree.ts';

const SRC = readSourceTree(fileURLToPath(new URL('../..', import.meta.url))).filter(({ path }) =>
  path.startsWith('src/'),
);

/** Comments and what is quoted in them are not code. */
const codeOf = ({ text }: SourceFile): string => text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');

const filesWith = (pattern: RegExp): readonly string[] =>
  SRC.filter((file) => pattern.test(codeOf(file)))
    .map(({ path }) => path)
    .sort();

/** Who imports a module by its exact name. */
const importersOf = (module: string): readonly string[] =>
  SRC.filter(({ imports }) => imports.some(({ from }) => from === module))
    .map(({ path }) => path)
    .sort();

test('rule 01: credentials are read by one function and verified by one, both called in one place', () => {
  // Signatures on S3's port; sessions on the Console's.
  assert.deepEqual(filesWith(/['"]authorization['"]/i), ['src/http/api/credentials.ts', 'src/sign/claim.ts']);
  assert.deepEqual(filesWith(/\bshownBy\(|\bsessionHolder\((?!proof)/), [
    'src/admin/types.ts',
    'src/http/api/credentials.ts',
    'src/http/api/line.ts',
  ]);
  assert.deepEqual(filesWith(/\bclaimOf\(/), ['src/http/pipeline.ts', 'src/sign/claim.ts']);
  // Those of a browser's form are among its fields.
  assert.deepEqual(filesWith(/\bformClaimOf\(/), ['src/http/form.ts', 'src/sign/form-claim.ts']);
  assert.deepEqual(filesWith(/\bverifier\.verify\(|\.verify\(/), ['src/http/identity.ts']);
  // Three more know the names of query parameters: to take them out, to let them through, and to see a V4 signature; and a
  // form's policy speaks of all fields but those that sign it.
  assert.deepEqual(filesWith(/X-Amz-Signature/i), [
    'src/http/refusals.ts',
    'src/ops/detect.ts',
    'src/ops/hoist.ts',
    'src/sign/claim.ts',
    'src/sign/form-claim.ts',
    'src/sign/post-policy.ts',
    // Makes them, for links that are handed out.
    'src/sign/presign.ts',
    'src/sign/v4.ts',
  ]);
});

test('rule 07: every operation has its need, and handlers are run by the line alone', () => {
  assert.deepEqual(
    Object.entries(OPERATIONS).filter(([, { need, action }]) => need.length === 0 || action.length === 0),
    [],
  );
  assert.deepEqual(Object.keys(HANDLERS).sort(), Object.keys(OPERATIONS).sort());
  assert.deepEqual(importersOf('src/ops/handlers.ts'), [
    // To see whether there is one.
    ...['src/cli/explain.ts'],
    'src/http/pipeline.ts',
    ...['src/ops/explain.ts'],
  ]);
});

test('rule 15: files are opened below one room, under names that it makes, and links are not followed', () => {
  const files = [...importersOf('node:fs'), ...importersOf('node:fs/promises')].sort();
  const outside = [...new Set(files)].filter((path) => !path.startsWith('src/store/embedded/'));
  // Configuration, the data directory itself, keys and certificates: paths of the operator's.
  assert.deepEqual(outside, [
    'src/admin/masterkey.ts',
    'src/cli/cluster.ts',
    'src/cli/directory.ts',
    'src/cli/explain-request.ts',
    'src/cli/key.ts',
    'src/cli/store.ts',
    'src/cli/version.ts',
    'src/config.ts',
    // Reads the built Console once, when it starts; requests find what was read in a table.
    'src/http/console/app.ts',
    'src/http/tls.ts',
  ]);
  assert.ok(filesWith(/O_NOFOLLOW/).includes('src/store/embedded/disk.ts'));
});

test('rule 23: no number is read by a grammar of its own', () => {
  // Settings and addresses of the operator's, and dates in policies and documents, each behind an expression of its own.
  const own = [
    'src/base/address.ts',
    'src/base/units.ts',
    'src/cli/cassandra.ts',
    'src/cli/explain.ts',
    'src/model/policy/operators.ts',
    'src/wire/values.ts',
    // What the audit trail, our own metrics and our own parser's messages say of times, counts and lines.
    ...['src/admin/session-list.ts', 'src/http/api/errors.ts', 'src/http/api/health.ts', 'src/http/api/unsaved.ts'],
  ];
  // Engines turn what they wrote themselves into numbers again; clients' numbers reach them as numbers.
  const rooms = ['src/settings/', 'src/store/embedded/', 'src/store/cassandra/'];
  const found = filesWith(/(?<![.\w])(?:Number|BigInt|parseFloat)\(|Date\.parse\(|(?<![.\w])parseInt\(/);
  assert.deepEqual(
    found.filter((path) => !own.includes(path) && !rooms.some((room) => path.startsWith(room))),
    [],
  );
});

test('rule 26: secrets are compared in constant time, and revealed where they are used and nowhere else', () => {
  assert.deepEqual(filesWith(/timingSafeEqual/), ['src/base/secret.ts', 'src/sign/compare.ts']);
  assert.deepEqual(
    filesWith(/\.reveal\(\)/).filter((path) => !path.startsWith('src/cli/')),
    [
      ...[
        'src/admin/keys.ts',
        'src/admin/passwords.ts',
        'src/admin/sessions.ts',
        'src/base/seal.ts',
        // In the answer that makes a key or session, and in its cookie.
        'src/http/api/credentials.ts',
        // Keys of objects, unsealed to be used.
        'src/model/object-keys.ts',
        'src/sign/diagnose.ts',
        'src/sign/signing-keys.ts',
        'src/sign/v2.ts',
        'src/sign/v4.ts',
      ],
      // The database's own password.
      'src/store/cassandra/database/driver.ts',
    ],
  );
});

test('rule 34: the server opens no connection', () => {
  assert.deepEqual(filesWith(/(?<![.\w])fetch\(|new WebSocket\(|\bhttps?\.(?:request|get)\(|\bnet\.connect\(/), []);
  const modules = ['node:net', 'node:tls', 'node:http', 'node:https', 'node:http2', 'node:dgram', 'node:dns'];
  const connecting = /^(?:\*|connect|createConnection|request|get|Agent|lookup|resolve.*|createSocket)$/;
  const found = SRC.flatMap(({ path, imports }) =>
    imports
      .filter(({ from, names }) => modules.includes(from) && names.some((name) => connecting.test(name)))
      .map(({ from }) => `${path} ${from}`),
  );
  assert.deepEqual(found, []);
});

test('rule 38: what takes client bytes apart and is not ours stands behind one file of ours', () => {
  assert.deepEqual(importersOf('fast-xml-parser'), ['src/wire/xml.ts']);
  const packages = new Set(
    SRC.filter(({ path }) => /^src\/(?:model|wire|sign|ops|http)\//.test(path)).flatMap(({ imports }) =>
      imports.filter(({ from, local }) => !local && !from.startsWith('node:')).map(({ from }) => from),
    ),
  );
  // zod sees values, behind our own parser of JSON and of queries.
  assert.deepEqual([...packages].sort(), ['fast-xml-parser', 'prom-client', 'zod']);
});
