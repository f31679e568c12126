/** Whatever a policy's text: it is understood or refused with MalformedPolicy; and what is understood keeps the laws of evaluation. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of policies look like those of templates

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { S3Error } from '../../src/model/errors.ts';
import { POLICY_ACTIONS } from '../../src/model/policy/actions.ts';
import { evaluatePolicy } from '../../src/model/policy/evaluate.ts';
import { CONDITION_KEYS, conditionKeyId } from '../../src/model/policy/keys.ts';
import { OPERATORS } from '../../src/model/policy/operators.ts';
import { type Policy, parsePolicy, principalsOf } from '../../src/model/policy/parse.ts';
import { patternOf, type Steps } from '../../src/model/policy/pattern.ts';
import { isPublicPolicy } from '../../src/model/policy/status.ts';
import type { PolicyQuestion } from '../../src/model/policy/types.ts';
import { FUZZ } from './runs.ts';

const BUCKET = 'photos';
const ARN = `arn:aws:s3:::${BUCKET}`;
const IDS = ['0123456789abcdef0123456789abcdef', 'fedcba9876543210fedcba9876543210'];
const CANONICAL = `${IDS[0]}${IDS[1]}`;

function parsed(text: string): Policy | undefined {
  try {
    return parsePolicy(text, BUCKET);
  } catch (error) {
    assert.ok(error instanceof S3Error, `not an S3Error: ${error instanceof Error ? error.stack : error}`);
    assert.equal(error.code, 'MalformedPolicy');
    return undefined;
  }
}

// ----------------------------------------------------------------------------------------------------- generators

const some = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const oneOrMore = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> =>
  fc.oneof(one, fc.array(one, { minLength: 1, maxLength: 3 }));

const TEXTS = ['a', 'a*', '*', '?', 'home/${aws:username}/*', "${aws:userid, 'nobody'}", '${*}', '', 'é', '🏔*x'];
/** Values that each type of key can have. */
const VALUES = {
  string: TEXTS,
  number: ['0', '10', '1.5', '-3'],
  date: ['2026-11-22T00:00:00Z', '1700000000', '2026-11-22', '2026-11-22T01:00:00+01:00'],
  boolean: ['true', 'false'],
  address: ['192.0.2.0/24', '10.1.2.3', '2001:db8::/32', '0.0.0.0/0', '::ffff:10.0.0.1'],
  arn: [`arn:aws:iam::${IDS[0]}:root`, 'arn:aws:iam::*:root', 'arn:aws:iam::${aws:userid}:root'],
} as const;

const typeFor = (operator: string): keyof typeof VALUES => {
  if (operator.startsWith('Numeric')) return 'number';
  if (operator.startsWith('Date')) return 'date';
  if (operator.startsWith('Arn')) return 'arn';
  if (operator.startsWith('Bool')) return 'boolean';
  return operator.includes('Ip') ? 'address' : 'string';
};

const condition = fc
  .record({
    operator: some(...OPERATORS.keys()),
    prefix: some('', '', 'ForAllValues:', 'ForAnyValue:'),
    suffix: some('', '', 'IfExists'),
  })
  .chain(({ operator, prefix, suffix }) => {
    const type = typeFor(operator);
    const keys = CONDITION_KEYS.filter((key) => key.type === type).map(({ name }) => name);
    return fc
      .tuple(some(...keys), oneOrMore(some(...VALUES[type])))
      .map(([key, values]) => [`${prefix}${operator}${suffix}`, { [key]: values }] as const);
  });

const actionName = fc.oneof(some(...POLICY_ACTIONS.map(({ name }) => name)), some('s3:*', 's3:Get*', 's3:?et*', '*'));
const resource = some(ARN, `${ARN}/*`, `${ARN}/a?/*`, `${ARN}*`, `${ARN}/\${aws:username}/*`);
const account = some(...IDS, CANONICAL, `arn:aws:iam::${IDS[0]}:root`, '*');

const statement = fc
  .record({
    effect: some('Allow', 'Deny'),
    principal: fc.oneof(
      fc.constant('*' as const),
      oneOrMore(account).map((AWS) => ({ AWS })),
    ),
    except: fc.record({ principal: fc.boolean(), action: fc.boolean(), resource: fc.boolean() }),
    actions: oneOrMore(actionName),
    resources: oneOrMore(resource),
    conditions: fc.array(condition, { maxLength: 2 }),
  })
  .map(({ effect, principal, except, actions, resources, conditions }) => ({
    Effect: effect,
    [except.principal && effect === 'Deny' ? 'NotPrincipal' : 'Principal']: principal,
    [except.action ? 'NotAction' : 'Action']: actions,
    [except.resource ? 'NotResource' : 'Resource']: resources,
    ...(conditions.length === 0 ? {} : { Condition: Object.fromEntries(conditions) }),
  }));

const question: fc.Arbitrary<PolicyQuestion> = fc
  .record({
    principal: some<PolicyQuestion['principal']>(
      { kind: 'anonymous' },
      { kind: 'account', id: IDS[0] ?? '', canonicalId: 'f'.repeat(64) },
      { kind: 'account', id: 'other', canonicalId: CANONICAL },
    ),
    action: fc.oneof(some(...POLICY_ACTIONS.map(({ name }) => name)), fc.string({ maxLength: 8 })),
    resource: fc.oneof(
      some(ARN, `${ARN}/a`, `${ARN}/ab/c`),
      fc.string({ unit: 'binary', maxLength: 8 }).map((key) => `${ARN}/${key}`),
    ),
    values: fc.array(
      fc.tuple(
        some(...CONDITION_KEYS.map(({ name }) => conditionKeyId(name))),
        fc.array(fc.oneof(some(...Object.values(VALUES).flat()), fc.string({ unit: 'binary', maxLength: 6 })), {
          maxLength: 3,
        }),
      ),
      { maxLength: 12 },
    ),
  })
  .map(({ principal, action, resource: name, values }) => ({
    principal,
    action,
    resource: name,
    conditions: new Map(values),
  }));

const policyOf = (statements: readonly object[]): Policy | undefined =>
  parsed(JSON.stringify({ Version: '2012-10-17', Statement: statements }));

// ---------------------------------------------------------------------------------------------------------- texts

const PIECES = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  '\\',
  '\\u00e9',
  '\\ud800',
  '1',
  '-',
  'e9',
  'true',
  'null',
  ' ',
  '\n',
];
const NAMES = [
  'Version',
  'Id',
  'Sid',
  'Statement',
  'Effect',
  'Principal',
  'Action',
  'Resource',
  'Condition',
  '__proto__',
];
const WORDS = [
  '2012-10-17',
  'Allow',
  '*',
  's3:*',
  ARN,
  'StringLike',
  's3:prefix',
  'constructor',
  '${',
  '${aws:username}',
];

test('rule 20: noise is no policy, and only MalformedPolicy says so', () => {
  const soup = fc
    .array(fc.oneof(some(...PIECES, ...[...NAMES, ...WORDS].map((word) => `"${word}"`)), fc.string({ maxLength: 3 })), {
      maxLength: 40,
    })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(soup, fc.string({ unit: 'binary' })), fc.boolean(), (text, open) => {
      parsed(open ? `{${text}` : text);
    }),
    FUZZ,
  );
});

test('rule 20: any JSON, with members that policies have, is a policy or refused', () => {
  const leaf = fc.oneof(
    some(...WORDS, ...NAMES),
    fc.boolean(),
    fc.double(),
    fc.constant(null),
    fc.string({ maxLength: 4 }),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6 },
      leaf,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(some(...NAMES, ...WORDS), tie('tree'), { maxKeys: 4 }),
    ),
  }));
  const damaged = fc
    .tuple(statement, some(...NAMES, 'NotAction'), tree)
    .map(([whole, member, value]) => ({ Version: '2012-10-17', Statement: [{ ...whole, [member]: value }] }));
  fc.assert(
    fc.property(fc.oneof(tree, damaged), (value) => {
      parsed(JSON.stringify(value) ?? '');
    }),
    FUZZ,
  );
});

// ----------------------------------------------------------------------------------------------------- evaluation

const statements = fc.array(statement, { minLength: 1, maxLength: 4 });
let understood = 0;

test('rule 11: nothing is thrown at a question, a Deny wins, and an explanation agrees with the verdict', () => {
  fc.assert(
    fc.property(statements, question, (list, asked) => {
      const policy = policyOf(list);
      if (policy === undefined) return;
      understood += 1;
      const { effect } = evaluatePolicy(policy, asked);
      const explained = evaluatePolicy(policy, asked, { explain: true });
      assert.equal(explained.effect, effect);
      assert.equal(explained.findings.length, list.length);
      const applying = explained.findings.filter(({ applies }) => applies).map((finding) => finding.effect);
      assert.equal(effect, applying.includes('Deny') ? 'Deny' : (applying[0] ?? 'none'));
      for (const { applies, text } of explained.findings) assert.equal(text === '', applies);
      assert.equal(typeof isPublicPolicy(policy), 'boolean');
      assert.ok(principalsOf(policy).every(({ value }) => [...IDS, CANONICAL].includes(value)));
    }),
    FUZZ,
  );
  assert.ok(understood > FUZZ.numRuns / 20, `only ${understood} of the policies were understood`);
});

test('rule 11: one statement that denies everything wins over whatever stands beside it', () => {
  const deny = { Effect: 'Deny', Principal: '*', Action: '*', Resource: [ARN, `${ARN}/*`] };
  fc.assert(
    fc.property(statements, fc.nat({ max: 4 }), question, (list, at, asked) => {
      if (policyOf(list) === undefined || !POLICY_ACTIONS.some(({ name }) => name === asked.action)) return;
      const policy = policyOf(list.toSpliced(at, 0, deny));
      assert.ok(policy !== undefined);
      assert.equal(evaluatePolicy(policy, asked).effect, 'Deny');
    }),
    FUZZ,
  );
});

test('the order of statements, and statements about something else, change nothing', () => {
  const unrelated = some(
    { Effect: 'Deny', Principal: { AWS: 'somebody' }, Action: '*', Resource: [ARN, `${ARN}/*`] },
    { Effect: 'Deny', Principal: '*', Action: '*', Resource: `${ARN}/no/such/place/*` },
    {
      Effect: 'Allow',
      Principal: '*',
      Action: '*',
      Resource: `${ARN}*`,
      Condition: { StringEquals: { 'aws:userid': 'nobody-has-it' } },
    },
  );
  fc.assert(
    fc.property(statements, unrelated, fc.nat({ max: 4 }), question, (list, more, at, asked) => {
      const policy = policyOf(list);
      if (policy === undefined) return;
      const { effect } = evaluatePolicy(policy, asked);
      for (const other of [list.toReversed(), list.toSpliced(at, 0, more)]) {
        const changed = policyOf(other);
        assert.ok(changed !== undefined);
        assert.equal(evaluatePolicy(changed, asked).effect, effect);
      }
    }),
    FUZZ,
  );
});

// ------------------------------------------------------------------------------------------------------- patterns

/** The meaning of patterns, written a second time and another way: the places of the pattern that can be reached. */
function matchesByPlaces(pattern: string, text: string): boolean {
  const tokens = [...pattern];
  const passStars = (places: Set<number>): Set<number> => {
    for (const place of places) if (tokens[place] === '*') places.add(place + 1);
    return places;
  };
  let places = passStars(new Set([0]));
  for (const character of text) {
    const next = new Set<number>();
    for (const place of places) {
      const token = tokens[place];
      if (token === '*') next.add(place);
      else if (token !== undefined && (token === '?' || token === character)) next.add(place + 1);
    }
    places = passStars(next);
  }
  return places.has(tokens.length);
}

const alphabet = some('a', 'b', '/', '🏔');

test('rule 13: a pattern means what it means, whatever its wildcards', () => {
  const pattern = fc.array(fc.oneof(alphabet, some('*', '?')), { maxLength: 12 }).map((parts) => parts.join(''));
  const text = fc.array(alphabet, { maxLength: 20 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(pattern, text, (written, value) => {
      assert.equal(patternOf(written).matches(value), matchesByPlaces(written, value), `${written} ${value}`);
    }),
    FUZZ,
  );
  // Parts of more than one word of bits.
  const long = fc
    .array(some('a', 'a', 'a', '?', 'b', '*'), { minLength: 40, maxLength: 90 })
    .map((parts) => parts.join(''));
  const longText = fc.array(some('a', 'a', 'a', 'b'), { minLength: 30, maxLength: 200 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(long, longText, (written, value) => {
      const [around, inside] = [`*${written}*`, `${value}${written.replaceAll(/[*?]/g, 'a')}${value}`];
      assert.equal(patternOf(around).matches(value), matchesByPlaces(around, value));
      assert.equal(patternOf(around).matches(inside), true);
    }),
    { ...FUZZ, numRuns: Math.ceil(FUZZ.numRuns / 10) },
  );
});

test('rule 13: matching takes steps in proportion to the text, whatever the pattern', () => {
  const parts = fc.array(some('a', 'a', 'a', '?', '*', 'b'), { maxLength: 300 }).map((all) => all.join(''));
  fc.assert(
    fc.property(parts, fc.nat({ max: 2000 }), (written, length) => {
      const steps: Steps = { count: 0 };
      patternOf(`*${written}*c*`).matches('a'.repeat(length), steps);
      const words = Math.ceil(Math.max(1, ...written.split('*').map((part) => part.length)) / 32);
      assert.ok(steps.count <= length * words, `${steps.count} steps for ${length} characters`);
    }),
    { ...FUZZ, numRuns: Math.ceil(FUZZ.numRuns / 10) },
  );
});
