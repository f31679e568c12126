/** Policies are understood whole or refused: by name, by place, in S3's words where it has some. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/base/limits.ts';
import { parsePolicy, principalsOf } from '../../src/model/policy/parse.ts';
import { BUCKET_ARN, evaluate, policyOf, policyText, refusal, refusalOf, statementOf } from '../support/policies.ts';

const ID = '0123456789abcdef0123456789abcdef';
const CANONICAL = `${ID}${ID}`;
const OBJECTS = `${BUCKET_ARN}/*`;

const DOCUMENTS: readonly (readonly [what: string, text: string, refused: RegExp])[] = [
  ['nothing', '', /^Policies must be valid JSON and the first byte must be '\{'$/],
  ['a space before it', ` ${policyText([statementOf()])}`, /the first byte must be '\{'$/],
  ['a byte order mark', `\ufeff${policyText([statementOf()])}`, /the first byte must be '\{'$/],
  ['a list', '[]', /the first byte must be '\{'$/],
  ['no end', '{"Statement":[', /^Policies must be valid JSON\. .* at character 15\.$/],
  ['something behind it', `${policyText([statementOf()])}x`, /something follows the document/i],
  ['a comma too many', '{"Statement":[],}', /a member needs a name in quotes/i],
  ['half a surrogate pair', '{"Id":"\\ud800"}', /a text is not valid/i],
  ['a number with a leading zero', '{"Id":01}', /not valid/],
  ['a number without end', '{"Id":1e999}', /not valid/],
  ['a control character', '{"Id":"\u0001"}', /a text is not valid/i],
  ['a member twice', '{"Version":"2012-10-17","Version":"2008-10-17"}', /the member "Version" occurs twice/i],
  ['a prototype', '{"__proto__":{"Statement":[]}}', /^Unknown field __proto__/],
  ['depth', `{"Statement":${'['.repeat(50)}`, /nested deeper than 16/i],
  [
    'size',
    policyText([statementOf()], { Id: ' '.repeat(LIMITS.policyBytes) }),
    /maximum allowed document size\. .*20480/,
  ],
  ['no statement', '{"Version":"2012-10-17"}', /^Missing required field Statement/],
  ['an empty list of statements', '{"Statement":[]}', /^Missing required field Statement/],
  ['a statement that is a text', '{"Statement":"Allow"}', /Statement 1 is not an object/],
  ['another version', policyText([statementOf()], { Version: '2020-01-01' }), /must contain a valid version string/],
  ['an Id that is no text', policyText([statementOf()], { Id: 5 }), /Id of the policy must be a text/],
  [
    'a Sid twice',
    policyText([statementOf({ Sid: 'a' }), statementOf({ Sid: 'a' })]),
    /must be unique\. "a" occurs twice/,
  ],
];

const STATEMENTS: readonly (readonly [members: Readonly<Record<string, unknown>>, refused: RegExp])[] = [
  [{ Effect: undefined }, /^Missing required field Effect\. In statement 1\.$/],
  [{ Principal: undefined }, /^Missing required field Principal/],
  [{ Action: undefined }, /^Missing required field Action/],
  [{ Resource: undefined, Sid: 'Here' }, /^Missing required field Resource\. In statement 1 \("Here"\)\.$/],
  [{ Effect: 'allow' }, /^Invalid effect : allow/],
  [{ Actions: '*' }, /^Unknown field Actions/],
  [{ Sid: 'a\nb' }, /must be alpha-numeric/],
  [{ NotAction: 's3:PutObject' }, /both Action and NotAction/],
  [{ NotResource: BUCKET_ARN }, /both Resource and NotResource/],
  [{ NotPrincipal: { AWS: ID }, Effect: 'Deny' }, /both Principal and NotPrincipal/],
  [{ Action: 'GetObject' }, /^Policy has invalid action.*"GetObject" is no action of S3/],
  [{ Action: 'ec2:*' }, /^Policy has invalid action/],
  [{ Action: 's3:GetObjct' }, /^Policy has invalid action/],
  [{ Action: 's3:Fetch*' }, /^Policy has invalid action/],
  [{ Action: 's3:ListAllMyBuckets' }, /^Policy has invalid action/],
  [{ Action: [1] }, /Action must be a text or a list of texts/],
  [{ Action: [] }, /Action must be a text or a list of texts/],
  [{ Resource: '*' }, /^Policy has invalid resource/],
  [{ Resource: 'arn:aws:s3:::photos2/*' }, /^Policy has invalid resource.*not in bucket photos/],
  [{ Resource: [OBJECTS, 'arn:aws:s3:::other/*'] }, /^Policy has invalid resource/],
  [{ Resource: 'arn:aws-cn:s3:::photos/*' }, /^Policy has invalid resource/],
  [{ Resource: `${BUCKET_ARN}\${aws:username}` }, /cannot hold a variable/],
  [{ Resource: `${BUCKET_ARN}/\${aws:nobody}` }, /is not known/],
  [{ Resource: `${BUCKET_ARN}/\${aws:Referer}` }, /aws:Referer is what the client says, and no variable/],
  [{ Resource: `${BUCKET_ARN}/${'a'.repeat(3000)}` }, /a text may have 2048 characters/],
  [{ Action: 's3:GetObject', Resource: BUCKET_ARN }, /^Action does not apply to any resource\(s\) in statement/],
  [{ Action: 's3:ListBucket', Resource: OBJECTS }, /^Action does not apply to any resource\(s\) in statement/],
  [{ Resource: OBJECTS }, /^Action does not apply to any resource\(s\) in statement\. .*s3:ListBucket is about/],
  [
    { Action: 's3:GetObject', Condition: { StringLike: { 's3:prefix': 'a*' } } },
    /^Conditions do not apply to combination of actions and resources in statement\. .*s3:prefix is for s3:ListBucket/,
  ],
  [
    { Action: 's3:*', Resource: OBJECTS, Condition: { StringLike: { 's3:prefix': 'a*' } } },
    /^Conditions do not apply to combination/,
  ],
  [
    { Action: undefined, NotAction: 's3:List*', Condition: { StringLike: { 's3:prefix': 'a*' } } },
    /^Conditions do not apply to combination/,
  ],
  [{ Principal: 'everybody' }, /^Invalid principal in policy/],
  [{ Principal: {} }, /^Invalid principal in policy/],
  [{ Principal: { AWS: [] } }, /Principal AWS must be a text/],
  [{ Principal: { Service: 's3.amazonaws.com' } }, /^Invalid principal in policy.*names no account of this service/],
  [{ Principal: { AWS: `arn:aws:iam::${ID}:user/bob` } }, /^Invalid principal in policy/],
  [{ Principal: { AWS: `${ID.slice(1)}*` } }, /^Invalid principal in policy/],
  [{ Principal: { CanonicalUser: ID } }, /^Invalid principal in policy/],
  [{ Principal: { CanonicalUser: '*' } }, /^Invalid principal in policy/],
  [{ Principal: undefined, NotPrincipal: { AWS: ID } }, /^Allow with NotPrincipal is not allowed/],
  [{ Principal: undefined, NotPrincipal: '*', Effect: 'Deny' }, /All but everybody is nobody/],
  [{ Principal: undefined, NotPrincipal: { AWS: ['*', ID] }, Effect: 'Deny' }, /All but everybody is nobody/],
];

test('rule 10: what is not understood is refused, and the answer says what and where', () => {
  for (const [what, text, refused] of DOCUMENTS) assert.match(refusalOf(text), refused, what);
  for (const [members, refused] of STATEMENTS) assert.match(refusal(members), refused, JSON.stringify(members));
});

test('what the documentation writes is taken', () => {
  for (const members of [
    {},
    { Sid: 'Only-allow writes with bucket owner full control' },
    { Action: ['S3:getobject', 's3:Get?bject', 's3:*Acl', '*'], Resource: `${BUCKET_ARN}*` },
    { Action: undefined, NotAction: 's3:Put*', Resource: undefined, NotResource: BUCKET_ARN },
    { Principal: { AWS: [ID, `arn:aws:iam::${ID}:root`, CANONICAL, '*'], CanonicalUser: CANONICAL } },
    { Principal: undefined, NotPrincipal: { AWS: ID }, Effect: 'Deny' },
    { Resource: `${BUCKET_ARN}/\${aws:username}/\${*}\${?}\${$}/\${aws:userid, 'none'}`, Action: 's3:GetObject' },
    { Action: ['s3:GetObject', 's3:ListBucket'], Condition: { StringLike: { 's3:prefix': 'a*' } } },
  ]) {
    policyOf(members);
  }
  parsePolicy(JSON.stringify({ Id: 'x', Statement: statementOf() }), 'photos');
});

test('the accounts that a policy names, each once', () => {
  const statement = statementOf({ Principal: { AWS: [ID, `arn:aws:iam::${ID}:root`, CANONICAL, '123456789012'] } });
  assert.deepEqual(principalsOf(parsePolicy(policyText([statement, statementOf(), statement]), 'photos')), [
    { by: 'id', value: ID },
    { by: 'canonicalId', value: CANONICAL },
    { by: 'id', value: '123456789012' },
  ]);
});

test('rule 13: what stands for a variable is text, and without a value nothing is meant', () => {
  const mine = policyOf({ Action: 's3:GetObject', Resource: `${BUCKET_ARN}/of/\${aws:username}/?` });
  const effect = (key: string, user?: string): string =>
    evaluate(mine, {
      action: 's3:GetObject',
      resource: `${BUCKET_ARN}/${key}`,
      conditions: user === undefined ? {} : { 'aws:username': user },
    }).effect;
  assert.equal(effect('of/ana/x', 'ana'), 'Allow');
  assert.equal(effect('of/bo/x', 'ana'), 'none');
  assert.equal(effect('of/bo/x', '*'), 'none');
  assert.equal(effect('of/?/x', '?'), 'Allow');
  assert.equal(effect('of//x', ''), 'Allow');
  assert.equal(effect('of/a/x', ''), 'none');
  assert.equal(effect('of//x'), 'none');
});
