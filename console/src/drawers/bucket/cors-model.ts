/**
 * CORS rules that are edited: what S3 refuses of them, what deserves a warning, and how they answer a browser that asks. Pure.
 *
 * Source: "Elements of a CORS configuration" in the S3 user guide: the first rule that fits origin, method and all headers counts. The
 * server's own evaluation is held against this one by test/console/cors-model.test.ts.
 */

import type { CorsRule } from '../../s3/buckets.ts';

export const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'] as const;
const MOST_RULES = 100;
const ID_LENGTH = 255;
/** RFC 9110 section 5.1. `*` is one of its characters. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export type CorsField = 'id' | 'origins' | 'methods' | 'headers' | 'expose' | 'maxAge';

export interface CorsProblem {
  /** From 0. */
  readonly rule: number;
  readonly field: CorsField;
  readonly what: 'missing' | 'method' | 'wildcards' | 'wildcard' | 'header' | 'long' | 'number' | 'many';
  /** What is wrong; empty where something is missing. */
  readonly value: string;
}

export const NEW_RULE: CorsRule = Object.freeze({ origins: [], methods: ['GET'], headers: [], expose: [] });

const stars = (text: string): number => text.split('*').length - 1;

function problemsOf(one: CorsRule, rule: number): readonly CorsProblem[] {
  const wrong = (field: CorsField, what: CorsProblem['what'], value = ''): CorsProblem => ({
    rule,
    field,
    what,
    value,
  });
  const { id = '', origins, methods, headers, expose, maxAge } = one;
  return [
    ...(id.length > ID_LENGTH ? [wrong('id', 'long', id)] : []),
    ...(origins.length === 0 ? [wrong('origins', 'missing')] : []),
    ...origins.filter((text) => stars(text) > 1).map((text) => wrong('origins', 'wildcards', text)),
    ...(methods.length === 0 ? [wrong('methods', 'missing')] : []),
    ...methods
      .filter((text) => !METHODS.some((known) => known === text))
      .map((text) => wrong('methods', 'method', text)),
    ...headers.filter((text) => !TOKEN.test(text)).map((text) => wrong('headers', 'header', text)),
    ...headers.filter((text) => TOKEN.test(text) && stars(text) > 1).map((text) => wrong('headers', 'wildcards', text)),
    ...expose.filter((text) => text.includes('*')).map((text) => wrong('expose', 'wildcard', text)),
    ...expose.filter((text) => !text.includes('*') && !TOKEN.test(text)).map((text) => wrong('expose', 'header', text)),
    ...(maxAge !== undefined && !(Number.isInteger(maxAge) && maxAge >= 0 && maxAge < 2 ** 31)
      ? [wrong('maxAge', 'number', String(maxAge))]
      : []),
  ];
}

export const corsProblems = (rules: readonly CorsRule[]): readonly CorsProblem[] => [
  ...(rules.length > MOST_RULES ? [{ rule: MOST_RULES, field: 'id', what: 'many', value: '' } as const] : []),
  ...rules.flatMap(problemsOf),
];

/** Rules by which any page may write. From 0. */
export const riskyRules = (rules: readonly CorsRule[]): readonly number[] =>
  rules.flatMap(({ origins, methods }, index) =>
    origins.includes('*') && methods.some((method) => method !== 'GET' && method !== 'HEAD') ? [index] : [],
  );

export interface CorsQuestion {
  readonly origin: string;
  readonly method: string;
  readonly headers: readonly string[];
}

/** Why a rule does not admit what is asked. */
export interface Missed {
  /** From 0. */
  readonly rule: number;
  readonly origin: boolean;
  readonly method: boolean;
  /** Those that it does not allow. */
  readonly headers: readonly string[];
}

export type CorsVerdict =
  | { readonly allowed: true; readonly rule: number; readonly answer: readonly (readonly [string, string])[] }
  /** The rules that come nearest first. */
  | { readonly allowed: false; readonly missed: readonly Missed[] };

/** Literal but for one `*`, which stands for anything, nothing included. */
function fits(pattern: string, text: string): boolean {
  const at = pattern.indexOf('*');
  if (at < 0) return pattern === text;
  const [start, end] = [pattern.slice(0, at), pattern.slice(at + 1)];
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end);
}

function missedBy({ origins, methods, headers }: CorsRule, asked: CorsQuestion, rule: number): Missed {
  const patterns = headers.map((text) => text.toLowerCase());
  return {
    rule,
    origin: origins.some((pattern) => fits(pattern, asked.origin)),
    method: methods.includes(asked.method),
    headers: asked.headers
      .map((name) => name.toLowerCase())
      .filter((name) => !patterns.some((pattern) => fits(pattern, name))),
  };
}

const distance = ({ origin, method, headers }: Missed): number =>
  (origin ? 0 : 100) + (method ? 0 : 10) + Math.min(headers.length, 9);

export function corsVerdict(rules: readonly CorsRule[], asked: CorsQuestion): CorsVerdict {
  const missed = rules.map((rule, index) => missedBy(rule, asked, index));
  const found = missed.find((one) => distance(one) === 0);
  const rule = found === undefined ? undefined : rules[found.rule];
  if (found === undefined || rule === undefined) {
    return { allowed: false, missed: [...missed].sort((a, b) => distance(a) - distance(b)) };
  }
  return { allowed: true, rule: found.rule, answer: answerOf(rule, asked) };
}

/** The headers that the answer to the question has. */
function answerOf(rule: CorsRule, { origin, headers }: CorsQuestion): readonly (readonly [string, string])[] {
  const named = rule.origins.find((pattern) => fits(pattern, origin)) === '*' ? '*' : origin;
  return [
    ['Access-Control-Allow-Origin', named],
    ['Access-Control-Allow-Methods', rule.methods.join(', ')],
    ...(headers.length > 0 ? [['Access-Control-Allow-Headers', headers.join(', ').toLowerCase()] as const] : []),
    ...(rule.expose.length > 0 ? [['Access-Control-Expose-Headers', rule.expose.join(', ')] as const] : []),
    ...(rule.maxAge === undefined ? [] : [['Access-Control-Max-Age', String(rule.maxAge)] as const]),
  ];
}

/** `content-type, x-foo` */
export const namesIn = (typed: string): readonly string[] =>
  typed
    .split(/[\s,]+/)
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');

/** In the form that is saved: no texts of blanks, no empty id. */
export const cleaned = (rules: readonly CorsRule[]): readonly CorsRule[] =>
  rules.map(({ id, ...rule }) => (id === undefined || id === '' ? rule : { id, ...rule }));

export const sameCors = (a: readonly CorsRule[], b: readonly CorsRule[]): boolean => saidOf(a) === saidOf(b);

const saidOf = (rules: readonly CorsRule[]): string =>
  JSON.stringify(
    rules.map(({ id = '', origins, methods, headers, expose, maxAge }) => [
      ...[id, origins, methods, headers, expose],
      maxAge ?? null,
    ]),
  );
