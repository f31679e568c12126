/**
 * A reporter for node:test that writes each finished test as one line of JSON, for `runner.ts` to count and print.
 *
 * Left out: suites (they hold tests but promise nothing themselves) and everything that isn't an end of a test.
 */

import { inspect } from 'node:util';

export interface Outcome {
  readonly name: string;
  readonly kind: 'passed' | 'failed' | 'skipped';
  /** Why it failed, with the assertion's difference; why it was skipped. */
  readonly detail: string;
}

interface Event {
  readonly type: string;
  readonly data: {
    readonly name?: string;
    readonly nesting?: number;
    readonly skip?: string | boolean;
    readonly todo?: string | boolean;
    readonly details?: { readonly type?: string; readonly error?: unknown };
  };
}

const UNFINISHED = 'marked as todo: a promise is held or it is removed';

function failure(error: unknown): { readonly type: string; readonly text: string } {
  const wrapped = error instanceof Error && 'failureType' in error;
  const cause = wrapped ? (error.cause ?? error) : error;
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause);
  const extra = cause instanceof Error && cause.cause !== undefined ? `\ncaused by ${inspect(cause.cause)}` : '';
  return { type: wrapped ? String(error.failureType) : '', text: withoutNodeFrames(text + extra) };
}

function withoutNodeFrames(stack: string): string {
  const lines = stack.split('\n');
  return lines.filter((line) => !/^\s+at .*\(?node:/.test(line)).join('\n');
}

function reason(value: string | boolean | undefined): string {
  return typeof value === 'string' && value !== '' ? value : 'no reason given';
}

/** What one event says, or nothing. A parent that failed only through its children is not counted again. */
function outcomeOf(event: Event, path: string): Outcome | undefined {
  if (event.type !== 'test:pass' && event.type !== 'test:fail') return undefined;
  const { data } = event;
  const { type, text } = failure(data.details?.error);
  if (event.type === 'test:fail' && type === 'subtestsFailed') return undefined;
  if (data.details?.type === 'suite' && event.type === 'test:pass' && data.skip === undefined) return undefined;
  if (data.todo !== undefined) return { name: path, kind: 'failed', detail: UNFINISHED };
  if (data.skip !== undefined) return { name: path, kind: 'skipped', detail: reason(data.skip) };
  return event.type === 'test:pass'
    ? { name: path, kind: 'passed', detail: '' }
    : { name: path, kind: 'failed', detail: text };
}

/** node:test calls this with its events. Names of nested tests carry their parents' names. */
export default async function* reporter(events: AsyncIterable<Event>): AsyncGenerator<string> {
  const parents: string[] = [];
  for await (const event of events) {
    const { name = '', nesting = 0 } = event.data;
    if (event.type === 'test:start') {
      parents.length = nesting;
      parents[nesting] = name;
    }
    const outcome = outcomeOf(event, [...parents.slice(0, nesting), name].join(' › '));
    if (outcome !== undefined) yield `${JSON.stringify(outcome)}\n`;
  }
}
