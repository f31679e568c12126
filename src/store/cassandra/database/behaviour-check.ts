/**
 * Holds a database to the statements of `behaviour.ts`. Knows no driver: it is given a function that runs CQL.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Behaviour, PlainRow, Statement, Step } from './behaviour.ts';

/** Runs one statement. Throws what the server refuses, with its words in the message. */
export type Execute = (cql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** Values of a run's own. */
export interface Names {
  /** A UUID that no other run has. */
  readonly shard: string;
  /** CQL's text of a blob: `0x61`. */
  readonly key: string;
}

/** Times that a `watch` reads at most while it waits for the write to be seen. */
const READS_MAX = 10_000;

function plain(value: unknown): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value)) return `0x${value.toString('hex')}`;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return String(value);
}

function plainRow(row: Readonly<Record<string, unknown>>): PlainRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]));
}

function shown(rows: readonly PlainRow[]): string {
  return rows.length === 0 ? 'no rows' : rows.map((row) => JSON.stringify(row)).join(' ');
}

function outcomeOf(rows: readonly PlainRow[]): PlainRow['applied'] | undefined {
  return rows[0]?.['[applied]'];
}

async function one(run: (cql: string) => Promise<readonly PlainRow[]>, { cql, expect }: Statement) {
  if (expect.kind === 'refused') {
    const refusal = await run(cql).then(
      (rows) => ({ accepted: rows }),
      (error: unknown) => ({ words: error instanceof Error ? error.message : String(error) }),
    );
    if ('accepted' in refusal) return `was accepted, where a refusal was expected: ${cql}`;
    return expect.words.test(refusal.words) ? undefined : `was refused with other words: ${refusal.words}: ${cql}`;
  }
  const rows = await run(cql);
  if (expect.kind === 'rows' && !isDeepStrictEqual(rows, expect.rows))
    return `answered ${shown(rows)}, where ${shown(expect.rows)} was expected: ${cql}`;
  if (expect.kind === 'applied' && outcomeOf(rows) !== expect.applied)
    return `was ${expect.applied ? 'not ' : ''}applied: ${cql}`;
  return undefined;
}

async function race(run: (cql: string) => Promise<readonly PlainRow[]>, step: Extract<Step, { kind: 'race' }>) {
  const racers = Array.from({ length: step.racers }, (_, index) => index + 1);
  const answers = await Promise.all(racers.map((n) => run(step.cql.replaceAll('$n', String(n)))));
  const winners = racers.filter((_, index) => outcomeOf(answers[index] ?? []) === true);
  if (winners.length !== 1) return `${winners.length} of ${step.racers} racers were applied: ${step.cql}`;
  const losers = answers.filter((rows) => outcomeOf(rows) === false);
  const seen = new Set(losers.map(([row]) => row?.[step.column]));
  const right = losers.length === step.racers - 1 && seen.size === 1 && seen.has(`0x0${winners[0]}`);
  return right ? undefined : `losers were shown ${[...seen].join(', ')}, and racer ${winners[0]} won: ${step.cql}`;
}

async function watch(run: (cql: string) => Promise<readonly PlainRow[]>, step: Extract<Step, { kind: 'watch' }>) {
  const first = await run(step.read);
  if (!isDeepStrictEqual(first, step.before))
    return `began with ${shown(first)}, where ${shown(step.before)} was expected`;
  let torn: readonly PlainRow[] | undefined;
  let written = false;
  const reader = async () => {
    for (let reads = 0; reads < READS_MAX; reads++) {
      const begunAfter = written;
      const rows = await run(step.read);
      const after = isDeepStrictEqual(rows, step.after);
      if (!after && (begunAfter || !isDeepStrictEqual(rows, step.before))) torn ??= rows;
      if (after || torn !== undefined) return;
    }
  };
  const readers = Array.from({ length: step.readers }, reader);
  const write = run(step.write).finally(() => {
    written = true;
  });
  await Promise.all([write, ...readers]);
  return torn === undefined ? undefined : `a reader saw ${shown(torn)} beside ${step.write}`;
}

/**
 * Makes the steps of one behaviour in turn. Returns what went otherwise, or `undefined` when all was as expected.
 * What is no refusal by the server (time-outs, lost connections) is thrown by `execute` and passes through.
 */
export async function checkBehaviour(
  execute: Execute,
  behaviour: Behaviour,
  names: Names,
): Promise<string | undefined> {
  const run = async (cql: string) => {
    const rows = await execute(cql.replaceAll('$shard', names.shard).replaceAll('$key', names.key));
    return rows.map(plainRow);
  };
  for (const step of behaviour.steps) {
    const wrong =
      step.kind === 'one'
        ? await one(run, step)
        : step.kind === 'race'
          ? await race(run, step)
          : await watch(run, step);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
