/**
 * Conditions: an operator, a key, and values, of which the request's must meet one (or, negated, none).
 *
 * Source: "IAM JSON policy elements: Condition operators", "Set operators for multi-valued context keys", and its table of what
 * a missing key means. All conditions of a statement must hold.
 */

import { conditionKey, conditionKeyId } from './keys.ts';
import { OPERATORS, type Operator, type ValueTest } from './operators.ts';
import type { ConditionValues } from './types.ts';

export interface Condition {
  /** `IpAddress aws:SourceIp`, as the policy writes it. */
  readonly name: string;
  /** In lower case but for tags. */
  readonly key: string;
  /** The actions whose requests can have the key; undefined: all. */
  readonly actions: ReadonlySet<string> | undefined;
  /** As the policy writes them. */
  readonly wanted: readonly string[];
  holds(values: ConditionValues): boolean;
  /** In an Allow for everybody it keeps the policy from being public. */
  readonly narrows: boolean;
}

type Quantifier = 'one' | 'all' | 'any';
const QUANTIFIERS: readonly (readonly [prefix: string, quantifier: Quantifier])[] = [
  ['ForAllValues:', 'all'],
  ['ForAnyValue:', 'any'],
];
const IF_EXISTS = 'IfExists';

interface ParsedOperator {
  readonly quantifier: Quantifier;
  readonly ifExists: boolean;
  readonly base: string;
}

function parseOperator(name: string): ParsedOperator {
  const [prefix, quantifier] = QUANTIFIERS.find(([each]) => name.startsWith(each)) ?? ['', 'one' as const];
  const rest = name.slice(prefix.length);
  const ifExists = rest.endsWith(IF_EXISTS);
  return { quantifier, ifExists, base: ifExists ? rest.slice(0, -IF_EXISTS.length) : rest };
}

export interface WrittenCondition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** Throws an `Error` that says what is wrong with it. `variables`: the policy's version has them. */
export function compileCondition({ operator, key, values }: WrittenCondition, variables: boolean): Condition {
  const row = conditionKey(key);
  if (row === undefined) throw new Error(`the condition key ${JSON.stringify(key)} is not known here`);
  const parsed = parseOperator(operator);
  const named = { name: `${operator} ${key}`, key: conditionKeyId(key), actions: row.actions, wanted: values };
  if (parsed.base === 'Null' && !parsed.ifExists && parsed.quantifier === 'one') {
    return { ...named, ...nullTest(named.key, values), narrows: false };
  }
  const rule = OPERATORS.get(parsed.base);
  if (rule === undefined) throw new Error(`the condition operator ${JSON.stringify(operator)} is not known`);
  if (!rule.types.has(row.type))
    throw new Error(`the operator ${operator} does not fit ${row.name}, which is ${article(row.type)}`);
  if (values.length === 0) throw new Error(`the condition ${named.name} has no value`);
  const tests = values.map((value) => compileValue(rule, { value, name: named.name, variables }));
  const narrows = row.narrows === true && !rule.negated && !parsed.ifExists && parsed.quantifier !== 'all';
  return {
    ...named,
    holds: holdsOf(named.key, parsed, rule, tests),
    narrows: narrows && tests.every((test) => test.isFixed),
  };
}

const article = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);

function compileValue(
  rule: Operator,
  { value, name, variables }: { readonly value: string; readonly name: string; readonly variables: boolean },
): ValueTest {
  try {
    return rule.compile(value, variables);
  } catch (error) {
    throw new Error(
      `the value ${JSON.stringify(value)} of ${name} must ${error instanceof Error ? error.message : ''}`,
    );
  }
}

/** `"Null": {"key": "true"}`: it is not there. */
function nullTest(key: string, values: readonly string[]): Pick<Condition, 'holds'> {
  const [value, ...more] = values;
  if ((value !== 'true' && value !== 'false') || more.length > 0)
    throw new Error(`the value of Null ${key} must be true or false`);
  return { holds: (request) => !request.has(key) === (value === 'true') };
}

function holdsOf(
  key: string,
  { quantifier, ifExists }: ParsedOperator,
  { negated }: Operator,
  tests: readonly ValueTest[],
): Condition['holds'] {
  return (request) => {
    const found = request.get(key);
    if (found === undefined || found.length === 0)
      return ifExists || quantifier === 'all' || (negated && quantifier === 'one');
    const meets = (value: string): boolean => tests.some((test) => test.matches(value, request)) !== negated;
    // Several values without a quantifier: no one of them may be unwanted, and one wanted is enough.
    if (quantifier === 'all' || (quantifier === 'one' && negated)) return found.every(meets);
    return found.some(meets);
  };
}
