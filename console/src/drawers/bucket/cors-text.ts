/**
 * CORS rules as XML and as JSON, both ways, in the forms that AWS's documentation shows. What is wrong in a text is told with its line.
 * Pure.
 */

import type { CorsRule } from '../../s3/buckets.ts';
import { textOf, textsOf } from '../../s3/xml.ts';
import { NotXml, readXml } from '../../s3/xml-read.ts';
import { jsonErrorAt } from '../json-place.ts';
import { type CorsProblem, corsProblems } from './cors-model.ts';

export type TextForm = 'xml' | 'json';

export interface TextProblem {
  /** From 1. */
  readonly line: number;
  /** Of a rule; undefined: the text cannot be read at all. */
  readonly problem?: CorsProblem;
  /** Of what cannot be read: the name that is not known; empty where the text itself breaks off. */
  readonly said: string;
}

export type ReadText =
  | { readonly rules: readonly CorsRule[]; readonly problems: readonly TextProblem[] }
  | { readonly rules: undefined; readonly problems: readonly TextProblem[] };

const XML_NAMES: readonly (readonly [string, 'origins' | 'methods' | 'headers' | 'expose'])[] = [
  ['AllowedOrigin', 'origins'],
  ['AllowedMethod', 'methods'],
  ['AllowedHeader', 'headers'],
  ['ExposeHeader', 'expose'],
];
const JSON_NAMES: Readonly<Record<string, 'origins' | 'methods' | 'headers' | 'expose'>> = {
  AllowedOrigins: 'origins',
  AllowedMethods: 'methods',
  AllowedHeaders: 'headers',
  ExposeHeaders: 'expose',
};

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export const writeText = (form: TextForm, rules: readonly CorsRule[]): string =>
  form === 'xml' ? writeXml(rules) : writeJson(rules);

function writeXml(rules: readonly CorsRule[]): string {
  const lines = rules.flatMap((rule) => [
    '  <CORSRule>',
    ...(rule.id ? [`    <ID>${escaped(rule.id)}</ID>`] : []),
    ...XML_NAMES.flatMap(([name, field]) => rule[field].map((text) => `    <${name}>${escaped(text)}</${name}>`)),
    ...(rule.maxAge === undefined ? [] : [`    <MaxAgeSeconds>${rule.maxAge}</MaxAgeSeconds>`]),
    '  </CORSRule>',
  ]);
  return ['<CORSConfiguration>', ...lines, '</CORSConfiguration>', ''].join('\n');
}

const writeJson = (rules: readonly CorsRule[]): string =>
  `${JSON.stringify(
    rules.map(({ id, origins, methods, headers, expose, maxAge }) => ({
      ...(id ? { ID: id } : {}),
      ...{ AllowedOrigins: origins, AllowedMethods: methods, AllowedHeaders: headers, ExposeHeaders: expose },
      ...(maxAge === undefined ? {} : { MaxAgeSeconds: maxAge }),
    })),
    undefined,
    2,
  )}\n`;

const lineAt = (text: string, offset: number): number => text.slice(0, Math.max(0, offset)).split('\n').length;

export function readText(form: TextForm, text: string): ReadText {
  // Nothing at all is no rules.
  if (text.trim() === '') return { rules: [], problems: [] };
  const read = form === 'xml' ? fromXml(text) : fromJson(text);
  if (read.rules === undefined) return read;
  const mark = form === 'xml' ? '<CORSRule' : '{';
  const problems = corsProblems(read.rules).map((problem) => ({
    line: lineOf(text, mark, problem),
    problem,
    said: problem.value,
  }));
  return { rules: read.rules, problems };
}

/** Where the value stands in its rule; else where the rule begins. */
function lineOf(text: string, mark: string, { rule, value }: CorsProblem): number {
  let at = -1;
  for (let index = 0; index <= rule; index += 1) at = text.indexOf(mark, at + 1);
  const found = value === '' ? -1 : text.indexOf(value, at);
  return lineAt(text, found < 0 ? at : found);
}

const unreadable = (text: string, offset: number, said: string): ReadText => ({
  rules: undefined,
  problems: [{ line: lineAt(text, offset), said }],
});

function fromXml(text: string): ReadText {
  try {
    const root = readXml(text);
    if (root.name !== 'CORSConfiguration') return unreadable(text, 0, root.name);
    const stranger = root.children.find(({ name }) => name !== 'CORSRule');
    if (stranger !== undefined) return unreadable(text, text.indexOf(`<${stranger.name}`), stranger.name);
    const known = ['ID', 'MaxAgeSeconds', ...XML_NAMES.map(([name]) => name)];
    const other = root.children.flatMap(({ children }) => children).find(({ name }) => !known.includes(name));
    if (other !== undefined) return unreadable(text, text.indexOf(`<${other.name}`), other.name);
    const rules = root.children.map((element) => {
      const of = (name: string): readonly string[] => textsOf(element, name).map((one) => one.trim());
      const age = textOf(element, 'MaxAgeSeconds');
      const id = textOf(element, 'ID');
      return {
        ...(id === undefined ? {} : { id }),
        ...{ origins: of('AllowedOrigin'), methods: of('AllowedMethod') },
        ...{ headers: of('AllowedHeader'), expose: of('ExposeHeader') },
        ...(age === undefined ? {} : { maxAge: age.trim() === '' ? Number.NaN : Number(age) }),
      };
    });
    return { rules, problems: [] };
  } catch (thrown) {
    if (thrown instanceof NotXml) return unreadable(text, thrown.at, '');
    throw thrown;
  }
}

function fromJson(text: string): ReadText {
  const wrongAt = jsonErrorAt(text);
  if (wrongAt !== undefined) return unreadable(text, wrongAt, '');
  const value: unknown = JSON.parse(text);
  const list = Array.isArray(value) ? value : membersOf(value).CORSRules;
  if (!Array.isArray(list)) return unreadable(text, 0, 'CORSRules');
  const rules: CorsRule[] = [];
  for (const entry of list) {
    const rule = ruleFrom(entry);
    if (typeof rule === 'string') return unreadable(text, text.indexOf(`"${rule}"`), rule);
    rules.push(rule);
  }
  return { rules, problems: [] };
}

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};

/** The name of the member that is wrong, or the rule. */
function ruleFrom(value: unknown): CorsRule | string {
  const lists: Record<string, readonly string[]> = {};
  let id: string | undefined;
  let maxAge: number | undefined;
  for (const [name, member] of Object.entries(membersOf(value))) {
    const field = JSON_NAMES[name];
    if (field !== undefined && isTexts(member)) lists[field] = member;
    else if (name === 'ID' && typeof member === 'string') id = member;
    else if (name === 'MaxAgeSeconds' && typeof member === 'number') maxAge = member;
    else return name;
  }
  const { origins = [], methods = [], headers = [], expose = [] } = lists;
  return {
    ...(id === undefined ? {} : { id }),
    ...{ origins, methods, headers, expose },
    ...(maxAge === undefined ? {} : { maxAge }),
  };
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');
