/**
 * The truth of accounts and keys: one Paxos partition in which every change is a numbered step.
 *
 * The sequence row has the number of the last change, the names of the last few, and the copies that the last one asks for.
 * A change reads it, stores those copies again (so that whatever died between its step and its copies is finished before the
 * next step), reads the rows that it is about, and takes the next number in one batch with its rows. Copies carry the number
 * as their timestamp, and a removal is an empty value, not a deletion: a paused process cannot bring anything back, ever.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Corrupt, Unavailable } from '../../port.ts';
import type { Row, Value } from '../database/types.ts';
import type { Tools } from '../types.ts';
import { newUuid } from '../uuid.ts';
import { Fields, seal, unseal } from './records.ts';
import {
  type CopyTable,
  MEND_COPY,
  PUT_ROW,
  READ_COPY,
  READ_FIVE,
  READ_KIND,
  READ_ONE,
  REMOVE_ROW,
  STEP,
  WRITE_COPY,
} from './statements.ts';

/** `key:` and an account's id: the keys of that account. */
export type RowKind = 'account' | 'name' | 'email' | 'canonical' | 'key' | `key:${string}`;
export type RowId = readonly [kind: RowKind, id: string];

export interface TruthRow {
  readonly id: string;
  /** Number of the change that wrote it. */
  readonly rev: number;
  readonly fields: Fields;
}

export interface Copy {
  readonly table: CopyTable;
  readonly id: string;
  /** Undefined: removed. */
  readonly record: object | undefined;
}

/** What a change does; nothing at all when it has neither `puts` nor `removes`. */
export interface Plan<T> {
  readonly result: T;
  readonly puts?: readonly (readonly [RowId, object])[];
  readonly removes?: readonly RowId[];
  readonly copies?: readonly Copy[];
}
/** `revision`: of what it writes. */
export type Decide<T> = (seen: Seen, revision: string) => Plan<T> | Promise<Plan<T>>;
/** The rows asked for that are there, by `nameOf`. */
export type Seen = ReadonlyMap<string, TruthRow>;

export const nameOf = ([kind, id]: RowId): string => `${kind} ${id}`;

interface Step {
  readonly rev: number;
  readonly bytes: Buffer | null;
  readonly names: readonly string[];
  readonly copies: readonly Copy[];
}

const SEQUENCE = 'sequence ';
/** Names of changes that the sequence row keeps, so that one whose outcome was not told finds itself. */
const NAMES_KEPT = 16;
/** Rows that one change reads with the sequence row. */
const ROWS_SEEN = 4;
const COPIES_AT_ONCE = 32;
/** Pause of a change that lost to another one, milliseconds; longer with each loss. */
const BREATH_MS = 20;

export class Truth {
  readonly #tools: Tools;
  /** Changes of one process wait for each other instead of losing to each other. */
  #turn: Promise<unknown> = Promise.resolve();
  /** The copies of this change are known to be stored. */
  #copied = 0;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  async read(row: RowId): Promise<TruthRow | undefined> {
    const [found] = await this.#tools.sessions.home.read(READ_ONE, [...row]);
    return found === undefined ? undefined : truthRow(found);
  }

  /** Ascending by id (its UTF-8 bytes). */
  async scan(kind: RowKind, after: string, limit: number): Promise<readonly TruthRow[]> {
    const rows = await this.#tools.sessions.home.read(READ_KIND, [kind, after, limit]);
    return rows.map(truthRow);
  }

  /** A copy as it is now: undefined when it is not there, or says that it was removed. */
  async copy(table: CopyTable, id: string): Promise<Fields | undefined> {
    const [row] = await this.#tools.sessions.home.read(READ_COPY[table], [id]);
    if (row === undefined || (Buffer.isBuffer(row.v) && row.v.length === 0)) return undefined;
    return unseal(`${table} ${id}`, row.v);
  }

  /** Stores a copy again that a reader missed. Whether it can does not matter to the reader. */
  async mend(copy: Copy, rev: number): Promise<void> {
    try {
      await this.#tools.sessions.home.write(MEND_COPY[copy.table], copyValues(copy, rev));
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
  }

  /** Finishes what a process that died left of the last change. */
  async settle(): Promise<void> {
    const { step } = await this.#see([]);
    await this.#finish(step);
  }

  /** `decide` sees the rows asked for (at most four) as of one moment, and may throw. It is asked again when others came first. */
  change<T>(rows: readonly RowId[], decide: Decide<T>): Promise<T> {
    const mine = this.#turn.then(() => this.#change(rows, decide));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #change<T>(rows: readonly RowId[], decide: Decide<T>): Promise<T> {
    const { limits, random } = this.#tools;
    const name = newUuid(random);
    for (let attempt = 1; attempt <= limits.commitAttempts; attempt++) {
      const { step, seen } = await this.#see(rows);
      await this.#finish(step);
      const plan = await decide(seen, String(step.rev + 1));
      if (plan.puts === undefined && plan.removes === undefined) return plan.result;
      const next = stepAfter(step, name, plan.copies ?? []);
      if (await this.#take(step, next, plan)) {
        await this.#storeCopies(next);
        return plan.result;
      }
      await sleep(Math.ceil((BREATH_MS * attempt * random.bytes(1).readUInt8()) / 255));
    }
    const message = 'accounts and keys are being changed by too many at once: try again';
    throw new Unavailable(message, { mayHaveApplied: false });
  }

  /** One transaction: the sequence goes on from `step` to `next`, with the rows of the plan. False: others came first. */
  async #take(step: Step, next: Step, { puts = [], removes = [] }: Plan<unknown>): Promise<boolean> {
    const [name] = next.names;
    const { applied } = await this.#tools.sessions.home.casBatch(
      [
        [STEP, [next.rev, next.bytes, step.bytes === null ? null : step.rev, step.bytes]],
        ...removes.map(([kind, id]) => [REMOVE_ROW, [kind, id]] as const),
        ...puts.map(([row, record]) => [PUT_ROW, [next.rev, seal(nameOf(row), record), ...row]] as const),
      ],
      // Shown is the sequence row as it is now.
      ([row]) => row !== undefined && stepOf(row).names.includes(name ?? ''),
    );
    return applied;
  }

  async #see(rows: readonly RowId[]): Promise<{ readonly step: Step; readonly seen: Seen }> {
    if (rows.length > ROWS_SEEN) throw new RangeError(`a change looks at ${ROWS_SEEN} rows at most`);
    const padded = Array.from({ length: ROWS_SEEN }, (_, index): readonly string[] => rows[index] ?? ['sequence', '']);
    const values: readonly Value[] = ['sequence', '', ...padded.flat()];
    let step: Step = { rev: 0, bytes: null, names: [], copies: [] };
    const seen = new Map<string, TruthRow>();
    for (const row of await this.#tools.sessions.home.read(READ_FIVE, values)) {
      if (row.kind === 'sequence') step = stepOf(row);
      else seen.set(`${String(row.kind)} ${String(row.id)}`, truthRow(row));
    }
    return { step, seen };
  }

  async #finish(step: Step): Promise<void> {
    if (step.rev <= this.#copied) return;
    try {
      await this.#storeCopies(step);
    } catch (error) {
      // The change about to be made has not begun.
      if (!(error instanceof Unavailable)) throw error;
      throw new Unavailable(error.message, { mayHaveApplied: false, cause: error });
    }
  }

  async #storeCopies({ copies, rev }: Step): Promise<void> {
    const { home } = this.#tools.sessions;
    for (let at = 0; at < copies.length; at += COPIES_AT_ONCE) {
      const some = copies.slice(at, at + COPIES_AT_ONCE);
      await Promise.all(some.map((copy) => home.write(WRITE_COPY[copy.table], copyValues(copy, rev))));
    }
    this.#copied = Math.max(this.#copied, rev);
  }
}

function copyValues({ table, id, record }: Copy, rev: number): readonly Value[] {
  return [BigInt(rev), record === undefined ? Buffer.alloc(0) : seal(`${table} ${id}`, record), id];
}

function truthRow(row: Row): TruthRow {
  const { kind, id, rev } = row;
  if (typeof id !== 'string' || typeof rev !== 'number') throw new Corrupt('a row of the directory without number');
  return { id, rev, fields: unseal(`${String(kind)} ${id}`, row.v) };
}

// ----------------------------------------------------------------------------------------------------- the sequence row

function stepAfter(step: Step, name: string, copies: readonly Copy[]): Step {
  const rev = step.rev + 1;
  const names = [name, ...step.names].slice(0, NAMES_KEPT);
  return { rev, names, copies, bytes: seal(SEQUENCE, { names, copies }) };
}

function stepOf({ rev, v }: Row): Step {
  if (typeof rev !== 'number' || !Buffer.isBuffer(v)) throw new Corrupt('the sequence row of the directory');
  const fields = unseal(SEQUENCE, v);
  return { rev, bytes: v, names: fields.list('names').map(String), copies: fields.list('copies').map(copyOf) };
}

function copyOf(value: unknown): Copy {
  const copy = new Fields(SEQUENCE, value);
  const table = copy.oneOf('table', ['account', 'access_key']);
  return { table, id: copy.text('id'), record: copy.has('record') ? copy.plain('record') : undefined };
}
