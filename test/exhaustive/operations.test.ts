/**
 * The table of operations against AWS's own service model, which PyPI's botocore ships: every operation built from its
 * method and URI is detected as that operation, and every header it takes is honoured, harmless or refused by name.
 */

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { detect } from '../../src/ops/detect.ts';
import { HANDLERS } from '../../src/ops/handlers.ts';
import { ruleFor } from '../../src/ops/refusals.ts';
import { OPERATIONS, type OperationName } from '../../src/ops/table.ts';
import { requestOf } from '../support/request.ts';

const ROOT = join(import.meta.dirname, '../..');
const MODEL = '.cache/venv/lib/python*/site-packages/botocore/data/s3/2006-03-01/service-2.json.gz';

interface Member {
  readonly location?: string;
  readonly locationName?: string;
}
interface Shape {
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, Member>>;
}
interface Operation {
  readonly http: { readonly method: string; readonly requestUri: string };
  readonly input?: { readonly shape: string };
}
interface Model {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** Operations of the model with the method and URI of another one. */
const SAME_AS: Readonly<Record<string, OperationName>> = {
  // Deprecated forms with the same URI; only the document differs.
  GetBucketLifecycle: 'GetBucketLifecycleConfiguration',
  PutBucketLifecycle: 'PutBucketLifecycleConfiguration',
  GetBucketNotification: 'GetBucketNotificationConfiguration',
  PutBucketNotification: 'PutBucketNotificationConfiguration',
  // Directory buckets are listed by GET / on a host name of their own (s3express-control), which we do not serve.
  ListDirectoryBuckets: 'ListBuckets',
};

/** Operations that S3 has and the model lacks. */
const NOT_IN_MODEL: readonly OperationName[] = [
  // A browser's form; documented as "POST Object".
  'PostObject',
  // A browser's own question before a cross-origin request.
  'PreflightService',
  'PreflightBucket',
  'PreflightObject',
];

function readModel(): Model {
  const [path] = globSync(MODEL, { cwd: ROOT });
  assert.ok(path !== undefined, `${MODEL} is missing. \`npm test\` prepares it; run that once.`);
  return JSON.parse(gunzipSync(readFileSync(join(ROOT, path))).toString('utf8'));
}

interface Built {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

const VALUES: Readonly<Record<string, string>> = { partNumber: '1', 'x-amz-copy-source': '/source/key' };

/** The operation's input members at one place, by their name there. */
function membersAt(model: Model, operation: Operation, place: string, wanted: 'all' | 'required'): readonly string[] {
  const { members = {}, required = [] } = model.shapes[operation.input?.shape ?? ''] ?? {};
  return Object.entries(members)
    .filter(([name, member]) => member.location === place && (wanted === 'all' || required.includes(name)))
    .map(([name, member]) => member.locationName ?? name);
}

function build(model: Model, operation: Operation, wanted: 'all' | 'required'): Built {
  const uri = operation.http.requestUri.replace('{Bucket}', 'bucket').replace('{Key+}', 'folder/key');
  const query = membersAt(model, operation, 'querystring', wanted).map((name) => `${name}=${VALUES[name] ?? 'x'}`);
  const joined = query.length === 0 ? uri : `${uri}${uri.includes('?') ? '&' : '?'}${query.join('&')}`;
  const headers = membersAt(model, operation, 'header', 'required').map((name) => [
    name,
    VALUES[name.toLowerCase()] ?? 'x',
  ]);
  return { method: operation.http.method, target: joined, headers: Object.fromEntries(headers) };
}

const model = readModel();
const detected = ({ method, target, headers }: Built): string => detect(requestOf(method, target, headers));

for (const [name, operation] of Object.entries(model.operations)) {
  const expected = SAME_AS[name] ?? name;
  test(`${name} is detected as ${expected}`, () => {
    assert.equal(detected(build(model, operation, 'required')), expected);
  });
  test(`${name} with every query parameter it takes is still ${expected}`, () => {
    assert.equal(detected(build(model, operation, 'all')), expected);
  });
}

test('the table has every operation of the model, and no other but those that the model lacks for a reason', () => {
  const ofModel = Object.keys(model.operations).filter((name) => SAME_AS[name] === undefined);
  assert.deepEqual(Object.keys(OPERATIONS).sort(), [...ofModel, ...NOT_IN_MODEL].sort());
});

/** Headers with a meaning of their own: Amazon's, and the conditions. The other standard ones are stored or transport. */
const isMeaningful = (header: string): boolean => header.startsWith('x-amz-') || header.startsWith('if-');

test('rule 10: every header that a built operation takes has a rule: nothing is accepted and forgotten', () => {
  const missing: string[] = [];
  for (const [name, operation] of Object.entries(model.operations)) {
    if (!isBuilt(name)) continue;
    for (const place of ['header', 'headers']) {
      for (const header of membersAt(model, operation, place, 'all').map((each) => each.toLowerCase())) {
        const example = header.endsWith('-') ? `${header}name` : header;
        const rule = isMeaningful(header) ? ruleFor(example, name, operation.http.method) : 'not asked';
        if (rule === undefined) missing.push(`${name}: ${header}`);
      }
    }
  }
  assert.deepEqual(missing, []);
});

const isBuilt = (name: string): name is OperationName =>
  Object.entries(HANDLERS).some(([each, handler]) => each === name && handler !== undefined);
