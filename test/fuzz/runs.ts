/**
 * How many inputs each fuzzer tries: few in every test run, as many as you like with
 * `FUZZ_RUNS=1000000 npm test -- test/fuzz`.
 */

import { env } from 'node:process';

const DEFAULT_RUNS = 2_000;

function runsFrom(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_RUNS;
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new Error(`FUZZ_RUNS must be a number of inputs, not "${text}"`);
  return Number.parseInt(text, 10);
}

export const FUZZ_RUNS = runsFrom(env.FUZZ_RUNS);

/** Parameters for fast-check. A failure prints its seed; `FUZZ_SEED` runs with it again. */
export const FUZZ = Object.freeze({
  numRuns: FUZZ_RUNS,
  ...(env.FUZZ_SEED === undefined ? {} : { seed: Number.parseInt(env.FUZZ_SEED, 10) }),
});
