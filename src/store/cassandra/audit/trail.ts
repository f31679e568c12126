/**
 * The audit trail: what was changed of accounts, keys and buckets' access, kept for good.
 *
 * An event is stored before its change is made; when the change certainly was not made it is emptied again, so that scans pass
 * it over. Emptied, not deleted: who has many changes refused must not fill the trail with marks of deletion, which make it
 * unreadable. A process that dies in between leaves the event, and nobody was told what became of the change.
 *
 * Each event is stored under its account and under `*`, in partitions by the time in its id: a day of all, a month of one
 * account. Which periods have events is a row for each, so that empty years cost nothing.
 */

import type { AuditEvent } from '../../../model/entities.ts';
import { Conflict, Corrupt, type Finding, type Rows, Unavailable } from '../../port.ts';
import type { Value } from '../database/types.ts';
import { eachOf } from '../parallel.ts';
import { Remembered } from '../remembered.ts';
import { ZERO } from '../tags.ts';
import type { Tools } from '../types.ts';
import { eventBytes, eventOf } from './records.ts';
import { PUT_EVENT, PUT_PERIOD, READ_EVENTS, READ_PERIODS } from './statements.ts';

/** Under this owner all events are. No account has this id. */
const EVERYONE = '*';
const DAY_MS = 86_400_000;
const MONTH_MS = 30 * DAY_MS;
/** Ids begin with their time in milliseconds (`model/audit.ts`), of so many digits. */
const TIME_DIGITS = 13;
/** Above every id. */
const LAST_ID = '\u{10ffff}';
/** Periods whose rows this process stored. */
const REMEMBERED_PERIODS = 10_000;
/** Periods read together, at most, and events at a time: emptied ones may lie between. */
const PERIODS_TOGETHER = 8;
const EVENTS_TOGETHER = 100;
const WRITES_TOGETHER = 4;

interface Place {
  readonly owner: string;
  readonly period: number;
}

export class Trail {
  readonly #tools: Tools;
  readonly #periods = new Remembered<string, true>(REMEMBERED_PERIODS);

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  /** Makes a change with its event. After a `Conflict` the same event may be used for another try. */
  async commit<T>(event: AuditEvent, change: () => Promise<T>): Promise<T> {
    await unbegun('the change was not made, since it could not be noted', () => this.note(event));
    try {
      return await change();
    } catch (error) {
      if (error instanceof Conflict) await this.#takeBack(event);
      // It may stay after `Unavailable`: who is told that has to look.
      else if (error instanceof Unavailable && !error.mayHaveApplied)
        await this.#takeBack(event).catch(() => undefined);
      throw error;
    }
  }

  /** The event alone. */
  async note(event: AuditEvent): Promise<void> {
    const places = placesOf(event);
    const bytes = eventBytes(event);
    const time = this.#time();
    const fresh = places.filter((place) => this.#periods.get(nameOf(place)) === undefined);
    const writes = [
      ...fresh.map((place) => [PUT_PERIOD, [place.owner, place.period, time]] as const),
      ...places.map((place) => [PUT_EVENT, eventValues(place, event.id, bytes, time)] as const),
    ];
    const { home } = this.#tools.sessions;
    await eachOf(writes, WRITES_TOGETHER, ([statement, values]) => home.write(statement, values));
    for (const place of fresh) this.#periods.set(nameOf(place), true);
  }

  async #takeBack(event: AuditEvent): Promise<void> {
    const time = this.#time();
    const write = (place: Place) =>
      this.#tools.sessions.home.write(PUT_EVENT, eventValues(place, event.id, Buffer.alloc(0), time));
    await unbegun('the change was not made, and its event may stay', () =>
      eachOf(placesOf(event), WRITES_TOGETHER, write),
    );
  }

  /** Later than all that this process stored: one try of a change may follow another with the same event. */
  #time(): bigint {
    return this.#tools.tags.blind(ZERO, 0n).time;
  }

  // ------------------------------------------------------------------------------------------------------ reading

  async scan({ account, before = LAST_ID, limit }: Parameters<Rows['scanAudit']>[0]): Promise<readonly AuditEvent[]> {
    const owner = account ?? EVERYONE;
    const found: AuditEvent[] = [];
    let newest = periodOf(owner, before);
    // One period mostly has enough; where there are few events, more of them are read together.
    for (let together = 1; found.length < limit; together = Math.min(2 * together, PERIODS_TOGETHER)) {
      const periods = await this.#periodsOf(owner, newest, together);
      const wanted = limit - found.length;
      const events = await eachOf(periods, together, (period) => this.#events({ owner, period }, before, wanted));
      found.push(...events.flat());
      const oldest = periods.at(-1);
      if (oldest === undefined || periods.length < together) break;
      newest = oldest - 1;
    }
    return found.slice(0, limit);
  }

  async #periodsOf(owner: string, newest: number, limit: number): Promise<readonly number[]> {
    const rows = await this.#tools.sessions.home.read(READ_PERIODS, [owner, newest, limit]);
    return rows.map(({ period }) => Number(period));
  }

  async #events(place: Place, before: string, wanted: number): Promise<readonly AuditEvent[]> {
    const found: AuditEvent[] = [];
    for await (const { id, v } of this.#rows(place, before, Math.max(wanted, EVENTS_TOGETHER))) {
      if (found.push(eventOf(id, v)) === wanted) break;
    }
    return found;
  }

  /** Newest first, without those that were emptied. */
  async *#rows({ owner, period }: Place, before: string, together: number): AsyncGenerator<EventRow> {
    for (let below = before; ; ) {
      const rows = await this.#tools.sessions.home.read(READ_EVENTS, [owner, period, below, together]);
      for (const { id, v } of rows) {
        if (typeof id !== 'string') throw new Corrupt('an audit event without its id');
        if (!isEmptied(v)) yield { id, v };
        below = id;
      }
      if (rows.length < together) return;
    }
  }

  /** Reads all events; yields those that cannot be read. */
  async *check(): AsyncGenerator<Finding> {
    for (let newest = periodOf(EVERYONE, LAST_ID); ; ) {
      const [period] = await this.#periodsOf(EVERYONE, newest, 1);
      if (period === undefined) return;
      for await (const { id, v } of this.#rows({ owner: EVERYONE, period }, LAST_ID, EVENTS_TOGETHER)) {
        const problem = problemOf(id, v);
        if (problem !== undefined) yield { kind: 'row', subject: `audit event ${id}`, problem };
      }
      newest = period - 1;
    }
  }
}

interface EventRow {
  readonly id: string;
  readonly v: Value | undefined;
}

function problemOf(id: string, value: Value | undefined): string | undefined {
  try {
    eventOf(id, value);
    return undefined;
  } catch (error) {
    if (error instanceof Corrupt) return error.message;
    throw error;
  }
}

/** What fails here says nothing of the change that goes with it: that was not begun, or refused. */
async function unbegun(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    throw new Unavailable(`${what}: ${error.message}`, { mayHaveApplied: false, cause: error });
  }
}

const isEmptied = (value: Value | undefined): boolean => Buffer.isBuffer(value) && value.length === 0;

function placesOf({ id, accountId }: AuditEvent): readonly Place[] {
  const owners = [EVERYONE, ...(accountId === undefined ? [] : [accountId])];
  return owners.map((owner) => ({ owner, period: periodOf(owner, id) }));
}

const periodOf = (owner: string, id: string): number =>
  Math.floor(timeOf(id) / (owner === EVERYONE ? DAY_MS : MONTH_MS));

/** Of any text, such that ids in order have times in order: what is no digit is below or above all of them. */
function timeOf(id: string): number {
  const [digits = ''] = /^\d{0,13}/.exec(id) ?? [];
  const next = id[digits.length] ?? '';
  return Number(digits.padEnd(TIME_DIGITS, next > '9' ? '9' : '0'));
}

const nameOf = ({ owner, period }: Place): string => `${owner} ${period}`;

const eventValues = ({ owner, period }: Place, id: string, bytes: Buffer, time: bigint): readonly Value[] => [
  ...[owner, period, id, bytes, time],
];
