/** How the tests ask the checker: a promise that must hold, and a mutation that must break. */

import assert from 'node:assert/strict';
import { env } from 'node:process';
import type { TestContext } from 'node:test';
import { check, type Model } from './checker.ts';

/** `MODEL_DEPTH=2` adds the larger configurations: more processes, three replicas, more crashes. */
export const DEEP = Number(env.MODEL_DEPTH ?? '1') > 1;

/** Every reachable state keeps the promise; says how many there were. */
export function holds<M>(context: TestContext, model: Model<M>): void {
  const report = check(model);
  context.diagnostic(`${model.name}: ${report.states} states, ${report.steps} steps, ${report.ends} ends`);
  assert.ok(report.violation === undefined, report.violation?.trace ?? '');
  assert.ok(report.states > 10, 'a model in which nothing happens proves nothing');
}

/** The checker finds the violation: without this step of the protocol the promise is broken. */
export function breaks<M>(context: TestContext, model: Model<M>, what: RegExp): void {
  const report = check(model);
  context.diagnostic(`${model.name}: broken after ${report.states} states\n${report.violation?.trace ?? '(not)'}`);
  assert.match(report.violation?.what ?? 'nothing was found', what);
}
