/** Options by which a key's scope and end are said, and what they mean. */

import type { Clock } from '../base/clock.ts';
import { parseDuration } from '../base/units.ts';
import type { KeyScope } from '../model/entities.ts';
import { type Input, type Option, UsageError } from './command.ts';

export const SCOPE_OPTIONS: readonly Option[] = Object.freeze([
  {
    name: 'scope-bucket',
    value: 'BUCKET[/PREFIX/]',
    many: true,
    help: 'Only this bucket, or only keys in it that begin so; again for more. A prefix ends in /.',
  },
  { name: 'read-only', help: 'Only what changes nothing.' },
  { name: 'actions', value: 'ACTION,…', many: true, help: 'Only these actions, such as s3:GetObject,s3:PutObject.' },
  {
    name: 'from',
    value: 'NETWORK',
    many: true,
    help: 'Only from this address or network (10.0.0.0/8); again for more.',
  },
]);

/** Undefined when no option narrows. What it says is checked by the admin room. Throws `UsageError`. */
export function scopeOf({ options, lists }: Input): KeyScope | undefined {
  const resources = lists.get('scope-bucket')?.map(resourceOf);
  const chosen = lists.get('actions')?.flatMap((text) => text.split(','));
  const networks = lists.get('from');
  if (options.has('read-only') && chosen !== undefined) {
    throw new UsageError('--read-only and --actions say different things: give one of them');
  }
  const actions = options.has('read-only') ? 'read-only' : chosen;
  if (resources === undefined && actions === undefined && networks === undefined) return undefined;
  return {
    ...(resources === undefined ? {} : { resources }),
    ...(actions === undefined ? {} : { actions }),
    ...(networks === undefined ? {} : { networks }),
  };
}

function resourceOf(text: string): { readonly bucket: string; readonly prefix?: string } {
  const slash = text.indexOf('/');
  if (slash < 0 || slash === text.length - 1) return { bucket: slash < 0 ? text : text.slice(0, slash) };
  return { bucket: text.slice(0, slash), prefix: text.slice(slash + 1) };
}

/** `30d` from now. Throws `UsageError`. */
export function endOf(text: string, clock: Clock): number {
  return clock.now() + durationOf('expires', text);
}

/** Milliseconds of an option's value. Throws `UsageError`. */
export function durationOf(option: string, text: string): number {
  const duration = parseDuration(text);
  if (duration !== undefined) return duration;
  throw new UsageError(`--${option} ${JSON.stringify(text)} is no duration: write one such as 12h or 30d`);
}
