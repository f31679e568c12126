/** What a trail is searched for: as the account API is asked, and as the form has it. Pure. */

import { localTime, momentOf } from '../ui/local-time.ts';

export interface AuditFilter {
  readonly who?: string;
  /** `key.revoke`; or all that begin so: `key.` */
  readonly action?: string;
  /** Or all that begin so: `photos/*`. */
  readonly target?: string;
  /** Moments, ISO 8601. */
  readonly from?: string;
  readonly to?: string;
}

/** Kinds of events that are offered, and how the API is asked for them. */
export const CHOICES = Object.freeze({
  all: '',
  deleted: 'object.DeleteObject',
  objects: 'object.',
  buckets: 'bucket.',
  keys: 'key.',
  accounts: 'account.',
  shares: 'share.',
  store: 'store.',
} as const);

export type Kind = keyof typeof CHOICES | 'other';

const isKind = (name: string): name is keyof typeof CHOICES => name in CHOICES;

/** In the order in which they are offered. */
export const KINDS: readonly Kind[] = Object.freeze([...Object.keys(CHOICES).filter(isKind), 'other']);

export interface FilterForm {
  readonly who: string;
  readonly kind: Kind;
  /** Of `other`. */
  readonly action: string;
  readonly target: string;
  /** As the fields have them. */
  readonly since: string;
  readonly until: string;
}

export function formOf({ who = '', action = '', target = '', from, to }: AuditFilter): FilterForm {
  const kind = KINDS.find((one) => one !== 'other' && CHOICES[one] === action) ?? 'other';
  const shown = kind === 'other' ? action : '';
  return { who, kind, action: shown, target, since: localTime(from), until: localTime(to) };
}

export function filterOf({ who, kind, action, target, since, until }: FilterForm): AuditFilter {
  const [from, to] = [momentOf(since), momentOf(until)];
  const wanted = {
    ...{ who: who.trim(), action: kind === 'other' ? action.trim() : CHOICES[kind], target: target.trim() },
    ...{ from: from ?? '', to: to ?? '' },
  };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== ''));
}
