/**
 * Histories of one key and the question whether they are linearizable: is there an order of the operations that agrees
 * with real time and in which every answer is what a single thread would have got? After Wing and Gong; operations
 * without an answer (crashed, or 503) may have happened at any time after they began, or never.
 *
 * Two things to be like: a register of small numbers (0 is absence), and the versions of a key as a stack.
 */

import type { Json } from './checker.ts';

export type Call =
  | { readonly op: 'put'; readonly value: number }
  /** Writes `value` if the register holds `expect`. */
  | { readonly op: 'swap'; readonly expect: number; readonly value: number }
  | { readonly op: 'get' };

/** `put` and `swap`: a version comes on top. `get`: `versionOf(top)`. */
export type StackCall =
  | Call
  /** The attribute of one version, plus 1; 0: it is not there. */
  | { readonly op: 'look'; readonly value: number }
  | { readonly op: 'remove'; readonly value: number }
  | { readonly op: 'set'; readonly value: number; readonly attribute: number };

export interface Event<C = Call> {
  readonly call: C;
  /** Bits of the operations that had been answered when this one began. */
  readonly after: number;
  /** 1 done, 0 refused (412, 404); `get`: the value. Absent: no answer. */
  answer?: number;
}

/** Belongs into a model's memory. */
export type History<C = Call> = Event<C>[];

/** Call it in the operation's first step; the returned number names the operation. */
export function begin<C>(history: History<C>, call: C): number {
  let after = 0;
  for (const [i, event] of history.entries()) if (event.answer !== undefined) after |= 1 << i;
  return history.push({ call, after }) - 1;
}

/** Call it in the operation's last step. */
export function answer<C>(history: History<C>, operation: number, value: number): void {
  const event = history[operation];
  if (event === undefined) throw new Error('an answer to no question');
  event.answer = value;
}

/** The state after the call, or undefined when the answer doesn't fit. */
type Apply<C, S extends Json> = (event: Event<C>, state: S) => S | undefined;

function register({ call, answer: got }: Event, held: number): number | undefined {
  if (call.op === 'put') return call.value;
  if (call.op === 'get') return got === undefined || got === held ? held : undefined;
  const holds = held === call.expect;
  if (got !== undefined && (got === 1) !== holds) return undefined;
  return holds ? call.value : held;
}

/** Versions from the oldest to the newest, each with an attribute (its ACL, say). */
type Stack = readonly (readonly [value: number, attribute: number])[];

/** What a `get` answers: the current version and its attribute in one number. */
export function versionOf(value: number, attribute: number): number {
  return value * 10 + attribute;
}

function stack({ call, answer: got }: Event<StackCall>, held: Stack): Stack | undefined {
  const [top, attribute] = held.at(-1) ?? [0, 0];
  if (call.op === 'put') return [...held, [call.value, 0]];
  if (call.op === 'get') return got === undefined || got === versionOf(top, attribute) ? held : undefined;
  if (call.op === 'look') {
    const found = held.find(([value]) => value === call.value);
    return got === undefined || got === (found === undefined ? 0 : found[1] + 1) ? held : undefined;
  }
  const holds = call.op === 'swap' ? top === call.expect : held.some(([value]) => value === call.value);
  if (got !== undefined && (got === 1) !== holds) return undefined;
  if (!holds) return held;
  if (call.op === 'swap') return [...held, [call.value, 0]];
  if (call.op === 'remove') return held.filter(([value]) => value !== call.value);
  return held.map((one) => (one[0] === call.value ? [one[0], call.attribute] : one));
}

function fits<C, S extends Json>(history: History<C>, at: [number, S], how: Apply<C, S>, failed: Set<string>): boolean {
  const [done, state] = at;
  if (history.every((event, i) => event.answer === undefined || (done & (1 << i)) !== 0)) return true;
  const memo = JSON.stringify(at);
  if (failed.has(memo)) return false;
  for (const [i, event] of history.entries()) {
    if ((done & (1 << i)) !== 0 || (event.after & ~done) !== 0) continue;
    const next = how(event, state);
    if (next !== undefined && fits(history, [done | (1 << i), next], how, failed)) return true;
  }
  failed.add(memo);
  return false;
}

function judge<C, S extends Json>(initial: S, how: Apply<C, S>): (history: History<C>) => string | undefined {
  const judged = new Map<string, string | undefined>();
  return (history) => {
    const key = JSON.stringify(history);
    if (!judged.has(key)) {
      const good = fits(history, [0, initial], how, new Set());
      judged.set(key, good ? undefined : `the history is not linearizable: ${key}`);
    }
    return judged.get(key);
  };
}

/** For `atEnd`: remembers the histories that it has judged. */
export function linearizable(initial: number): (history: History) => string | undefined {
  return judge(initial, register);
}

/** As `linearizable`, for a key with these versions, the oldest first. */
export function linearizableStack(initial: readonly number[]): (history: History<StackCall>) => string | undefined {
  const start: Stack = initial.map((value) => [value, 0] as const);
  return judge(start, stack);
}
