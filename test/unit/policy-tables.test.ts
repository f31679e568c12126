/** The tables of the policy language against each other and the operations; and which policies are public. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of policies look like those of templates

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { POLICY_ACTIONS } from '../../src/model/policy/actions.ts';
import { CONDITION_KEYS } from '../../src/model/policy/keys.ts';
import { parsePolicy } from '../../src/model/policy/parse.ts';
import { isPublicPolicy } from '../../src/model/policy/status.ts';
import { OPERATIONS } from '../../src/ops/table.ts';
import { BUCKET, policyOf, policyText, statementOf } from '../support/policies.ts';

const KINDS: ReadonlyMap<string, string> = new Map(POLICY_ACTIONS.map(({ name, on }) => [name, on]));
/** Operations whose address is the bucket's, and whose action is about the objects they name. */
const ABOUT_OBJECTS = new Set(['DeleteObjects', 'PostObject']);

test('policies know the action of every operation on buckets and objects, and what it is about', () => {
  for (const [name, { action, versionAction, on }] of Object.entries(OPERATIONS)) {
    for (const each of [action, versionAction]) {
      if (each === undefined || !each.startsWith('s3:') || on === 'service') continue;
      assert.equal(KINDS.get(each), ABOUT_OBJECTS.has(name) ? 'object' : on, `${name}: ${each}`);
    }
  }
});

test('no action and no key is there twice, and keys are of actions that exist', () => {
  assert.equal(KINDS.size, POLICY_ACTIONS.length);
  assert.equal(new Set(CONDITION_KEYS.map(({ name }) => name.toLowerCase())).size, CONDITION_KEYS.length);
  for (const { name, actions } of CONDITION_KEYS) {
    for (const action of actions ?? []) assert.ok(KINDS.has(action), `${name}: ${action}`);
  }
});

const ID = '0123456789abcdef0123456789abcdef';
const when = (operator: string, key: string, ...values: readonly string[]): object => ({
  Condition: { [operator]: { [key]: values } },
});

const PUBLIC: readonly object[] = [
  {},
  { Principal: { AWS: '*' } },
  { Principal: { AWS: [ID, '*'] } },
  when('StringLike', 'aws:Referer', 'https://a.example/page'),
  when('StringEquals', 's3:prefix', 'a'),
  when('Bool', 'aws:SecureTransport', 'true'),
  when('IpAddress', 'aws:SourceIp', '0.0.0.0/0'),
  when('IpAddress', 'aws:SourceIp', '0.0.0.0/1'),
  when('IpAddress', 'aws:SourceIp', '2001::/31'),
  when('IpAddress', 'aws:SourceIp', '::ffff:0:0/96'),
  when('IpAddress', 'aws:SourceIp', '::ffff:0.0.0.0/97'),
  when('IpAddress', 'aws:SourceIp', '192.0.2.0/24', '0.0.0.0/0'),
  when('IpAddressIfExists', 'aws:SourceIp', '192.0.2.0/24'),
  when('ForAllValues:IpAddress', 'aws:SourceIp', '192.0.2.0/24'),
  when('NotIpAddress', 'aws:SourceIp', '192.0.2.0/24'),
  when('StringLike', 'aws:userid', '*'),
  when('StringLike', 'aws:userid', 'a*'),
  when('StringEquals', 'aws:userid', '${aws:userid}'),
  when('StringEquals', 'aws:userid', 'anonymous'),
  when('StringNotEquals', 'aws:userid', ID),
  when('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:root'),
  when('Null', 'aws:PrincipalArn', 'true'),
];

const NOT_PUBLIC: readonly object[] = [
  { Effect: 'Deny' },
  { Principal: { AWS: ID } },
  when('IpAddress', 'aws:SourceIp', '192.0.2.0/24'),
  when('IpAddress', 'aws:SourceIp', '10.0.0.0/8', '2001:db8::/32'),
  when('ForAnyValue:IpAddress', 'aws:SourceIp', '192.0.2.7'),
  when('StringEquals', 'aws:userid', ID),
  when('StringLike', 'aws:PrincipalAccount', ID),
  when('ArnEquals', 'aws:PrincipalArn', `arn:aws:iam::${ID}:root`),
];

test('a policy is public unless it allows only to fixed values', () => {
  for (const statement of PUBLIC) assert.equal(isPublicPolicy(policyOf(statement)), true, JSON.stringify(statement));
  for (const statement of NOT_PUBLIC) {
    assert.equal(isPublicPolicy(policyOf(statement)), false, JSON.stringify(statement));
  }
  const mixed = policyText([statementOf({ Principal: { AWS: ID } }), statementOf()]);
  assert.equal(isPublicPolicy(parsePolicy(mixed, BUCKET)), true, 'one statement is enough');
});
