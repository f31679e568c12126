/**
 * Trails that forget: what happens to objects, and requests that failed.
 *
 * They are in the region of the front end that served the request, since they name keys of objects, and are asked of all regions.
 * Filed by day, under all and under their account: as many days as events are kept, so that no index of days is needed.
 */

import type { Limits } from '../../../base/limits.ts';
import type { AuditEvent } from '../../../model/entities.ts';
import type { ActivityTrail, Rows } from '../../port.ts';
import { Corrupt } from '../../port.ts';
import { eachOf } from '../parallel.ts';
import { ZERO } from '../tags.ts';
import type { Tools } from '../types.ts';
import { eventBytes, eventOf } from './records.ts';
import { PUT_ACTIVITY, READ_ACTIVITY } from './statements.ts';

/** Under this owner all events of a trail are. No account has this id. */
const EVERYONE = '*';
const DAY_SECONDS = 86_400;
const DAY_MS = 1000 * DAY_SECONDS;
/** Above every id. */
const LAST_ID = '\u{10ffff}';
const WRITES_TOGETHER = 16;
/** Days that are read together, at most. */
const DAYS_TOGETHER = 8;

const ownerOf = (trail: ActivityTrail, account: string): string => `${trail} ${account}`;
const daysOf = (trail: ActivityTrail, limits: Limits): number =>
  trail === 'objects' ? limits.activityDays : limits.failureDays;
const dayOf = (at: number): number => Math.floor(at / DAY_MS);

export class Activity {
  readonly #tools: Tools;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  async note(trail: ActivityTrail, events: readonly AuditEvent[]): Promise<void> {
    const { sessions, limits, tags } = this.#tools;
    const seconds = daysOf(trail, limits) * DAY_SECONDS;
    const rows = events.flatMap((event) => {
      const owners = [EVERYONE, ...(event.accountId === undefined ? [] : [event.accountId])];
      const bytes = eventBytes(event);
      return owners.map((owner) => [ownerOf(trail, owner), dayOf(event.at), event.id, bytes] as const);
    });
    await eachOf(rows, WRITES_TOGETHER, async (values) => {
      await sessions.home.write(PUT_ACTIVITY, [...values, tags.blind(ZERO, 0n).time, seconds]);
    });
  }

  async scan(query: Parameters<Rows['scanActivity']>[0]): Promise<readonly AuditEvent[]> {
    const { trail, account = EVERYONE, before = LAST_ID, limit } = query;
    const { clock, limits } = this.#tools;
    const oldest = clock.now() - daysOf(trail, limits) * DAY_MS;
    const found: AuditEvent[] = [];
    // A clock may be ahead of ours by a little.
    let day = dayOf(clock.now()) + 1;
    for (let together = 2; day >= dayOf(oldest) && found.length < limit; together = DAYS_TOGETHER) {
      const days = Array.from({ length: together }, (_, at) => day - at);
      const events = await eachOf(days, together, (one) => this.#ofDay([ownerOf(trail, account), one, before, limit]));
      found.push(...events.flat());
      day -= together;
    }
    return found.filter(({ at }) => at >= oldest).slice(0, limit);
  }

  /** Of all regions, newest first. */
  async #ofDay(values: readonly [owner: string, day: number, before: string, limit: number]) {
    const { regions, of } = this.#tools.sessions;
    const rows = await Promise.all(regions.map((region) => of(region).read(READ_ACTIVITY, values)));
    const events = rows.flat().map(({ id, v }) => {
      if (typeof id !== 'string') throw new Corrupt('an event without its id');
      return eventOf(id, v);
    });
    return [...new Map(events.map((event) => [event.id, event])).values()].sort((a, b) => (a.id < b.id ? 1 : -1));
  }
}
