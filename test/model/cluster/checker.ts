/**
 * A small explicit-state model checker. A model is a shared memory (plain JSON) and processes; a process is a generator
 * that yields atomic steps. Breadth first, every interleaving of steps, every outcome of a step that has several and every
 * crash is followed, each state once; the first violation found is a shortest one and comes as a numbered trace.
 *
 * A process' local state is the list of answers that it has got since it began (or became something else): programs must
 * be functions of those answers alone. Not there on purpose: partial-order and symmetry reduction, and hashing of states
 * (the visited set holds whole states, so that "explored" means explored).
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined };

/** One atomic step. */
export interface Step<M> {
  readonly label: string;
  /** How many outcomes it has now; 0: it must wait. Omitted: one. */
  readonly choices?: (memory: M) => number;
  /** Changes the memory in place, returns the answer. */
  readonly run: (memory: M, choice: number) => unknown;
  /** Afterwards all answers are forgotten and the program begins anew with this: fewer states, and loops that end. */
  readonly become?: (answer: unknown) => Json | undefined;
}

export type Program<M> = Generator<Step<M>, void, unknown>;

export interface Process<M> {
  readonly name: string;
  /** Begins with `undefined`, or with what its last step made it become. */
  readonly program: (carried: unknown) => Program<M>;
  /** May stop for ever between any two steps, as long as the model's budget of crashes lasts. */
  readonly mayCrash?: boolean;
  /** Upkeep that need not come to an end: not stuck when it waits. */
  readonly daemon?: boolean;
}

export interface Model<M> {
  readonly name: string;
  readonly memory: M;
  readonly processes: readonly Process<M>[];
  readonly crashes?: number;
  /** What is wrong with this state; undefined when nothing is. */
  readonly invariant?: (memory: M) => string | undefined;
  /** As `invariant`, for states in which nothing can happen any more. */
  readonly atEnd?: (memory: M) => string | undefined;
  /** From every reachable state this must still be reachable: it happens in every fair run. */
  readonly always?: { readonly reachable: string; readonly holds: (memory: M) => boolean };
  /** More states than this are an error of the model, never a silent cut. */
  readonly maxStates?: number;
}

export interface Report {
  readonly states: number;
  readonly steps: number;
  readonly ends: number;
  readonly depth: number;
  readonly violation: { readonly what: string; readonly trace: string } | undefined;
}

/** What it carries, then the answers so far; or how it ended. */
type Local = unknown[] | 'done' | 'crashed';
type State<M> = [memory: M, locals: Local[], crashesLeft: number];

/** A step that answers with what `run` returns; for `yield*`. */
export function* step<M, T>(
  label: string,
  run: (memory: M, choice: number) => T,
  choices?: (memory: M) => number,
): Generator<Step<M>, T, unknown> {
  // The checker hands back what `run` returned, by way of JSON.
  return (yield { label, run, ...(choices === undefined ? {} : { choices }) }) as T;
}

/** Waits until `ready`. */
export function* until<M, T>(label: string, ready: (memory: M) => boolean, run: (memory: M) => T) {
  return yield* step<M, T>(label, run, (memory) => (ready(memory) ? 1 : 0));
}

export function* startOver<M>(): Generator<Step<M>, never, unknown> {
  yield { label: 'start over', run: () => null, become: () => undefined };
  throw new Error('a process that started over went on');
}

/** A last step: the process goes on as a program that carries what `run` returned. */
export function* turn<M>(
  label: string,
  run: (memory: M, choice: number) => Json | undefined,
  choices?: (memory: M) => number,
): Generator<Step<M>, void, unknown> {
  yield { label, run, become: (answer) => answer as Json, ...(choices === undefined ? {} : { choices }) };
}

function nextStep<M>(process: Process<M>, answers: readonly unknown[]): Step<M> | undefined {
  const program = process.program(answers[0] ?? undefined);
  let at = program.next();
  for (const answer of answers.slice(1)) {
    if (at.done) throw new Error(`${process.name} has more answers than steps`);
    at = program.next(answer);
  }
  return at.done ? undefined : at.value;
}

class Search<M> {
  readonly model: Model<M>;
  readonly keys: string[] = [];
  readonly seen = new Map<string, number>();
  readonly parents: number[] = [];
  readonly labels: string[] = [];
  readonly edges: number[] = [];
  readonly depths: number[] = [];
  steps = 0;
  ends = 0;
  #bad: { readonly at: number; readonly what: string } | undefined;

  constructor(model: Model<M>) {
    this.model = model;
  }

  run(): Report {
    const locals: Local[] = this.model.processes.map(() => [null]);
    this.#add([this.model.memory, locals, this.model.crashes ?? 0], -1, '(start)');
    for (let at = 0; at < this.keys.length && this.#bad === undefined; at++) this.#expand(at);
    if (this.#bad === undefined) this.#checkReachability();
    return {
      states: this.keys.length,
      steps: this.steps,
      ends: this.ends,
      depth: this.depths.at(-1) ?? 0,
      violation: this.#bad === undefined ? undefined : { what: this.#bad.what, trace: this.#trace(this.#bad) },
    };
  }

  /** A fresh copy: steps may change it. */
  #state(at: number): State<M> {
    return JSON.parse(this.keys[at] ?? '');
  }

  #add(state: State<M>, parent: number, label: string): void {
    const key = JSON.stringify(state);
    let at = this.seen.get(key);
    if (at === undefined) {
      at = this.keys.length;
      if (at >= (this.model.maxStates ?? 1_500_000)) throw new Error(`${this.model.name}: over ${at} states`);
      this.seen.set(key, at);
      this.keys.push(key);
      this.parents.push(parent);
      this.labels.push(label);
      this.depths.push(parent < 0 ? 0 : (this.depths[parent] ?? 0) + 1);
      this.#judge(at, this.model.invariant?.(state[0]));
    }
    if (this.model.always !== undefined && parent >= 0) this.edges.push(parent, at);
  }

  #judge(at: number, what: string | undefined): void {
    if (what !== undefined) this.#bad ??= { at, what };
  }

  #expand(at: number): void {
    const [memory, locals, crashesLeft] = this.#state(at);
    const before = this.steps;
    let waiting: string | undefined;
    for (const [who, process] of this.model.processes.entries()) {
      const answers = locals[who];
      if (!Array.isArray(answers)) continue;
      const next = nextStep(process, answers);
      if (next === undefined) continue;
      const choices = next.choices?.(memory) ?? 1;
      if (choices === 0 && process.daemon !== true) waiting ??= `${process.name} waits for ever: ${next.label}`;
      for (let choice = 0; choice < choices; choice++) this.#take(at, who, next, choice);
      if (crashesLeft > 0 && process.mayCrash === true && (answers.length > 1 || answers[0] !== null))
        this.#crash(at, who);
    }
    if (this.steps > before) return;
    this.ends++;
    this.#judge(at, waiting ?? this.model.atEnd?.(memory));
  }

  #take(at: number, who: number, next: Step<M>, choice: number): void {
    const [memory, locals, crashesLeft] = this.#state(at);
    const process = this.model.processes[who];
    const answers = locals[who];
    if (process === undefined || !Array.isArray(answers)) throw new Error('no such process');
    this.steps++;
    const answer: unknown = JSON.parse(JSON.stringify(next.run(memory, choice) ?? null));
    const now: unknown[] = next.become === undefined ? [...answers, answer] : [next.become(answer) ?? null];
    locals[who] = nextStep(process, now) === undefined ? 'done' : now;
    const shown = answer === null ? '' : ` → ${JSON.stringify(answer)}`;
    this.#add([memory, locals, crashesLeft], at, `${process.name}: ${next.label}${shown}`);
  }

  #crash(at: number, who: number): void {
    const [memory, locals, crashesLeft] = this.#state(at);
    locals[who] = 'crashed';
    this.steps++;
    this.#add([memory, locals, crashesLeft - 1], at, `${this.model.processes[who]?.name}: CRASH`);
  }

  /** Backwards from the states where `always` holds; what is not met is a run that can never get there. */
  #checkReachability(): void {
    const { always } = this.model;
    if (always === undefined) return;
    const into = new Map<number, number[]>();
    for (let i = 0; i < this.edges.length; i += 2) {
      const [from = 0, to = 0] = [this.edges[i], this.edges[i + 1]];
      const list = into.get(to);
      if (list === undefined) into.set(to, [from]);
      else list.push(from);
    }
    const met = new Uint8Array(this.keys.length);
    const work: number[] = [];
    const meet = (at: number) => {
      if (met[at] === 0) work.push(at);
      met[at] = 1;
    };
    for (let at = 0; at < this.keys.length; at++) if (always.holds(this.#state(at)[0])) meet(at);
    for (let at = work.pop(); at !== undefined; at = work.pop()) for (const from of into.get(at) ?? []) meet(from);
    const lost = met.indexOf(0);
    if (lost >= 0) this.#judge(lost, `can never again reach: ${always.reachable}`);
  }

  #trace(bad: { readonly at: number; readonly what: string }): string {
    const path: number[] = [];
    for (let at = bad.at; at > 0; at = this.parents[at] ?? -1) path.unshift(at);
    const lines = path.map((at, i) => `${String(i + 1).padStart(3)}. ${this.labels[at]}`);
    return [`${this.model.name}: ${bad.what}`, ...lines, `     memory: ${JSON.stringify(this.#state(bad.at)[0])}`].join(
      '\n',
    );
  }
}

/** Explores the model to its end, or to the first violation. */
export function check<M>(model: Model<M>): Report {
  return new Search(model).run();
}
