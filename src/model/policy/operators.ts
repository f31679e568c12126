/**
 * Condition operators as a table: which keys they are for, and how one value of a policy becomes a test of one value of a request.
 *
 * Source: "IAM JSON policy elements: Condition operators". A value that cannot be what the operator compares is refused when the
 * policy is set; a request's value that cannot be fails the test. Left out: the Binary operators, as no key of S3 holds bytes.
 */

import { networkOf } from '../../base/network.ts';
import type { ConditionType } from './keys.ts';
import type { ConditionValues } from './types.ts';
import { constantOf, isFixed, type Reading, resolve, templateOf } from './variables.ts';

/** A policy's value, ready. */
export interface ValueTest {
  matches(value: string, request: ConditionValues): boolean;
  /** Exactly one value, or one network that is not half the world, meets it. */
  readonly isFixed: boolean;
}

export interface Operator {
  readonly types: ReadonlySet<ConditionType>;
  /** It holds when none of the values matches, and for keys that are not there. */
  readonly negated: boolean;
  /** Throws an `Error` whose text follows "must": what the value has to be. */
  compile(value: string, variables: boolean): ValueTest;
}

const TEXTS: readonly ConditionType[] = ['string', 'arn', 'number', 'date', 'boolean'];

type Compile = Operator['compile'];

const operator = (types: readonly ConditionType[], compile: Compile, negated = false): Operator =>
  Object.freeze({ types: new Set(types), negated, compile });

const same = (text: string): string => text;
const lower = (text: string): string => text.toLowerCase();

/** What `aws:userid` is for those who have none: fixed, and everybody. */
const ANONYMOUS_ID = 'anonymous';

function texts(reading: Reading, fold: (text: string) => string): Compile {
  return (value, variables) => {
    const template = templateOf(fold === same ? value : foldPlain(value), reading, variables);
    const constant = constantOf(template, fold);
    return {
      isFixed: isFixed(template) && value !== ANONYMOUS_ID,
      matches: (text, request) => (constant ?? resolve(template, request, fold))?.matches(fold(text)) === true,
    };
  };
}

/** Names of variables stay as they are; they have no case anyway, but tags in them do. */
const foldPlain = (value: string): string => (value.includes('${') ? value : lower(value));

/** Both `ArnEquals` and `ArnLike` take wildcards, which stay within a part between two colons; the last part is the rest. */
function arns(value: string, variables: boolean): ValueTest {
  const parts = arnParts(value);
  if (parts === undefined) throw new Error('be an ARN: arn:aws:iam::ACCOUNT:root, for example');
  const templates = parts.map((part) => templateOf(part, 'wildcards', variables));
  return {
    isFixed: templates.every(isFixed),
    matches: (text, request) => {
      const found = arnParts(text);
      if (found === undefined) return false;
      return templates.every(
        (template, index) => resolve(template, request, same)?.matches(found[index] ?? '') === true,
      );
    },
  };
}

const ARN_PARTS = 6;

function arnParts(text: string): readonly string[] | undefined {
  const pieces = text.split(':');
  if (pieces.length < ARN_PARTS || pieces[0] !== 'arn') return undefined;
  return [...pieces.slice(0, ARN_PARTS - 1), pieces.slice(ARN_PARTS - 1).join(':')];
}

const NUMBER = /^[+-]?\d{1,15}(?:\.\d{1,15})?$/;
const numberIn = (text: string): number | undefined => (NUMBER.test(text) ? Number.parseFloat(text) : undefined);

/** Seconds since 1970, or ISO 8601 as W3C profiles it: a day, or a moment with its zone. */
const DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;
function dateIn(text: string): number | undefined {
  if (/^\d{1,12}$/.test(text)) return Number.parseInt(text, 10) * 1000;
  const moment = DATE.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(moment)) return undefined;
  // `Date.parse` carries a 31 February over.
  const day = text.slice(0, 'YYYY-MM-DD'.length);
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day) ? moment : undefined;
}

type Compare = (a: number, b: number) => boolean;

function ordered(parse: (text: string) => number | undefined, what: string, compare: Compare): Compile {
  return (value) => {
    const limit = parse(value);
    if (limit === undefined) throw new Error(`be ${what}`);
    return {
      isFixed: false,
      matches: (text) => {
        const found = parse(text);
        return found !== undefined && compare(found, limit);
      },
    };
  };
}

const COMPARISONS: readonly (readonly [name: string, compare: Compare, negated: boolean])[] = [
  ['Equals', (a, b) => a === b, false],
  ['NotEquals', (a, b) => a === b, true],
  ['LessThan', (a, b) => a < b, false],
  ['LessThanEquals', (a, b) => a <= b, false],
  ['GreaterThan', (a, b) => a > b, false],
  ['GreaterThanEquals', (a, b) => a >= b, false],
];

function comparisons(
  prefix: 'Numeric' | 'Date',
  type: ConditionType,
  parse: (text: string) => number | undefined,
): readonly (readonly [string, Operator])[] {
  const what = type === 'date' ? 'a date (2026-11-22T00:00:00Z) or seconds since 1970' : 'a number';
  return COMPARISONS.map(([name, compare, negated]) => [
    `${prefix}${name}`,
    operator([type], ordered(parse, what, compare), negated),
  ]);
}

function boolean(value: string): ValueTest {
  const wanted = lower(value);
  if (wanted !== 'true' && wanted !== 'false') throw new Error('be true or false');
  return { isFixed: false, matches: (text) => lower(text) === wanted };
}

/** Wider networks than these are as good as everybody ("The meaning of public"). */
const WIDEST = { 4: 8, 6: 32 } as const;

function networks(value: string): ValueTest {
  const network = networkOf(value);
  if (network === undefined) {
    throw new Error('be an address or a network: 192.0.2.7, 192.0.2.0/24, 2001:db8::/32');
  }
  return {
    isFixed: network.bits >= WIDEST[network.family],
    matches: (text) => network.has(text),
  };
}

export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['StringEquals', operator(TEXTS, texts('plain', same))],
  ['StringNotEquals', operator(TEXTS, texts('plain', same), true)],
  ['StringEqualsIgnoreCase', operator(TEXTS, texts('plain', lower))],
  ['StringNotEqualsIgnoreCase', operator(TEXTS, texts('plain', lower), true)],
  ['StringLike', operator(TEXTS, texts('wildcards', same))],
  ['StringNotLike', operator(TEXTS, texts('wildcards', same), true)],
  ...comparisons('Numeric', 'number', numberIn),
  ...comparisons('Date', 'date', dateIn),
  ['Bool', operator(['boolean'], boolean)],
  ['IpAddress', operator(['address'], networks)],
  ['NotIpAddress', operator(['address'], networks, true)],
  ['ArnEquals', operator(['arn'], arns)],
  ['ArnLike', operator(['arn'], arns)],
  ['ArnNotEquals', operator(['arn'], arns, true)],
  ['ArnNotLike', operator(['arn'], arns, true)],
]);
