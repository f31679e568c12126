/**
 * Policy variables: `${aws:username}` and the like in resources and in values of text conditions.
 *
 * Source: "IAM policy elements: Variables and tags". With `${key, 'text'}` for requests that lack the key; `${*}`, `${?}` and
 * `${$}` are these characters themselves. Only what the server knows can be a variable, not what the client says: that could be
 * of any length. What a variable brings in is literal: no request can bring in a wildcard. Policies
 * of version 2008-10-17 have no variables; there `${` is text.
 */

import { LIMITS } from '../../base/limits.ts';
import { conditionKey, conditionKeyId } from './keys.ts';
import { compile, type Pattern, type PatternPiece, piecesOf } from './pattern.ts';
import type { ConditionValues } from './types.ts';

/** A text of a policy, in pieces: as it stands, wildcards, and variables. */
export type TemplatePiece = PatternPiece | { readonly key: string; readonly otherwise: string | undefined };

export interface Template {
  readonly pieces: readonly TemplatePiece[];
  /** It depends on the request. */
  readonly varies: boolean;
}

export type Reading = 'plain' | 'wildcards';

/** Throws an `Error` whose text says what is wrong. `variables`: the policy's version has them. */
export function templateOf(text: string, reading: Reading, variables: boolean): Template {
  if (text.length > LIMITS.policyTextLength) {
    throw new Error(`a text may have ${LIMITS.policyTextLength} characters, this one has ${text.length}`);
  }
  const pieces: TemplatePiece[] = [];
  const add = (plain: string) => {
    if (plain === '') return;
    if (reading === 'wildcards') pieces.push(...piecesOf(plain));
    else pieces.push({ literal: plain });
  };
  let rest = text;
  for (;;) {
    const start = variables ? rest.indexOf('${') : -1;
    if (start < 0) break;
    const end = rest.indexOf('}', start);
    if (end < 0) throw new Error(`a variable is not closed in ${JSON.stringify(text)}`);
    add(rest.slice(0, start));
    pieces.push(variableOf(rest.slice(start + 2, end)));
    rest = rest.slice(end + 1);
  }
  add(rest);
  return { pieces, varies: pieces.some((piece) => typeof piece !== 'string' && 'key' in piece) };
}

const CHARACTERS: ReadonlySet<string> = new Set(['*', '?', '$']);

function variableOf(inside: string): TemplatePiece {
  if (CHARACTERS.has(inside)) return { literal: inside };
  const comma = inside.indexOf(',');
  const name = (comma < 0 ? inside : inside.slice(0, comma)).trim();
  const row = conditionKey(name);
  if (row === undefined) throw new Error(`the variable \${${inside}} is not known`);
  if (row.fromClient === true) throw new Error(`${row.name} is what the client says, and no variable`);
  if (comma < 0) return { key: conditionKeyId(name), otherwise: undefined };
  const quoted = inside.slice(comma + 1).trim();
  if (quoted.length < 2 || !quoted.startsWith("'") || !quoted.endsWith("'")) {
    throw new Error(`the default of \${${inside}} must stand in single quotes`);
  }
  return { key: conditionKeyId(name), otherwise: quoted.slice(1, -1) };
}

/** The pattern for this request; undefined when a variable has no value, and so nothing can match. */
export function resolve(
  { pieces }: Template,
  values: ConditionValues,
  fold: (text: string) => string,
): Pattern | undefined {
  const found: PatternPiece[] = [];
  for (const piece of pieces) {
    if (typeof piece === 'string') found.push(piece);
    else if ('literal' in piece) found.push({ literal: fold(piece.literal) });
    else {
      const value = values.get(piece.key)?.[0] ?? piece.otherwise;
      if (value === undefined) return undefined;
      found.push({ literal: fold(value) });
    }
  }
  return compile(found);
}

/** The pattern where no request changes it; undefined where one does. */
export const constantOf = (template: Template, fold: (text: string) => string): Pattern | undefined =>
  template.varies ? undefined : resolve(template, new Map(), fold);

/** No text but the one written matches. */
export const isFixed = ({ pieces, varies }: Template): boolean =>
  !varies && pieces.every((piece) => typeof piece !== 'string');
