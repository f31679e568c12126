/**
 * Histories of one key and the question whether they are linearizable: is there an order of the operations that agrees
 * with real time and in which every answer is what a single-threaded register would have given? After Wing and Gong;
 * operations without an answer (crashed, or 503) may have happened at any time after they began, or never.
 *
 * Values are small numbers; 0 is absence.
 */

export type Call =
  | { readonly op: 'put'; readonly value: number }
  /** Writes `value` if the register holds `expect`. */
  | { readonly op: 'swap'; readonly expect: number; readonly value: number }
  | { readonly op: 'get' };

export interface Event {
  readonly call: Call;
  /** Bits of the operations that had been answered when this one began. */
  readonly after: number;
  /** `put` and `swap`: 1 done, 0 refused (412). `get`: the value. Absent: no answer. */
  answer?: number;
}

/** Belongs into a model's memory. */
export type History = Event[];

/** Call it in the operation's first step; the returned number names the operation. */
export function begin(history: History, call: Call): number {
  let after = 0;
  for (const [i, event] of history.entries()) if (event.answer !== undefined) after |= 1 << i;
  return history.push({ call, after }) - 1;
}

/** Call it in the operation's last step. */
export function answer(history: History, operation: number, value: number): void {
  const event = history[operation];
  if (event === undefined) throw new Error('an answer to no question');
  event.answer = value;
}

/** The register after the call, or undefined when the answer doesn't fit. */
function apply({ call, answer: got }: Event, register: number): number | undefined {
  if (call.op === 'put') return call.value;
  if (call.op === 'get') return got === undefined || got === register ? register : undefined;
  const holds = register === call.expect;
  if (got !== undefined && (got === 1) !== holds) return undefined;
  return holds ? call.value : register;
}

function fits(history: History, done: number, register: number, failed: Set<string>): boolean {
  if (history.every((event, i) => event.answer === undefined || (done & (1 << i)) !== 0)) return true;
  const memo = `${done}/${register}`;
  if (failed.has(memo)) return false;
  for (const [i, event] of history.entries()) {
    if ((done & (1 << i)) !== 0 || (event.after & ~done) !== 0) continue;
    const next = apply(event, register);
    if (next !== undefined && fits(history, done | (1 << i), next, failed)) return true;
  }
  failed.add(memo);
  return false;
}

/** For `atEnd`: remembers the histories that it has judged. */
export function linearizable(initial: number): (history: History) => string | undefined {
  const judged = new Map<string, string | undefined>();
  return (history) => {
    const key = JSON.stringify(history);
    if (!judged.has(key))
      judged.set(key, fits(history, 0, initial, new Set()) ? undefined : 'the history is not linearizable');
    return judged.get(key);
  };
}
