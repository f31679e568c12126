/**
 * The sessions of an account, and ending one of them.
 *
 * Nothing is stored of a session but what the trail tells: that it was made, from where and with what, and each time that it was
 * renewed. So the list is read from there: as far back as a session can live, and not beyond `sessionEvents` events. A session that
 * is ended by itself is written into its account, which every request with temporary credentials reads anyway, until it would be
 * over.
 */

import type { Account, AccountId, AuditEvent } from '../model/entities.ts';
import { findAccount, replaceAccount } from './accounts.ts';
import { type Means, persistently } from './means.ts';
import { keyProblem, markOf } from './sessions.ts';
import { type Admin, AdminError, type SessionEntry } from './types.ts';

const BEGUN: Readonly<Record<string, true>> = { 'account.sign-in': true, 'key.session': true };
const RENEWED: Readonly<Record<string, true>> = { 'account.renew-session': true, 'account.confirm-session': true };
const PAGE = 500;

export function sessionListMethods(means: Means): Pick<Admin, 'sessions' | 'endSession'> {
  return {
    sessions: (account) => sessionsOf(means, account),
    endSession: async (account, id, by) => {
      await persistently(means, async () => {
        const old = await findAccount(means, account.id);
        if (old.endedSessions?.some((one) => one.id === id) === true) return old;
        return replaceAccount(means, old, withEnded(means, old, id), { by, action: 'account.end-session' });
      });
    },
  };
}

function withEnded({ clock, limits }: Means, account: Account, id: string): Account {
  const now = clock.now();
  const kept = account.endedSessions?.filter(({ until }) => until > now) ?? [];
  if (kept.length >= limits.endedSessions) {
    const problem = `${kept.length} sessions of account "${account.name}" were ended one by one in the last hours`;
    throw new AdminError('in-use', `${problem}: end all of them at once instead`);
  }
  return { ...account, endedSessions: [...kept, { id, until: now + limits.sessionMaxMs }] };
}

async function sessionsOf(means: Means, account: Account): ReturnType<Admin['sessions']> {
  const { clock, limits } = means;
  const now = clock.now();
  const { events, complete } = await eventsSince(means, account.id, now - limits.sessionMaxMs);
  const ended = new Set(account.endedSessions?.map(({ id }) => id));
  const found = new Map<string, SessionEntry>();
  // Newest first: what was said last of a session is met first, where it began at the end.
  for (const event of events) {
    const { id } = event.details;
    if (id === undefined || ended.has(id)) continue;
    const known = found.get(id);
    const entry = known ?? entryOf(event);
    if (entry === undefined) continue;
    found.set(id, BEGUN[event.action] === true ? { ...entry, begunAt: event.at } : entry);
  }
  const holding = [...found.values()].filter(
    ({ expiresAt, renewedAt }) => expiresAt > now && renewedAt >= markOf(account),
  );
  const gone = await goneKeys(means, holding);
  const sessions = holding.filter(({ accessKeyId }) => accessKeyId === undefined || !gone.has(accessKeyId));
  return { sessions, complete };
}

function entryOf({ action, at, target, from, details }: AuditEvent): SessionEntry | undefined {
  const { id, until, agent, by } = details;
  if (id === undefined || until === undefined || !(BEGUN[action] || RENEWED[action])) return undefined;
  const accessKeyId = by === 'password' ? undefined : target;
  const kind = by === 'password' || by === 'key' ? by : 'key-session';
  return { id, by: kind, accessKeyId, begunAt: undefined, renewedAt: at, expiresAt: Date.parse(until), from, agent };
}

async function eventsSince({ rows, limits }: Means, account: AccountId, since: number) {
  const events: AuditEvent[] = [];
  let before: string | undefined;
  while (events.length < limits.sessionEvents) {
    const page = await rows.scanAudit({ account, limit: PAGE, ...(before === undefined ? {} : { before }) });
    events.push(...page.filter(({ at }) => at >= since));
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE || last.at < since) return { events, complete: true };
    before = last.id;
  }
  return { events, complete: false };
}

/** Keys that were revoked or ended: what was derived from them is over. */
async function goneKeys({ rows, clock }: Means, sessions: readonly SessionEntry[]): Promise<ReadonlySet<string>> {
  const ids = [...new Set(sessions.flatMap(({ accessKeyId }) => accessKeyId ?? []))];
  const gone = new Set<string>();
  for (const id of ids) {
    const found = await rows.getIdentity(id);
    if (found === undefined || keyProblem(found.key, clock.now()) !== undefined) gone.add(id);
  }
  return gone;
}
