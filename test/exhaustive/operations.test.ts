/**
 * The table of operations against AWS's own service model: every operation built from its method and URI is detected as that
 * operation. What becomes of its members is in `members.test.ts`.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detect } from '../../src/ops/detect.ts';
import { OPERATIONS, type OperationName } from '../../src/ops/table.ts';
import { requestOf } from '../support/request.ts';
import { type ModelOperation, type Place, readServiceModel } from '../support/service-model.ts';

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

interface Built {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

const VALUES: Readonly<Record<string, string>> = { partNumber: '1', 'x-amz-copy-source': '/source/key' };

const namesAt = (operation: ModelOperation, place: Place, wanted: 'all' | 'required'): readonly string[] =>
  operation.input
    .filter((member) => member.place === place && (wanted === 'all' || member.required))
    .map(({ name }) => name);

function build(operation: ModelOperation, wanted: 'all' | 'required'): Built {
  const uri = operation.uri.replace('{Bucket}', 'bucket').replace('{Key+}', 'folder/key');
  const query = namesAt(operation, 'querystring', wanted).map((name) => `${name}=${VALUES[name] ?? 'x'}`);
  const target = query.length === 0 ? uri : `${uri}${uri.includes('?') ? '&' : '?'}${query.join('&')}`;
  const headers = namesAt(operation, 'header', 'required').map((name) => [name, VALUES[name.toLowerCase()] ?? 'x']);
  return { method: operation.method, target, headers: Object.fromEntries(headers) };
}

const model = readServiceModel();
const detected = ({ method, target, headers }: Built): string => detect(requestOf(method, target, headers));

for (const operation of model) {
  const { name } = operation;
  const expected = SAME_AS[name] ?? name;
  test(`${name} is detected as ${expected}`, () => {
    assert.equal(detected(build(operation, 'required')), expected);
  });
  test(`${name} with every query parameter it takes is still ${expected}`, () => {
    assert.equal(detected(build(operation, 'all')), expected);
  });
}

test('the table has every operation of the model, and no other but those that the model lacks for a reason', () => {
  const ofModel = model.map(({ name }) => name).filter((name) => SAME_AS[name] === undefined);
  assert.deepEqual(Object.keys(OPERATIONS).sort(), [...ofModel, ...NOT_IN_MODEL].sort());
});
