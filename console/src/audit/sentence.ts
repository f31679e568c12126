/** Events of the trail as sentences, and the question that each raises: may it be done, and by what. Pure. */

import type { AuditEvent } from '../api/shapes.ts';
import type { AuditText } from '../text/audit.ts';

/** Names in a sentence are set off from its words. */
export interface Part {
  readonly kind: 'text' | 'who' | 'target' | 'action';
  readonly text: string;
}

/** Whoever it was, in one word or two. */
export const whoOf = ({ name, accessKeyId, kind }: AuditEvent['actor'], text: Pick<AuditText, 'kinds'>): string =>
  name ?? accessKeyId ?? text.kinds[kind];

/** Of actions that stand for several things: which of them it was. */
function variantOf({ action, target, details }: AuditEvent): string | undefined {
  if (action === 'object.DeleteObject') return details['delete marker'] ?? (details.version && 'version');
  if (action === 'account.password') return details.password;
  return action === 'account.sign-in-failed' ? target : undefined;
}

/** `ana deleted atlas/a.csv from 10.0.0.7`. */
export function sentenceOf(event: AuditEvent, text: AuditText): readonly Part[] {
  const { action, actor, target, from } = event;
  const template = text.did[`${action} ${variantOf(event)}`] ?? text.did[action] ?? text.other;
  const names: Readonly<Record<string, Part>> = {
    '{who}': { kind: 'who', text: whoOf(actor, text) },
    '{target}': { kind: 'target', text: target },
    '{action}': { kind: 'action', text: action },
  };
  const parts = template.split(/(\{\w+\})/).filter((part) => part !== '');
  const changed = action.endsWith('.change') ? [` (${Object.keys(event.details).join(', ')})`] : [];
  const said = [...parts, ...changed].map((part): Part => names[part] ?? { kind: 'text', text: part });
  // The command line has no address.
  return actor.kind === 'local' ? said : [...said, { kind: 'text', text: text.from(from) }];
}

/** Parameters of `/explain`; undefined: S3 has no say in it. */
export function questionOf({ action, actor, target }: AuditEvent): Readonly<Record<string, string>> | undefined {
  const operation = /^(?:object|bucket)\.(\w+)$/.exec(action)?.[1];
  const principal = actor.kind === 'stranger' ? 'anonymous' : actor.accountId;
  if (operation === undefined || principal === undefined) return undefined;
  return { principal, action: `s3:${operation}`, resource: target };
}

/** An event, and how often it happened in a row. */
export interface Told {
  /** The newest. */
  readonly event: AuditEvent;
  readonly times: number;
  /** When the oldest was. */
  readonly since: string;
}

const RENEWED = 'account.renew-session';

/** A page that stays open renews its session again and again: what follows each other of one place is told once, with its number. */
export function toldOnce(events: readonly AuditEvent[]): readonly Told[] {
  const told: Told[] = [];
  for (const event of events) {
    const last = told.at(-1);
    const same =
      last !== undefined &&
      event.action === RENEWED &&
      last.event.action === RENEWED &&
      event.from === last.event.from &&
      event.target === last.event.target &&
      event.actor.accountId === last.event.actor.accountId;
    if (same) told[told.length - 1] = { event: last.event, times: last.times + 1, since: event.at };
    else told.push({ event, times: 1, since: event.at });
  }
  return told;
}
