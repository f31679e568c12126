/** What the files of this room share: what they are made of, paging, audit events, and changes that others make at the same time. */

import type { Clock } from '../base/clock.ts';
import type { Limits } from '../base/limits.ts';
import type { Random } from '../base/random.ts';
import type { Sealer } from '../base/seal.ts';
import { auditId } from '../model/audit.ts';
import type { AccountId, AuditEvent } from '../model/entities.ts';
import { Conflict, type Rows, Unavailable } from '../store/port.ts';
import { type Actor, AdminError } from './types.ts';

export interface Means {
  readonly rows: Rows;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: Limits;
}

/** Who does it when a server or the command line does. */
export const LOCAL: Actor = Object.freeze({ actor: Object.freeze({ kind: 'local' }), from: 'local' });

export interface Deed {
  /** `key.revoke` */
  readonly action: string;
  /** An account's name, or an access key id. */
  readonly target: string;
  readonly accountId?: AccountId | undefined;
  /** For people; members without a value are left out. Never a secret. */
  readonly details?: Readonly<Record<string, string | undefined>>;
}

export function auditEvent({ clock, random }: Pick<Means, 'clock' | 'random'>, by: Actor, deed: Deed): AuditEvent {
  const at = clock.now();
  const { action, target, accountId, details = {} } = deed;
  const said = Object.entries(details).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.freeze({
    id: auditId(at, random),
    at,
    actor: by.actor,
    action,
    target,
    ...(accountId === undefined ? {} : { accountId }),
    from: by.from,
    ...(by.requestId === undefined ? {} : { requestId: by.requestId }),
    details: Object.freeze(Object.fromEntries(said)),
  });
}

/** Tries again while somebody else changes the same: each time from what is there then. */
export async function persistently<T>({ limits }: Pick<Means, 'limits'>, attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; count <= limits.commitAttempts; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Conflict) || error.what !== 'revision') throw error;
    }
  }
  throw new Unavailable('this account or key is being changed by others: try again', { mayHaveApplied: false });
}

const PAGE = 500;

/** Every row of an ordered scan behind `start`, page by page. */
export async function* pages<T>(
  page: (after: string | undefined, limit: number) => Promise<readonly T[]>,
  position: (row: T) => string,
  start?: string,
): AsyncGenerator<T> {
  let after = start;
  do {
    const rows = await page(after, PAGE);
    yield* rows;
    const last = rows.at(-1);
    after = last === undefined || rows.length < PAGE ? undefined : position(last);
  } while (after !== undefined);
}

export function missingAccount(name: string): AdminError {
  return new AdminError('missing', `there is no account "${name}": \`moraine account list\` shows all`);
}

export function missingKey(accessKeyId: string): AdminError {
  return new AdminError('missing', `there is no access key "${accessKeyId}": \`moraine key list\` shows all`);
}

export const utc = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
