/**
 * The policy of a browser's form: until when it holds, and what the form's fields must be. Pure.
 *
 * Source: "POST Policy" in the S3 API reference; codes and texts are what S3 answers. A condition on a field that the form
 * lacks fails, whatever it allows, and each field needs a condition. `\$` and `\v` are escapes there, beside those of JSON.
 */

import { S3Error } from '../model/errors.ts';
import { isJsonObject, type Json, parseJson } from '../model/policy/json.ts';
import { type FormField, valuesOf } from '../wire/form.ts';
import { integerIn, parseIsoDate } from '../wire/values.ts';

/** Sizes of the file in bytes, both inclusive. */
export interface LengthRange {
  readonly min: number;
  readonly max: number;
}

type Condition =
  | { readonly kind: 'eq' | 'starts-with'; readonly name: string; readonly value: string; readonly written: string }
  | { readonly kind: 'content-length-range'; readonly range: LengthRange | undefined; readonly written: string };

export interface PostPolicy {
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly conditions: readonly Condition[];
}

// -------------------------------------------------------------------------------------------------------- the document

/** Throws `InvalidPolicyDocument`. `text`: as the field has it, base64. */
export function readPostPolicy(text: string): PostPolicy {
  const document = jsonOf(text);
  if (!isJsonObject(document)) throw invalid('it must be a JSON object with expiration and conditions.');
  for (const name of document.keys()) {
    if (name !== 'expiration' && name !== 'conditions') throw invalid(`Unexpected: '${name}'.`);
  }
  const conditions = document.get('conditions');
  if (!document.has('expiration')) throw invalid('Policy missing expiration.');
  if (conditions === undefined) throw invalid('Policy missing conditions.');
  if (!isList(conditions)) throw invalid("Invalid 'conditions' value: must be a List.");
  return { expiresAt: expirationOf(document.get('expiration')), conditions: conditions.map(conditionOf) };
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

function jsonOf(text: string): Json {
  const compact = text.replace(/[\t\n\r ]/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) throw invalid('it is not base64.');
  try {
    const json = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(compact, 'base64'));
    return parseJson(json.replace(/\\([\s\S])/g, (pair, character) => EXTRA_ESCAPES.get(character) ?? pair));
  } catch (cause) {
    throw invalid(`Invalid JSON.${cause instanceof Error ? ` (${cause.message})` : ''}`, cause);
  }
}

/** What POST policies may escape and JSON may not. */
const EXTRA_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['$', '$'],
  ['v', '\\u000b'],
]);

/** UTC alone, to the second or finer. */
const EXPIRATION = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;

function expirationOf(value: Json | undefined): number {
  const at = typeof value === 'string' && EXPIRATION.test(value) ? parseIsoDate(value) : undefined;
  if (at !== undefined) return at;
  throw invalid(`Invalid 'expiration' value: '${typeof value === 'string' ? value : JSON.stringify(value)}'`);
}

function conditionOf(value: Json): Condition {
  if (isJsonObject(value)) return simpleCondition([...value]);
  if (!isList(value)) throw invalid('Invalid Condition: must be a List or Object.');
  const [operation, ...operands] = value;
  if (typeof operation !== 'string') throw invalid('Invalid Condition: missing operation identifier.');
  const kind = operation.toLowerCase();
  if (kind !== 'eq' && kind !== 'starts-with' && kind !== 'content-length-range') {
    throw invalid(`Invalid Condition: unknown operation '${operation}'.`);
  }
  const [first, second] = operands;
  if (operands.length !== 2 || first === undefined || second === undefined) {
    throw invalid(`Invalid ${kind}: wrong number of arguments.`);
  }
  const written = `[${value.map((each) => JSON.stringify(each)).join(', ')}]`;
  if (kind === 'content-length-range') return { kind, range: rangeOf(first, second), written };
  if (typeof first !== 'string' || typeof second !== 'string')
    throw invalid(`Invalid ${kind}: values must be strings.`);
  return { kind, name: first, value: second, written };
}

function simpleCondition([only, ...more]: readonly (readonly [string, Json])[]): Condition {
  if (only === undefined || more.length > 0) {
    throw invalid('Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.');
  }
  const [name, value] = only;
  if (typeof value !== 'string') throw invalid('Invalid Simple-Condition: value must be a string.');
  return {
    kind: 'eq',
    name: `$${name}`,
    value,
    written: `["eq", ${JSON.stringify(`$${name}`)}, ${JSON.stringify(value)}]`,
  };
}

/** Undefined: bounds that are texts and no numbers, which no file fits, as in S3. */
function rangeOf(first: Json, second: Json): LengthRange | undefined {
  const [min, max] = [first, second].map((value) => {
    if (typeof value === 'string') return integerIn(value, 0, Number.MAX_SAFE_INTEGER);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    throw invalid('Invalid content-length-range: both bounds must be whole numbers of bytes, 0 or more.');
  });
  return min === undefined || max === undefined ? undefined : { min, max };
}

// -------------------------------------------------------------------------------------------------------- the judgement

/** Fields that need no condition: what the policy is, who signed it, and what S3 promises to ignore. In lower case. */
const NEEDS_NONE: ReadonlySet<string> = new Set(['policy', 'x-amz-signature', 'awsaccesskeyid', 'signature', 'file']);
const isIgnoredField = (name: string): boolean => name.toLowerCase().startsWith('x-ignore-');

/**
 * How large the file may be, when the fields are as the policy wants them; `bucket` is the one that the form was sent to. Throws
 * `AccessDenied` for a policy that has expired, a condition that does not hold, and a field that none speaks of.
 */
export function applyPostPolicy(
  { expiresAt, conditions }: PostPolicy,
  fields: readonly FormField[],
  bucket: string,
  now: number,
): LengthRange {
  if (now >= expiresAt) throw refused('Policy expired.');
  const values = new Map([...valuesOf(fields), ['bucket', bucket]]);
  const covered = new Set<string>();
  let [min, max] = [0, Number.MAX_SAFE_INTEGER];
  for (const condition of conditions) {
    if (condition.kind === 'content-length-range') {
      if (condition.range === undefined) throw failed(condition);
      min = Math.max(min, condition.range.min);
      max = Math.min(max, condition.range.max);
      continue;
    }
    // Without its dollar sign a name is that of no field.
    const name = condition.name.startsWith('$') ? condition.name.slice(1).toLowerCase() : undefined;
    const value = name === undefined ? undefined : values.get(name);
    if (name === undefined || value === undefined || !holds(condition, name, value)) throw failed(condition);
    covered.add(name);
  }
  const extra = [...fields.map(({ name }) => name), 'bucket'].find((name) => !isCovered(name, covered));
  if (extra !== undefined) throw refused(`Extra input fields: ${extra}`);
  return { min, max };
}

function isCovered(name: string, covered: ReadonlySet<string>): boolean {
  return NEEDS_NONE.has(name.toLowerCase()) || isIgnoredField(name) || covered.has(name.toLowerCase());
}

function holds(
  { kind, value: wanted }: Exclude<Condition, { kind: 'content-length-range' }>,
  name: string,
  value: string,
): boolean {
  if (kind === 'eq') return value === wanted;
  // Each type of a list of them.
  const values = name === 'content-type' ? value.split(',').map((each) => each.trim()) : [value];
  return values.every((each) => each.startsWith(wanted));
}

const invalid = (problem: string, cause?: unknown): S3Error =>
  new S3Error('InvalidPolicyDocument', `Invalid Policy: ${problem}`, { cause });

const refused = (problem: string): S3Error => new S3Error('AccessDenied', `Invalid according to Policy: ${problem}`);

const failed = ({ written }: Condition): S3Error => refused(`Policy Condition failed: ${written}`);
