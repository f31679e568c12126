/** Settings of buckets as the drawer edits them: policies as text, and tags. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  brokenLine,
  samePolicy,
  shownPolicy,
  statementsOf,
  TEMPLATES,
  templateText,
} from '../../console/src/drawers/bucket/policy-text.ts';
import { sameTags, tagProblems } from '../../console/src/drawers/bucket/tag-rules.ts';
import { statementLines } from '../../src/model/policy/lines.ts';
import { parsePolicy } from '../../src/model/policy/parse.ts';

test('each template is a policy that the store takes, once its account is named', () => {
  for (const template of TEMPLATES) {
    const text = templateText(template, 'atlas').replace('CANONICAL-ID-OR-ACCOUNT-ID', '0'.repeat(64));
    assert.equal(brokenLine(text), undefined);
    assert.equal(parsePolicy(text, 'atlas').statements.length, 1);
  }
});

test('statements are found on the lines where the store finds them', () => {
  const policy = {
    Version: '2012-10-17',
    Id: '"Statement": {',
    Statement: [
      { Sid: 'a', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::atlas/{' },
      {
        ...{ Effect: 'Deny', NotPrincipal: { AWS: ['1', '2'] }, NotAction: ['s3:*'], Resource: '*' },
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  };
  const text = JSON.stringify(policy, undefined, 2);
  const [first, second] = statementsOf(text);
  assert.deepEqual([first?.line, second?.line], statementLines(text));
  assert.deepEqual([first?.sid, first?.effect, first?.who], ['a', 'Allow', { not: false, values: ['*'] }]);
  assert.deepEqual(second?.who, { not: true, values: ['1', '2'] });
  assert.deepEqual(second?.actions, { not: true, values: ['s3:*'] });
  assert.deepEqual(second?.conditions, [{ operator: 'Bool', key: 'aws:SecureTransport', values: ['false'] }]);
  assert.deepEqual(statementsOf('{"Statement": ['), []);
});

test('a policy is shown with lines, and is the same however it is written', () => {
  assert.equal(shownPolicy(undefined), '');
  assert.equal(shownPolicy('{"a":[1]}'), '{\n  "a": [\n    1\n  ]\n}\n');
  assert(samePolicy('{"a":[1]}', shownPolicy('{"a":[1]}')));
  assert(!samePolicy('{"a":1}', ''));
  assert.equal(brokenLine('{\n "a": 1,\n}'), 3);
});

test('tags that S3 refuses are told with the field', () => {
  const problems = tagProblems([
    { key: 'team', value: 'maps' },
    { key: '', value: '' },
    { key: 'team', value: 'x' },
    { key: 'a', value: '<' },
    { key: 'aws:b', value: '' },
  ]);
  assert.deepEqual(
    problems.map((one) => one && `${one.in} ${one.what}`),
    [undefined, 'key empty', 'key twice', 'value text', 'key text'],
  );
  assert(
    sameTags(
      [
        { key: 'a', value: '1' },
        { key: 'b', value: '2' },
      ],
      [
        { key: 'b', value: '2' },
        { key: 'a', value: '1' },
      ],
    ),
  );
});
