/**
 * Says whether what clients saw of one key can be explained by an order of their operations in which each takes effect at
 * one moment between its call and its answer: the promise of a single copy (Herlihy and Wing, "Linearizability", 1990).
 *
 * The search is Wing and Gong's (1993) with Lowe's memory of visited states (2016): try each operation that no finished one
 * must precede, never visit the same set of done operations and value twice. Keys are independent of each other, so each is
 * judged by itself. Values are unique: what is read tells who wrote it.
 *
 * An operation whose outcome nobody knows (time-out, broken connection, a server that was killed) may take effect at any
 * time after its call, even long after the client gave up, or never. Operations that surely did nothing are not recorded.
 *
 * Left out: listings as such. A row of one is a `glimpse`, which promises less, see there.
 */

/** Of a change. `unknown`: it may have been applied, or may yet be. `refused`: its condition did not hold at some moment. */
export type Outcome = 'applied' | 'refused' | 'unknown';

/** One operation on one key. Values are unique in a history; `undefined` is absence. */
export type Action =
  | { readonly type: 'put'; readonly value: string; readonly outcome: Exclude<Outcome, 'refused'> }
  | { readonly type: 'delete'; readonly outcome: Exclude<Outcome, 'refused'> }
  /** Only where there is nothing: `If-None-Match: *`, or a bucket's name. */
  | { readonly type: 'create'; readonly value: string; readonly outcome: Outcome }
  /** Only where there is `base`: `If-Match`. */
  | { readonly type: 'replace'; readonly base: string; readonly value: string; readonly outcome: Outcome }
  | { readonly type: 'get'; readonly found: string | undefined }
  /**
   * Seen in passing, in a listing: whatever is shown was there at the end or was on its way, and nothing that was
   * acknowledged before the listing began is missing. Two listings may disagree about what is not acknowledged yet.
   */
  | { readonly type: 'glimpse'; readonly found: string | undefined };

export interface Operation {
  readonly key: string;
  /** Who did it, for messages. */
  readonly client: string;
  /** Milliseconds of one clock for all. `end`: of the answer, whatever it was. */
  readonly start: number;
  readonly end: number;
  readonly action: Action;
}

/** What cannot be: one sentence and the operations around it. Undefined: it is all explained. */
export type Verdict = string | undefined;

/** States that a search may visit: far above what any history of a test needs that can be explained. */
const STATES_MAX = 2_000_000;

/** Judges a history of any number of keys. One sentence for each key that cannot be explained. */
export function judge(history: readonly Operation[]): readonly string[] {
  const keys = Map.groupBy(history, (operation) => operation.key);
  return [...keys].flatMap(([key, operations]) => {
    const verdicts = [judgeKey(operations), ...glimpseFaults(operations)];
    return verdicts.filter((verdict) => verdict !== undefined).map((verdict) => `${key}: ${verdict}`);
  });
}

// ------------------------------------------------------------------------------------------------------- one register

type Change = Exclude<Action, { readonly type: 'get' | 'glimpse' }>;
type Strict = Exclude<Action, { readonly type: 'glimpse' }>;

interface Step {
  readonly start: number;
  /** The latest moment at which it took effect. */
  readonly end: number;
  readonly action: Strict;
  readonly operation: Operation;
}

/** What is left to explain: required steps by their start, and those that may never have happened. */
interface Problem {
  readonly required: readonly Step[];
  readonly optional: readonly Step[];
}

interface State {
  /** Required steps before this one are done. */
  readonly base: number;
  /** Required steps from `base` on that are done, ascending. */
  readonly ahead: readonly number[];
  /** Optional steps that took effect, ascending. */
  readonly used: readonly number[];
  readonly value: string | undefined;
}

/** The first thing that cannot be explained about one key's history. */
export function judgeKey(history: readonly Operation[]): Verdict {
  const { required, optional } = problemOf(history);
  const first: State = { base: 0, ahead: [], used: [], value: undefined };
  const stack: State[] = [first];
  const visited = new Set<string>();
  let furthest = first;
  for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
    if (state.base === required.length) return undefined;
    if (reached(state) > reached(furthest)) furthest = state;
    for (const next of successors({ required, optional }, state)) {
      const name = `${next.base}|${next.ahead.join()}|${next.used.join()}|${next.value ?? ''}`;
      if (visited.has(name)) continue;
      visited.add(name);
      stack.push(next);
    }
    if (visited.size > STATES_MAX) throw new Error(`a history of ${history.length} operations is too wide to judge`);
  }
  return explain(required, furthest);
}

const reached = (state: State): number => state.base + state.ahead.length;

/**
 * Sorts out what is not known. A change of unknown outcome whose value was seen happened, before the first that saw it
 * ended. One that nobody saw can only matter to a condition that was refused; otherwise nothing speaks for it.
 */
function problemOf(history: readonly Operation[]): Problem {
  const seenAt = new Map<string, number>();
  let refusals = false;
  for (const { action, end } of history) {
    const value = valueSeen(action);
    if (value !== undefined) seenAt.set(value, Math.min(end, seenAt.get(value) ?? Number.POSITIVE_INFINITY));
    if ('outcome' in action && action.outcome === 'refused') refusals = true;
  }
  const required: Step[] = [];
  const optional: Step[] = [];
  for (const operation of history) {
    const { action, start, end } = operation;
    if (action.type === 'glimpse') continue;
    if (!('outcome' in action) || action.outcome !== 'unknown') {
      required.push({ start, end, action, operation });
      continue;
    }
    const seen = action.type === 'delete' ? undefined : seenAt.get(action.value);
    const applied: Change = { ...action, outcome: 'applied' };
    if (seen !== undefined) required.push({ start, end: seen, action: applied, operation });
    else if (refusals || action.type === 'delete')
      optional.push({ start, end: Number.POSITIVE_INFINITY, action: applied, operation });
  }
  const byStart = (a: Step, b: Step) => a.start - b.start;
  return { required: required.sort(byStart), optional: optional.sort(byStart) };
}

/** The value that the operation proves to have been there. A glimpse proves nothing about when. */
function valueSeen(action: Action): string | undefined {
  if (action.type === 'get') return action.found;
  return action.type === 'replace' && action.outcome === 'applied' ? action.base : undefined;
}

const IMPOSSIBLE = Symbol('impossible');

/** What is there after the step; `IMPOSSIBLE` where it cannot have happened. */
function after(action: Strict, value: string | undefined): string | undefined | typeof IMPOSSIBLE {
  if (action.type === 'get') return action.found === value ? value : IMPOSSIBLE;
  if (action.type === 'put') return action.value;
  if (action.type === 'delete') return undefined;
  const holds = action.type === 'create' ? value === undefined : value === action.base;
  if (action.outcome === 'refused') return holds ? IMPOSSIBLE : value;
  return holds ? action.value : IMPOSSIBLE;
}

const isLook = (action: Strict): boolean =>
  action.type === 'get' || ('outcome' in action && action.outcome === 'refused');

/** States that can follow. A look that agrees with the value can be taken at once: nothing is lost by it. */
function successors({ required, optional }: Problem, state: State): readonly State[] {
  const { candidates, deadline } = candidatesOf(required, state);
  const found: State[] = [];
  for (const index of candidates) {
    const step = required[index];
    if (step === undefined || step.start > deadline) continue;
    const value = after(step.action, state.value);
    if (value === IMPOSSIBLE) continue;
    const next = { ...advanced(required, state, index), used: state.used, value };
    if (isLook(step.action)) return [next];
    found.push(next);
  }
  for (const [index, step] of optional.entries()) {
    if (step.start > deadline) break;
    if (state.used.includes(index)) continue;
    const value = after(step.action, state.value);
    if (value === IMPOSSIBLE || value === state.value) continue;
    found.push({ ...state, used: [...state.used, index].sort((a, b) => a - b), value });
  }
  // The stack is taken from its end: what must be over first is tried first.
  return found.reverse();
}

/** Steps not done that may come next, by their end, and the earliest end among them: none may begin after it. */
function candidatesOf(
  required: readonly Step[],
  state: State,
): { readonly candidates: readonly number[]; readonly deadline: number } {
  const candidates: number[] = [];
  const done = new Set(state.ahead);
  let deadline = Number.POSITIVE_INFINITY;
  for (let index = state.base; index < required.length; index += 1) {
    const step = required[index];
    if (step === undefined || step.start > deadline) break;
    if (done.has(index)) continue;
    candidates.push(index);
    deadline = Math.min(deadline, step.end);
  }
  const endOf = (index: number) => required[index]?.end ?? 0;
  return { candidates: candidates.sort((a, b) => endOf(a) - endOf(b)), deadline };
}

function advanced(required: readonly Step[], state: State, index: number): Pick<State, 'base' | 'ahead'> {
  const done = new Set([...state.ahead, index]);
  let base = state.base;
  while (base < required.length && done.delete(base)) base += 1;
  return { base, ahead: [...done].sort((a, b) => a - b) };
}

/** Operations that are shown around what cannot be. */
const SHOWN = 12;

function explain(required: readonly Step[], state: State): string {
  const { candidates } = candidatesOf(required, state);
  const stuck = candidates.map((index) => required[index]).filter((step) => step !== undefined);
  const doneBefore = required.slice(Math.max(0, state.base - SHOWN), state.base);
  const lines = [
    `with ${state.value ?? 'nothing'} there, none of these can be explained:`,
    ...stuck.map(({ operation }) => `  ${line(operation)}`),
    'before them:',
    ...doneBefore.map(({ operation }) => `  ${line(operation)}`),
  ];
  return lines.join('\n');
}

function line({ client, start, end, action }: Operation): string {
  const time = `${start.toFixed(1)}-${end.toFixed(1)}`.padEnd(20);
  return `${time} ${client.padEnd(10)} ${textOf(action)}`;
}

function textOf(action: Action): string {
  if (action.type === 'get' || action.type === 'glimpse') return `${action.type}: ${action.found ?? 'nothing'}`;
  const value = action.type === 'delete' ? '' : ` ${action.value}`;
  const base = action.type === 'replace' ? ` over ${action.base}` : '';
  return `${action.type}${value}${base}: ${action.outcome}`;
}

// ----------------------------------------------------------------------------------------------------------- glimpses

/** What leaves the key present or absent, and the latest moment by which it surely has. */
interface Effect {
  readonly start: number;
  readonly end: number;
  readonly value: string | undefined;
}

function effectsOf(history: readonly Operation[]): readonly Effect[] {
  return history.flatMap(({ action, start, end }) => {
    if (action.type === 'get' || action.type === 'glimpse' || action.outcome === 'refused') return [];
    const value = action.type === 'delete' ? undefined : action.value;
    return [{ start, end: action.outcome === 'unknown' ? Number.POSITIVE_INFINITY : end, value }];
  });
}

/** Rows of listings that show what was not there any more, or miss what was there. */
function glimpseFaults(history: readonly Operation[]): readonly string[] {
  const effects = effectsOf(history);
  const faults: string[] = [];
  for (const operation of history) {
    const { action, start, end } = operation;
    if (action.type !== 'glimpse') continue;
    const over = effects.filter((effect) => effect.end < start);
    const isCurrent = (effect: { readonly start: number; readonly end: number }) =>
      effect.start <= end && !over.some((later) => later.start > effect.end);
    const sources = effects.filter(({ value }) => value === action.found);
    const untouched = action.found === undefined && isCurrent({ start: 0, end: Number.NEGATIVE_INFINITY });
    if (!untouched && !sources.some(isCurrent)) faults.push(`${line(operation)} was not there any more, or not yet`);
  }
  return faults;
}
