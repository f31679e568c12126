/** Conditions of policies, a row per case: each operator against values it meets, misses and lacks, and each key in use. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of policies look like those of templates

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONDITION_KEYS, conditionKey, conditionKeyId } from '../../src/model/policy/keys.ts';
import { evaluate, policyOf, refusal } from '../support/policies.ts';

type Values = Readonly<Record<string, string | readonly string[]>>;
type Row = readonly [condition: object, request: Values, holds: boolean];

const ROWS: readonly Row[] = [
  // Text.
  [{ StringEquals: { 's3:prefix': 'a' } }, { 's3:prefix': 'a' }, true],
  [{ StringEquals: { 's3:prefix': 'a' } }, { 's3:prefix': 'A' }, false],
  [{ StringEquals: { 's3:prefix': ['a', 'b'] } }, { 's3:prefix': 'b' }, true],
  [{ StringEquals: { 's3:prefix': 'a*' } }, { 's3:prefix': 'ab' }, false],
  [{ StringEquals: { 's3:prefix': 'a*' } }, { 's3:prefix': 'a*' }, true],
  [{ StringEquals: { 's3:prefix': '' } }, { 's3:prefix': '' }, true],
  [{ StringEquals: { 's3:prefix': 'a' } }, {}, false],
  [{ StringEquals: { 'S3:PREFIX': 'a' } }, { 's3:prefix': 'a' }, true],
  [{ StringEqualsIfExists: { 's3:prefix': 'a' } }, {}, true],
  [{ StringEqualsIfExists: { 's3:prefix': 'a' } }, { 's3:prefix': 'b' }, false],
  [{ StringNotEquals: { 's3:prefix': 'a' } }, { 's3:prefix': 'b' }, true],
  [{ StringNotEquals: { 's3:prefix': ['a', 'b'] } }, { 's3:prefix': 'b' }, false],
  [{ StringNotEquals: { 's3:prefix': 'a' } }, {}, true],
  [{ StringNotEqualsIfExists: { 's3:prefix': 'a' } }, {}, true],
  [{ StringEqualsIgnoreCase: { 's3:prefix': 'aB' } }, { 's3:prefix': 'Ab' }, true],
  [{ StringEqualsIgnoreCase: { 's3:prefix': 'aB' } }, { 's3:prefix': 'c' }, false],
  [{ StringNotEqualsIgnoreCase: { 's3:prefix': 'aB' } }, { 's3:prefix': 'Ab' }, false],
  [{ StringLike: { 's3:prefix': 'home/*/x?z' } }, { 's3:prefix': 'home/ana/b/xyz' }, true],
  [{ StringLike: { 's3:prefix': 'home/*/x?z' } }, { 's3:prefix': 'home/ana/xz' }, false],
  [{ StringLike: { 's3:prefix': '*' } }, { 's3:prefix': '' }, true],
  [{ StringLike: { 's3:prefix': '?' } }, { 's3:prefix': '🏔' }, true],
  [{ StringNotLike: { 's3:prefix': 'a*' } }, { 's3:prefix': 'ab' }, false],
  [{ StringNotLike: { 's3:prefix': 'a*' } }, {}, true],
  // Numbers.
  [{ NumericEquals: { 's3:max-keys': '10' } }, { 's3:max-keys': '10' }, true],
  [{ NumericEquals: { 's3:max-keys': 10 } }, { 's3:max-keys': '010' }, true],
  [{ NumericNotEquals: { 's3:max-keys': '10' } }, { 's3:max-keys': '10' }, false],
  [{ NumericNotEquals: { 's3:max-keys': '10' } }, {}, true],
  [{ NumericLessThan: { 's3:max-keys': '10' } }, { 's3:max-keys': '9.5' }, true],
  [{ NumericLessThan: { 's3:max-keys': '10' } }, { 's3:max-keys': '10' }, false],
  [{ NumericLessThanEquals: { 's3:max-keys': '10' } }, { 's3:max-keys': '10' }, true],
  [{ NumericGreaterThan: { 's3:max-keys': '10' } }, { 's3:max-keys': '11' }, true],
  [{ NumericGreaterThanEquals: { 's3:max-keys': '10' } }, { 's3:max-keys': '9' }, false],
  [{ NumericLessThan: { 's3:max-keys': '10' } }, { 's3:max-keys': 'NaN' }, false],
  [{ NumericLessThan: { 's3:max-keys': '10' } }, { 's3:max-keys': '1e0' }, false],
  [{ NumericLessThan: { 's3:max-keys': '10' } }, {}, false],
  [{ NumericLessThanIfExists: { 's3:max-keys': '10' } }, {}, true],
  // Dates.
  [
    { DateGreaterThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' } },
    { 'aws:currenttime': '2026-11-22T00:00:00.000Z' },
    true,
  ],
  [
    { DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' } },
    { 'aws:currenttime': '2026-11-22T00:00:00.000Z' },
    false,
  ],
  [
    { DateEquals: { 'aws:CurrentTime': '2026-11-22T01:00:00+01:00' } },
    { 'aws:currenttime': '2026-11-22T00:00:00.000Z' },
    true,
  ],
  [{ DateNotEquals: { 'aws:EpochTime': '1700000000' } }, { 'aws:epochtime': '1700000000' }, false],
  [{ DateLessThanEquals: { 'aws:EpochTime': 1_700_000_000 } }, { 'aws:epochtime': '1700000000' }, true],
  [{ DateGreaterThanEquals: { 'aws:EpochTime': '2023-11-14' } }, { 'aws:epochtime': '1700000000' }, true],
  // Truth values.
  [{ Bool: { 'aws:SecureTransport': 'true' } }, { 'aws:securetransport': 'true' }, true],
  [{ Bool: { 'aws:SecureTransport': false } }, { 'aws:securetransport': 'true' }, false],
  [{ Bool: { 'aws:SecureTransport': 'FALSE' } }, { 'aws:securetransport': 'false' }, true],
  // Addresses.
  [{ IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }, { 'aws:sourceip': '192.0.2.77' }, true],
  [{ IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }, { 'aws:sourceip': '192.0.3.1' }, false],
  [{ IpAddress: { 'aws:SourceIp': '192.0.2.7' } }, { 'aws:sourceip': '::ffff:192.0.2.7' }, true],
  [{ IpAddress: { 'aws:SourceIp': '2001:db8::/32' } }, { 'aws:sourceip': '2001:db8:1::1' }, true],
  [{ IpAddress: { 'aws:SourceIp': '2001:db8::/32' } }, { 'aws:sourceip': '192.0.2.7' }, false],
  [{ IpAddress: { 'aws:SourceIp': '::ffff:192.0.2.0/120' } }, { 'aws:sourceip': '192.0.2.7' }, true],
  [{ IpAddress: { 'aws:SourceIp': '::ffff:c000:200/120' } }, { 'aws:sourceip': '192.0.3.7' }, false],
  [{ IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }, { 'aws:sourceip': '::ffff:c000:207' }, true],
  [{ IpAddress: { 'aws:SourceIp': '::/0' } }, { 'aws:sourceip': '192.0.2.7' }, false],
  [{ NotIpAddress: { 'aws:SourceIp': '::/0' } }, { 'aws:sourceip': '192.0.2.7' }, true],
  [{ IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } }, { 'aws:sourceip': '198.51.100.1' }, true],
  [{ NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '10.0.0.0/8'] } }, { 'aws:sourceip': '10.9.9.9' }, false],
  [{ NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }, { 'aws:sourceip': '10.9.9.9' }, true],
  // ARNs: wildcards stay within their part.
  [
    { ArnEquals: { 'aws:PrincipalArn': 'arn:aws:iam::ana:root' } },
    { 'aws:principalarn': 'arn:aws:iam::ana:root' },
    true,
  ],
  [{ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:root' } }, { 'aws:principalarn': 'arn:aws:iam::ana:root' }, true],
  [{ ArnLike: { 'aws:PrincipalArn': 'arn:aws:*:::root' } }, { 'aws:principalarn': 'arn:aws:iam::ana:root' }, false],
  [
    { ArnNotEquals: { 'aws:PrincipalArn': 'arn:aws:iam::ana:root' } },
    { 'aws:principalarn': 'arn:aws:iam::bo:root' },
    true,
  ],
  [
    { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:root' } },
    { 'aws:principalarn': 'arn:aws:iam::bo:root' },
    false,
  ],
  // There or not.
  [{ Null: { 's3:VersionId': 'true' } }, {}, true],
  [{ Null: { 's3:VersionId': true } }, { 's3:versionid': 'v' }, false],
  [{ Null: { 's3:VersionId': 'false' } }, { 's3:versionid': 'v' }, true],
  [{ Null: { 's3:VersionId': 'false' } }, {}, false],
  // Several values on the request's side.
  [
    { 'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': ['a', 'b'] } },
    { 's3:requestobjecttagkeys': ['a'] },
    true,
  ],
  [
    { 'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': ['a', 'b'] } },
    { 's3:requestobjecttagkeys': ['a', 'c'] },
    false,
  ],
  [{ 'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': ['a', 'b'] } }, {}, true],
  [
    { 'ForAnyValue:StringEquals': { 's3:RequestObjectTagKeys': ['a', 'b'] } },
    { 's3:requestobjecttagkeys': ['c', 'b'] },
    true,
  ],
  [
    { 'ForAnyValue:StringEquals': { 's3:RequestObjectTagKeys': ['a', 'b'] } },
    { 's3:requestobjecttagkeys': ['c'] },
    false,
  ],
  [{ 'ForAnyValue:StringEquals': { 's3:RequestObjectTagKeys': ['a'] } }, {}, false],
  [
    { 'ForAnyValue:StringNotEquals': { 's3:RequestObjectTagKeys': ['a'] } },
    { 's3:requestobjecttagkeys': ['a', 'b'] },
    true,
  ],
  [{ 'ForAnyValue:StringNotEquals': { 's3:RequestObjectTagKeys': ['a'] } }, {}, false],
  [
    { 'ForAllValues:StringNotEquals': { 's3:RequestObjectTagKeys': ['a'] } },
    { 's3:requestobjecttagkeys': ['a', 'b'] },
    false,
  ],
  [{ 'ForAnyValue:StringEqualsIfExists': { 's3:RequestObjectTagKeys': ['a'] } }, {}, true],
  // Keys that end in a tag's name, which keeps its case.
  [{ StringEquals: { 's3:ExistingObjectTag/Team': 'red' } }, { 's3:existingobjecttag/Team': 'red' }, true],
  [{ StringEquals: { 's3:ExistingObjectTag/team': 'red' } }, { 's3:existingobjecttag/Team': 'red' }, false],
  // Variables.
  [
    { StringLike: { 's3:prefix': 'home/${aws:username}/*' } },
    { 's3:prefix': 'home/ana/x', 'aws:username': 'ana' },
    true,
  ],
  [
    { StringLike: { 's3:prefix': 'home/${aws:username}/*' } },
    { 's3:prefix': 'home/bo/x', 'aws:username': 'ana' },
    false,
  ],
  [{ StringLike: { 's3:prefix': 'home/${aws:username}/*' } }, { 's3:prefix': 'home/bo/x', 'aws:username': '*' }, false],
  [{ StringLike: { 's3:prefix': 'home/${aws:username}/*' } }, { 's3:prefix': 'home//x' }, false],
  [{ StringLike: { 's3:prefix': "home/${aws:username, 'all'}/*" } }, { 's3:prefix': 'home/all/x' }, true],
  [{ StringLike: { 's3:prefix': 'a${*}' } }, { 's3:prefix': 'ab' }, false],
  [{ StringLike: { 's3:prefix': 'a${*}${?}${$}' } }, { 's3:prefix': 'a*?$' }, true],
  [{ StringEqualsIgnoreCase: { 's3:prefix': '${aws:username}' } }, { 's3:prefix': 'ANA', 'aws:username': 'Ana' }, true],
  // All of them must hold.
  [
    { StringEquals: { 's3:prefix': 'a', 's3:delimiter': '/' }, Bool: { 'aws:SecureTransport': 'true' } },
    { 's3:prefix': 'a', 's3:delimiter': '/', 'aws:securetransport': 'true' },
    true,
  ],
  [
    { StringEquals: { 's3:prefix': 'a', 's3:delimiter': '/' }, Bool: { 'aws:SecureTransport': 'true' } },
    { 's3:prefix': 'a', 's3:delimiter': '/', 'aws:securetransport': 'false' },
    false,
  ],
];

const keysOf = (condition: object): readonly string[] => Object.values(condition).flatMap((each) => Object.keys(each));

/** An action whose requests can have all of these keys. */
function actionWith(keys: readonly string[]): string {
  const [first, ...others] = keys.flatMap((key) => conditionKey(key)?.actions ?? []);
  const action = [...(first ?? ['s3:GetObject'])].find((each) => others.every((actions) => actions.has(each)));
  return action ?? assert.fail(`no action has ${keys.join(' and ')}`);
}

test('conditions hold as AWS documents them', () => {
  for (const [condition, request, holds] of ROWS) {
    const policy = policyOf({ Condition: condition, Action: ['s3:*'] });
    const { effect } = evaluate(policy, { action: actionWith(keysOf(condition)), conditions: request });
    assert.equal(effect === 'Allow', holds, JSON.stringify({ condition, request }));
  }
});

/** A value that each type of key can have, an operator for it, and one that it does not have. */
const BY_TYPE = {
  string: ['StringEquals', 'value', 'other'],
  number: ['NumericEquals', '7', '8'],
  date: ['DateEquals', '2026-11-22T00:00:00Z', '2026-11-23T00:00:00Z'],
  boolean: ['Bool', 'true', 'false'],
  address: ['IpAddress', '192.0.2.7', '192.0.2.8'],
  arn: ['ArnEquals', 'arn:aws:iam::ana:root', 'arn:aws:iam::bo:root'],
} as const;

test('every key can be asked for, in any case, by the operator of its type', () => {
  for (const { name, type } of CONDITION_KEYS) {
    const [operator, value, other] = BY_TYPE[type];
    for (const written of [name, name.toLowerCase(), name.toUpperCase()]) {
      const policy = policyOf({ Condition: { [operator]: { [written]: value } }, Action: ['s3:*'] });
      const id = conditionKeyId(name);
      const action = actionWith([name]);
      assert.equal(evaluate(policy, { action, conditions: { [id]: value } }).effect, 'Allow', name);
      assert.equal(evaluate(policy, { action, conditions: { [id]: other } }).effect, 'none', name);
      assert.equal(evaluate(policy, { action, conditions: {} }).effect, 'none', name);
    }
  }
});

test('rule 10: what a condition cannot mean is refused, by name', () => {
  const refused: readonly (readonly [condition: unknown, text: RegExp])[] = [
    [{ StringEqual: { 's3:prefix': 'a' } }, /operator "StringEqual" is not known/],
    [{ stringequals: { 's3:prefix': 'a' } }, /operator "stringequals" is not known/],
    [{ BinaryEquals: { 's3:prefix': 'YQ==' } }, /operator "BinaryEquals" is not known/],
    [{ 'ForEachValue:StringEquals': { 's3:prefix': 'a' } }, /is not known/],
    [{ NullIfExists: { 's3:prefix': 'true' } }, /is not known/],
    [{ Null: { 's3:prefix': 'maybe' } }, /Null s3:prefix must be true or false/i],
    [{ StringEquals: { 'aws:SourceVpc': 'vpc-1' } }, /"aws:SourceVpc" is not known here/],
    [{ StringEquals: { 's3:ExistingObjectTag/': 'x' } }, /is not known here/],
    [{ StringEquals: { 'aws:SourceIp': '192.0.2.7' } }, /does not fit aws:SourceIp, which is an address/],
    [{ NumericEquals: { 's3:prefix': '1' } }, /does not fit s3:prefix/],
    [{ IpAddress: { 'aws:SourceIp': '192.0.2.7/33' } }, /must be an address or a network/],
    [{ IpAddress: { 'aws:SourceIp': 'all' } }, /must be an address or a network/],
    [{ NumericEquals: { 's3:max-keys': 'ten' } }, /must be a number/],
    [{ DateLessThan: { 'aws:CurrentTime': 'tomorrow' } }, /must be a date/],
    [{ DateLessThan: { 'aws:CurrentTime': '2026-02-30' } }, /must be a date/],
    [{ DateLessThan: { 'aws:CurrentTime': '2026-02-30T00:00:00Z' } }, /must be a date/],
    [{ DateLessThan: { 'aws:CurrentTime': '2026-02-30T25:00:00Z' } }, /must be a date/],
    [{ Bool: { 'aws:SecureTransport': 'yes' } }, /must be true or false/],
    [{ ArnLike: { 'aws:PrincipalArn': 'ana' } }, /must be an ARN/],
    [{ StringEquals: { 's3:prefix': '${aws:nobody}' } }, /variable \$\{aws:nobody\} is not known/],
    [{ StringEquals: { 's3:prefix': '${aws:username' } }, /variable is not closed/],
    [{ StringEquals: { 's3:prefix': '${aws:username, all}' } }, /must stand in single quotes/],
    [{ StringEquals: { 's3:prefix': [] } }, /has no value/],
    [{ StringEquals: { 's3:prefix': null } }, /must be a text, a number, true or false/],
    [{ StringEquals: 'a' }, /Conditions must be an object/],
    [[], /Conditions must be an object/],
  ];
  for (const [condition, text] of refused)
    assert.match(refusal({ Condition: condition }), text, JSON.stringify(condition));
});

test('policies of 2008 have no variables: there they are text', () => {
  const policy = policyOf(
    { Condition: { StringEquals: { 's3:prefix': '${aws:username}' } }, Action: ['s3:ListBucket'] },
    { Version: '2008-10-17' },
  );
  assert.equal(evaluate(policy, { conditions: { 's3:prefix': 'ana', 'aws:username': 'ana' } }).effect, 'none');
  assert.equal(evaluate(policy, { conditions: { 's3:prefix': '${aws:username}' } }).effect, 'Allow');
});

test('a finding says which condition is in the way, what it wants and what the request has', () => {
  const policy = policyOf({
    Sid: 'Office',
    Condition: { IpAddress: { 'aws:SourceIp': ['192.0.2.0/24'] } },
    Action: ['s3:ListBucket'],
  });
  const [finding] = evaluate(policy, { conditions: { 'aws:sourceip': '198.51.100.1' } }).findings;
  assert.deepEqual(finding, {
    name: 'statement 1 ("Office")',
    place: { number: 1, sid: 'Office' },
    effect: 'Allow',
    applies: false,
    text: 'its condition IpAddress aws:SourceIp (192.0.2.0/24) is not met: the request has 198.51.100.1.',
  });
});
