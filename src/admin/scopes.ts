/**
 * Scopes of keys: from what was asked for to a `KeyScope`, or what is wrong with it; and back into words.
 *
 * SECURITY rules 10 and 13: what is not understood is refused, names and prefixes are literal. A prefix ends in `/`, so that
 * a scope for `a/` never reaches `ab`. Also reads what was sealed in a session's token.
 */

import { isIP } from 'node:net';
import { LIMITS } from '../base/limits.ts';
import { nearest } from '../base/nearest.ts';
import type { KeyScope, ScopedResource } from '../model/entities.ts';
import { keyBytes } from '../model/keys.ts';
import { isBucketName } from '../model/names.ts';
import { POLICY_ACTIONS } from '../model/policy/actions.ts';
import { READ_ONLY_ACTIONS } from '../model/scope.ts';
import { integerIn } from '../wire/values.ts';
import { AdminError } from './types.ts';

type Resource = ScopedResource;

/** JSON as `KeyScope` has it. Throws `invalid`, also for members that a scope does not have. */
export function readScope(value: unknown): KeyScope {
  const { resources, actions, networks, ...others } = membersOf(value, 'the scope');
  refuseOthers(others, 'the scope');
  const scope: KeyScope = {
    ...(resources === undefined ? {} : { resources: listOf(resources, 'resources').map(readResource) }),
    ...(actions === undefined ? {} : { actions: actions === 'read-only' ? actions : textsOf(actions, 'actions') }),
    ...(networks === undefined ? {} : { networks: textsOf(networks, 'networks') }),
  };
  checkScope(scope);
  return Object.freeze(scope);
}

/** Throws `invalid` for what a scope cannot say. */
export function checkScope(scope: KeyScope): void {
  const problem = scopeProblem(scope);
  if (problem !== undefined) throw invalid(problem);
}

/** In words, for people. */
export function describeScope(scope: KeyScope | undefined): string {
  if (scope === undefined) return 'everything';
  const { resources, actions, networks } = scope;
  const what =
    actions === undefined ? 'everything' : actions === 'read-only' ? 'reads only' : listed(actions, 'nothing');
  const where = resources === undefined ? '' : ` in ${listed(resources.map(resourceName), 'no bucket')}`;
  const from = networks === undefined ? '' : ` from ${listed(networks, 'nowhere')}`;
  return `${what}${where}${from}`;
}

const listed = (names: readonly string[], none: string): string => (names.length === 0 ? none : names.join(', '));

function resourceName({ bucket, prefix, key, versionId }: Resource): string {
  if (key === undefined) return prefix === undefined ? bucket : `${bucket}/${prefix}`;
  return versionId === undefined ? `${bucket}/${key}` : `${bucket}/${key} (version ${versionId})`;
}

// ----------------------------------------------------------------------------------------------------------- checking

function scopeProblem({ resources, actions, networks }: KeyScope): string | undefined {
  if (resources === undefined && actions === undefined && networks === undefined) {
    return 'a scope must narrow something: name resources, actions or networks, or leave it out';
  }
  for (const list of [resources, actions, networks]) {
    if (Array.isArray(list) && list.length > LIMITS.scopeEntries) {
      return `a scope has at most ${LIMITS.scopeEntries} resources, actions or networks each`;
    }
  }
  for (const resource of resources ?? []) {
    const problem = resourceProblem(resource);
    if (problem !== undefined) return problem;
  }
  for (const action of actions === undefined || actions === 'read-only' ? [] : actions) {
    if (ACTIONS.has(action)) continue;
    const near =
      action.length > NAME_LENGTH ? undefined : (nearest(action, ACTIONS) ?? nearest(`s3:${action}`, ACTIONS));
    const hint =
      near === undefined ? 'write one such as s3:GetObject; patterns are not taken' : `did you mean ${near}?`;
    return `there is no action ${quoted(action)}: ${hint}`;
  }
  for (const network of networks ?? []) {
    if (!isNetwork(network)) {
      return `${quoted(network)} is no address or network: write one such as 192.0.2.7 or 10.0.0.0/8`;
    }
  }
  return undefined;
}

/** Those that policies can name, and those on no bucket. */
const ACTIONS: ReadonlySet<string> = new Set([...POLICY_ACTIONS.map(({ name }) => name), ...READ_ONLY_ACTIONS]);

/** Longer names are no misspelt ones. */
const NAME_LENGTH = 64;

/** What was sent, in a message: not more of it than helps. */
const quoted = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);

function resourceProblem({ bucket, prefix, key, versionId }: Resource): string | undefined {
  if (!isBucketName(bucket)) return `${quoted(bucket)} cannot be the name of a bucket: patterns are not taken`;
  if (key !== undefined || versionId !== undefined) return keyProblem({ prefix, key, versionId });
  if (prefix === undefined) return undefined;
  if (keyBytes(prefix) > LIMITS.keyBytes) return `a prefix has at most ${LIMITS.keyBytes} bytes`;
  if (!prefix.endsWith('/')) {
    return `prefix ${quoted(prefix)} must end in "/": without it, ${quoted(prefix)} would also reach its neighbours`;
  }
  return prefix.isWellFormed() ? undefined : `prefix ${quoted(prefix)} is not Unicode text`;
}

function keyProblem({
  prefix,
  key,
  versionId,
}: Omit<{ [name in keyof Resource]: Resource[name] | undefined }, 'bucket'>) {
  if (key === undefined) return 'a version id stands beside the key of its object';
  if (prefix !== undefined) return 'a resource has a prefix or a key, not both';
  if (key === '' || keyBytes(key) > LIMITS.keyBytes) return `a key has 1 to ${LIMITS.keyBytes} bytes`;
  if (versionId === '') return 'a version id is not empty';
  return key.isWellFormed() ? undefined : `key ${quoted(key)} is not Unicode text`;
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || more.length > 0) return false;
  return bits === undefined || String(integerIn(bits, 0, family === 4 ? 32 : 128)) === bits;
}

// ------------------------------------------------------------------------------------------------------------ reading

function readResource(value: unknown): Resource {
  const { bucket, prefix, key, versionId, ...others } = membersOf(value, 'a resource of the scope');
  refuseOthers(others, 'a resource of the scope');
  if (typeof bucket !== 'string') throw invalid('a resource of the scope names its bucket');
  return { bucket, ...textOf({ prefix }), ...textOf({ key }), ...textOf({ versionId }) };
}

/** The one member, where it is there. */
function textOf<N extends string>(member: Readonly<Record<N, unknown>>): { [name in N]?: string } {
  const texts: { [name in N]?: string } = {};
  for (const name in member) {
    const value: unknown = member[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') throw invalid(`the ${name} of a resource is a text`);
    texts[name] = value;
  }
  return texts;
}

function membersOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what} must be an object`);
  return Object.fromEntries(Object.entries(value));
}

function refuseOthers(others: object, what: string): void {
  const [other] = Object.keys(others);
  if (other !== undefined) throw invalid(`${what} has no member ${JSON.stringify(other)}`);
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(`${what} of the scope must be a list`);
  return value;
}

function textsOf(value: unknown, what: string): readonly string[] {
  return listOf(value, what).map((one) => {
    if (typeof one !== 'string') throw invalid(`${what} of the scope must be a list of texts`);
    return one;
  });
}

const invalid = (message: string): AdminError => new AdminError('invalid', message);
