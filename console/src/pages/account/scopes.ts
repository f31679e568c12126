/** What a key may, in words and in the form's fields, and back. Pure. */

import type { KeyScope, ScopedResource } from '../../api/shapes.ts';
import type { AccountText } from '../../text/account.ts';

/** `photos`, `photos/2026/`, `photos/a.jpg`, `photos/a.jpg?versionId=V`. */
function resourceText({ bucket, prefix, key, versionId }: ScopedResource): string {
  const path = key ?? prefix ?? '';
  return `${bucket}${path === '' ? '' : `/${path}`}${versionId === undefined ? '' : `?versionId=${versionId}`}`;
}

/** `read in photos, site/css/ from 10.0.0.0/8`. */
export function scopeText(scope: KeyScope | undefined, text: AccountText['account']['keys']): string {
  if (scope === undefined) return text.everything;
  const { actions, resources, networks } = scope;
  const what = actions === undefined ? text.allThere : actions === 'read-only' ? text.reads : text.does(actions);
  const where = resources === undefined ? text.everywhere : text.buckets(resources.map(resourceText));
  return [text.on(what, where), ...(networks === undefined ? [] : [text.from(networks)])].join(' ');
}

export const WHATS = ['full', 'read-only', 'write', 'actions'] as const;
export type What = (typeof WHATS)[number];

/** Enough to upload files of any size, and to give up. */
const WRITES = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];

/** A scope in the fields of a form. */
export interface ScopeForm {
  /** One a line; undefined: everywhere. */
  readonly places: string | undefined;
  readonly what: What;
  /** One a line, for `actions`. */
  readonly actions: string;
  /** One a line. */
  readonly networks: string;
}

export const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** `photos/2026` is the folder `2026/` of `photos`. */
function resourceOf(line: string): ScopedResource {
  const [bucket = '', ...rest] = line.split('/');
  const prefix = rest.join('/');
  if (prefix === '') return { bucket };
  return { bucket, prefix: prefix.endsWith('/') ? prefix : `${prefix}/` };
}

function whatOf(actions: KeyScope['actions']): What {
  if (actions === undefined) return 'full';
  if (actions === 'read-only') return actions;
  return actions.length === WRITES.length && WRITES.every((action) => actions.includes(action)) ? 'write' : 'actions';
}

export function formOfScope({ resources, actions, networks }: KeyScope = {}): ScopeForm {
  return {
    places: resources?.map(resourceText).join('\n'),
    what: whatOf(actions),
    actions: Array.isArray(actions) ? actions.join('\n') : '',
    networks: networks?.join('\n') ?? '',
  };
}

/** `GetObject` is `s3:GetObject`. */
const actionOf = (line: string): string => (line.includes(':') ? line : `s3:${line}`);

/**
 * The scope of what was chosen; `undefined` when nothing is narrowed. Lines that say what `was` in the scope mean just that again: an
 * object or a version, which nobody can type here, is never widened to its bucket by a change of something else.
 */
export function scopeOf({ places, what, actions, networks }: ScopeForm, was: KeyScope = {}): KeyScope | undefined {
  const before = new Map(was.resources?.map((resource) => [resourceText(resource), resource]));
  const from = linesOf(networks);
  const listed = what === 'write' ? WRITES : linesOf(actions).map(actionOf);
  const scope: KeyScope = {
    ...(places === undefined ? {} : { resources: linesOf(places).map((line) => before.get(line) ?? resourceOf(line)) }),
    ...(what === 'full' ? {} : { actions: what === 'read-only' ? what : listed }),
    ...(from.length === 0 ? {} : { networks: from }),
  };
  return Object.keys(scope).length === 0 ? undefined : scope;
}
