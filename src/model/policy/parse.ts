/**
 * From the document of PutBucketPolicy to a policy that can be asked. What is not understood whole is refused (rule 10).
 *
 * Sources: "Policies and permissions in Amazon S3", "IAM JSON policy elements reference", "Grammar of the IAM JSON policy
 * language". Texts are S3's own where it has them, and then say which statement and member.
 */

import { LIMITS } from '../../base/limits.ts';
import { S3Error } from '../errors.ts';
import { POLICY_ACTIONS, type PolicyAction } from './actions.ts';
import { type Condition, compileCondition } from './conditions.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from './json.ts';
import { type Pattern, patternOf } from './pattern.ts';
import { type PrincipalName, type Principals, principalName } from './principals.ts';
import { type ResourceTest, readResource } from './resources.ts';

export interface Policy {
  readonly statements: readonly Statement[];
}

export interface Statement {
  /** `statement 2 ("TeamWrites")`. */
  readonly name: string;
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  readonly principals: Principals;
  /** All but these are meant. */
  readonly notPrincipal: boolean;
  readonly names: readonly PrincipalName[];
  /** Lower case: actions have none. */
  readonly actions: readonly Pattern[];
  readonly notAction: boolean;
  readonly resources: readonly ResourceTest[];
  readonly notResource: boolean;
  readonly conditions: readonly Condition[];
}

const VERSIONS = ['2012-10-17', '2008-10-17'];
const POLICY_MEMBERS = ['Version', 'Id', 'Statement'];
const STATEMENT_MEMBERS = [
  ...['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'],
];
const SID = /^[A-Za-z0-9 _-]{0,128}$/;

/** Throws `MalformedPolicy`. */
export function parsePolicy(text: string, bucketName: string): Policy {
  if (Buffer.byteLength(text) > LIMITS.policyBytes) {
    throw malformed('Policy exceeds the maximum allowed document size.', `It may have ${LIMITS.policyBytes} bytes.`);
  }
  if (!text.startsWith('{')) throw malformed("Policies must be valid JSON and the first byte must be '{'", '');
  const document = readJson(text);
  if (!isJsonObject(document)) throw malformed('Invalid policy syntax.', 'A policy is one JSON object.');
  refuseUnknown(document, POLICY_MEMBERS, 'the policy');
  const version = textIn(document, 'Version', 'the policy') ?? VERSIONS[1];
  if (version === undefined || !VERSIONS.includes(version)) {
    throw malformed('The policy must contain a valid version string', `Use "${VERSIONS[0]}".`);
  }
  textIn(document, 'Id', 'the policy');
  const written = document.get('Statement');
  const list = written === undefined ? [] : listOf(written);
  if (list.length === 0) throw malformed('Missing required field Statement', 'A policy has at least one statement.');
  const context = { bucketName, variables: version === VERSIONS[0] };
  const statements = list.map((one, index) => readStatement(one, index + 1, context));
  refuseSameSids(list);
  return Object.freeze({ statements });
}

/** Accounts that the policy names, each once. */
export function principalsOf({ statements }: Policy): readonly PrincipalName[] {
  const names = statements.flatMap((statement) => statement.names);
  return [...new Map(names.map((name) => [`${name.by} ${name.value}`, name])).values()];
}

interface Context {
  readonly bucketName: string;
  readonly variables: boolean;
}

interface Place extends Context {
  readonly name: string;
}

function readStatement(written: Json, number: number, context: Context): Statement {
  if (!isJsonObject(written)) throw malformed('Invalid policy syntax.', `Statement ${number} is not an object.`);
  const place = { ...context, ...namesOf(written, number) };
  refuseUnknown(written, STATEMENT_MEMBERS, place.name);
  const effect = textIn(written, 'Effect', place.name);
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw malformed(
      effect === undefined ? 'Missing required field Effect' : `Invalid effect : ${effect}`,
      inPlace(place),
    );
  }
  const who = readPrincipal(written, place);
  if (who.notPrincipal && effect === 'Allow') {
    throw malformed(
      'Allow with NotPrincipal is not allowed.',
      `${inPlace(place)} It would admit everybody but those it names.`,
    );
  }
  const what = readActions(written, place);
  const where = readResources(written, place);
  requireMeaning(what, where, place);
  const conditions = readConditions(written, place);
  requireKeys(conditions, reachable(what, where), place);
  const { actions, notAction } = what;
  return Object.freeze({
    ...place,
    effect,
    ...who,
    actions,
    notAction,
    ...where,
    conditions,
  });
}

function namesOf(statement: JsonObject, number: number): Pick<Statement, 'name' | 'sid'> {
  const sid = textIn(statement, 'Sid', `statement ${number}`);
  if (sid !== undefined && !SID.test(sid)) {
    throw malformed('Statement IDs (SID) must be alpha-numeric.', `That of statement ${number} is not.`);
  }
  if (sid === undefined || sid === '') return { name: `statement ${number}`, sid: undefined };
  return { name: `statement ${number} ("${sid}")`, sid };
}

function refuseSameSids(statements: readonly Json[]): void {
  const seen = new Set<Json>();
  for (const statement of statements) {
    const sid = isJsonObject(statement) ? statement.get('Sid') : undefined;
    if (sid === undefined || sid === '') continue;
    if (seen.has(sid))
      throw malformed('Statement IDs (SID) in a single policy must be unique.', `${JSON.stringify(sid)} occurs twice.`);
    seen.add(sid);
  }
}

// ------------------------------------------------------------------------------------------------------- elements

function readPrincipal(statement: JsonObject, place: Place): Pick<Statement, 'principals' | 'notPrincipal' | 'names'> {
  const { value, negated } = either(statement, 'Principal', place);
  if (value === '*' && negated) throw exceptsEverybody(place);
  if (value === '*') return { principals: { everybody: true, named: new Set() }, notPrincipal: negated, names: [] };
  if (!isJsonObject(value) || value.size === 0)
    throw malformed('Invalid principal in policy', `${inPlace(place)} Use "*" or {"AWS": …}.`);
  let everybody = false;
  const names: PrincipalName[] = [];
  for (const [kind, written] of value) {
    for (const text of textsOf(written, `Principal ${kind}`, place)) {
      const name = principalName(kind, text);
      if (kind === 'AWS' && text === '*') everybody = true;
      else if (name !== undefined) names.push(name);
      else
        throw malformed(
          'Invalid principal in policy',
          `${inPlace(place)} ${JSON.stringify({ [kind]: text })} names no account of this service.`,
        );
    }
  }
  if (everybody && negated) throw exceptsEverybody(place);
  const named = new Set(names.map((name) => name.value));
  return { principals: { everybody, named }, notPrincipal: negated, names };
}

const exceptsEverybody = (place: Place): S3Error =>
  malformed('Invalid principal in policy', `${inPlace(place)} All but everybody is nobody.`);

interface Actions {
  readonly actions: readonly Pattern[];
  readonly notAction: boolean;
  /** What each of them stands for. */
  readonly meant: readonly { readonly text: string; readonly actions: readonly PolicyAction[] }[];
}

function readActions(statement: JsonObject, place: Place): Actions {
  const { value, negated } = either(statement, 'Action', place);
  const meant = textsOf(value, 'Action', place).map((text) => {
    const pattern = patternOf(text.toLowerCase());
    const actions = POLICY_ACTIONS.filter(({ name }) => pattern.matches(name.toLowerCase()));
    if (actions.length === 0)
      throw malformed('Policy has invalid action', `${inPlace(place)} ${JSON.stringify(text)} is no action of S3.`);
    return { text, actions, pattern };
  });
  return { actions: meant.map(({ pattern }) => pattern), notAction: negated, meant };
}

function readResources(statement: JsonObject, place: Place): Pick<Statement, 'resources' | 'notResource'> {
  const { value, negated } = either(statement, 'Resource', place);
  const resources = textsOf(value, 'Resource', place).map((text) => {
    try {
      return readResource(text, place.bucketName, place.variables);
    } catch (error) {
      throw malformed('Policy has invalid resource', `${inPlace(place)} ${JSON.stringify(text)}: ${messageOf(error)}.`);
    }
  });
  return { resources, notResource: negated };
}

/** Each action must have a resource that it can be about; S3 refuses a statement that can never apply. */
function requireMeaning(
  { meant, notAction }: Actions,
  { resources, notResource }: Pick<Statement, 'resources' | 'notResource'>,
  place: Place,
): void {
  if (notAction || notResource) return;
  const kinds = new Set(resources.flatMap(({ kinds }) => kinds));
  for (const { text, actions } of meant) {
    if (actions.some(({ on }) => kinds.has(on))) continue;
    const wanted =
      actions[0]?.on === 'object' ? `arn:aws:s3:::${place.bucketName}/*` : `arn:aws:s3:::${place.bucketName}`;
    throw malformed(
      'Action does not apply to any resource(s) in statement',
      `${inPlace(place)} ${text} is about ${wanted}.`,
    );
  }
}

/** The actions that a statement can be about. A list of exceptions leaves the bucket and objects. */
function reachable(
  { meant, notAction }: Actions,
  { resources, notResource }: Pick<Statement, 'resources' | 'notResource'>,
): readonly PolicyAction[] {
  const named = new Set(meant.flatMap(({ actions }) => actions));
  const kinds = new Set(resources.flatMap((resource) => resource.kinds));
  return POLICY_ACTIONS.filter((action) => named.has(action) !== notAction && (notResource || kinds.has(action.on)));
}

/** A condition on what none of the statement's requests can have would look like protection. S3 refuses it as well. */
function requireKeys(conditions: readonly Condition[], reached: readonly PolicyAction[], place: Place): void {
  for (const { name, actions } of conditions) {
    if (actions === undefined || reached.some((action) => actions.has(action.name))) continue;
    throw malformed(
      'Conditions do not apply to combination of actions and resources in statement',
      `${inPlace(place)} ${name} is for ${[...actions].join(', ')}.`,
    );
  }
}

function readConditions(statement: JsonObject, place: Place): readonly Condition[] {
  const written = statement.get('Condition');
  if (written === undefined) return [];
  if (!isJsonObject(written)) throw malformed('Conditions must be an object', inPlace(place));
  return [...written].flatMap(([operator, keys]) => {
    if (!isJsonObject(keys)) throw malformed('Conditions must be an object', `${inPlace(place)} ${operator} is none.`);
    return [...keys].map(([key, values]) => {
      try {
        return compileCondition({ operator, key, values: scalarsOf(values, key, place) }, place.variables);
      } catch (error) {
        if (error instanceof S3Error) throw error;
        throw malformed('Policy has an invalid condition', `${inPlace(place)} ${capital(messageOf(error))}.`);
      }
    });
  });
}

// -------------------------------------------------------------------------------------------------------- members

function readJson(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw malformed('Policies must be valid JSON', `${capital(messageOf(error))}.`);
  }
}

/** `Action` or `NotAction`, one of them. */
function either(statement: JsonObject, member: 'Principal' | 'Action' | 'Resource', place: Place) {
  const [plain, not] = [statement.get(member), statement.get(`Not${member}`)];
  if (plain !== undefined && not !== undefined) {
    throw malformed('Invalid policy syntax.', `${inPlace(place)} It has both ${member} and Not${member}.`);
  }
  const value = plain ?? not;
  if (value === undefined) throw malformed(`Missing required field ${member}`, inPlace(place));
  return { value, negated: plain === undefined };
}

function refuseUnknown(object: JsonObject, known: readonly string[], where: string): void {
  for (const member of object.keys()) {
    if (!known.includes(member)) {
      throw malformed(`Unknown field ${member}`, `${capital(where)} can have ${known.join(', ')}.`);
    }
  }
}

function textIn(object: JsonObject, member: string, where: string): string | undefined {
  const value = object.get(member);
  if (value === undefined || typeof value === 'string') return value;
  throw malformed('Invalid policy syntax.', `${member} of ${where} must be a text.`);
}

const listOf = (value: Json): readonly Json[] => (isList(value) ? value : [value]);
const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

function textsOf(value: Json, member: string, place: Place): readonly string[] {
  const list = listOf(value);
  const texts = list.filter((one) => typeof one === 'string');
  if (texts.length === list.length && texts.length > 0) return texts;
  throw malformed('Invalid policy syntax.', `${inPlace(place)} ${member} must be a text or a list of texts.`);
}

/** Values of conditions may be written as numbers and truth values too. */
function scalarsOf(value: Json, key: string, place: Place): readonly string[] {
  return listOf(value).map((one) => {
    if (typeof one === 'string') return one;
    if (typeof one === 'number' || typeof one === 'boolean') return String(one);
    throw malformed(
      'Invalid policy syntax.',
      `${inPlace(place)} A value of ${key} must be a text, a number, true or false.`,
    );
  });
}

const inPlace = ({ name }: Place): string => `In ${name}.`;
const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function malformed(what: string, where: string): S3Error {
  const sentence = what.endsWith('.') || where === '' ? what : `${what}.`;
  return new S3Error('MalformedPolicy', where === '' ? sentence : `${sentence} ${where}`);
}
