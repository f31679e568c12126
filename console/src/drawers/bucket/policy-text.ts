/**
 * A bucket's policy as text: where it goes wrong before the store has seen it, its statements for sentences, and templates. What a policy
 * means is the store's to say; here only its shape is read. Pure.
 */

import { jsonErrorAt } from '../json-place.ts';

export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

export interface Statement {
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  /** `*`: everybody. `not`: everybody but these. */
  readonly who: Some;
  readonly actions: Some;
  readonly resources: Some;
  readonly conditions: readonly Condition[];
  /** From 1. */
  readonly line: number;
}

export interface Some {
  readonly not: boolean;
  readonly values: readonly string[];
}

/** From 1; undefined when it is JSON, or nothing. */
export function brokenLine(text: string): number | undefined {
  const at = text.trim() === '' ? undefined : jsonErrorAt(text);
  return at === undefined ? undefined : text.slice(0, at).split('\n').length;
}

const membersOf = (value: unknown): ReadonlyMap<string, unknown> =>
  new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);

const textsIn = (value: unknown): readonly string[] =>
  typeof value === 'string' ? [value] : Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

/** `*`, or the accounts under `AWS` and its siblings. */
const principalsIn = (value: unknown): readonly string[] =>
  typeof value === 'string' ? [value] : [...membersOf(value).values()].flatMap(textsIn);

function someOf(statement: ReadonlyMap<string, unknown>, name: string, read: typeof textsIn): Some {
  const not = statement.has(`Not${name}`);
  return { not, values: read(statement.get(not ? `Not${name}` : name)) };
}

const conditionsIn = (value: unknown): readonly Condition[] =>
  [...membersOf(value)].flatMap(([operator, keys]) =>
    [...membersOf(keys)].map(([key, values]) => ({ operator, key, values: textsIn(values) })),
  );

/** Of a policy that can be read; none of another. */
export function statementsOf(text: string): readonly Statement[] {
  if (text.trim() === '' || jsonErrorAt(text) !== undefined) return [];
  const value: unknown = membersOf(JSON.parse(text)).get('Statement');
  const list: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  const lines = beginnings(text);
  return list.map((entry, index) => {
    const statement = membersOf(entry);
    const sid = statement.get('Sid');
    return {
      sid: typeof sid === 'string' ? sid : undefined,
      effect: statement.get('Effect') === 'Deny' ? 'Deny' : 'Allow',
      who: someOf(statement, 'Principal', principalsIn),
      actions: someOf(statement, 'Action', textsIn),
      resources: someOf(statement, 'Resource', textsIn),
      conditions: conditionsIn(statement.get('Condition')),
      line: lines[index] ?? 1,
    };
  });
}

/** Lines where the statements begin: braces one level below the policy's own. */
function beginnings(text: string): readonly number[] {
  const lines: number[] = [];
  let depth = 0;
  let line = 1;
  for (const [piece] of text.slice(text.indexOf('"Statement"')).matchAll(/"(?:[^"\\]|\\.)*"|[{}]|\n/g)) {
    if (piece === '\n') line += 1;
    else if (piece === '{') {
      depth += 1;
      if (depth === 1) lines.push(line);
    } else if (piece === '}') depth -= 1;
  }
  const before = text.slice(0, Math.max(0, text.indexOf('"Statement"'))).split('\n').length - 1;
  return lines.map((one) => one + before);
}

export const TEMPLATES = ['read', 'folder', 'account', 'upload', 'tls', 'network'] as const;
export type Template = (typeof TEMPLATES)[number];

/** Indented, so that each statement has lines of its own. */
export function templateText(template: Template, bucket: string): string {
  const [whole, all] = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
  const account = { AWS: 'CANONICAL-ID-OR-ACCOUNT-ID' };
  const statements: Readonly<Record<Template, object>> = {
    read: { Sid: 'EveryoneReads', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: all },
    folder: {
      ...{ Sid: 'EveryoneReadsFolder', Effect: 'Allow', Principal: '*', Action: 's3:GetObject' },
      Resource: `${whole}/public/*`,
    },
    account: {
      ...{ Sid: 'OneAccount', Effect: 'Allow', Principal: account },
      ...{ Action: ['s3:ListBucket', 's3:GetObject', 's3:PutObject', 's3:DeleteObject'], Resource: [whole, all] },
    },
    upload: { Sid: 'OneAccountPuts', Effect: 'Allow', Principal: account, Action: 's3:PutObject', Resource: all },
    tls: {
      ...{ Sid: 'OnlyTls', Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: [whole, all] },
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
    network: {
      ...{ Sid: 'OnlyOffice', Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: [whole, all] },
      Condition: { NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
    },
  };
  return `${JSON.stringify({ Version: '2012-10-17', Statement: [statements[template]] }, undefined, 2)}\n`;
}

/** As it is shown: a policy on one line is hard to read, and lines are what errors are told by. */
export function shownPolicy(text: string | undefined): string {
  if (text === undefined) return '';
  return text.includes('\n') || jsonErrorAt(text) !== undefined
    ? text
    : `${JSON.stringify(JSON.parse(text), undefined, 2)}\n`;
}

/** The same rules, however they are written. */
export function samePolicy(a: string, b: string): boolean {
  const bare = (text: string): string =>
    text.trim() === '' || jsonErrorAt(text) !== undefined ? text.trim() : JSON.stringify(JSON.parse(text));
  return bare(a) === bare(b);
}
