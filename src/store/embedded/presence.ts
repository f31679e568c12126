/**
 * Which processes use this store, and what each still reads: a small file per process in `workers/`.
 *
 * A process appears when it first writes or reads a blob file. Its file says how to tell that it lives (process id and
 * start time, boot) and its horizon: the change before which none of its readers began. The sweeper of any process takes a
 * blob only when it was removed before every living process's horizon. A horizon on file is at most a second old, and an
 * old one only makes the sweeper wait. Taking a living process for dead cannot lose data either: see `ledger.ts`.
 */

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../base/random.ts';
import type { Disk } from './disk.ts';

/** How often a horizon on file is renewed while it moves, in milliseconds. */
const RENEW_MS = 1000;

interface Card {
  readonly pid: number;
  /** Start of the process in the kernel's own count; empty where the system does not tell. */
  readonly started: string;
  readonly boot: string;
  readonly horizon: number;
}

export interface Others {
  /** Ids of the living processes, this one included. */
  readonly workers: ReadonlySet<string>;
  /** The least horizon of them. */
  readonly horizon: number;
  /** Files that processes which are gone left behind. */
  readonly leftovers: readonly string[];
}

export class Presence {
  readonly worker: string;
  readonly #directories: readonly string[];
  readonly #disk: Disk;
  readonly #sequence: () => number;
  readonly #onTick: () => void;
  readonly #readers = new Map<symbol, number>();
  #published: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `sequence` is the last committed change; `onTick` is called about once a second. */
  constructor(options: {
    /** One per drive: the same in each, so that any of them will do. */
    readonly directories: readonly string[];
    readonly disk: Disk;
    readonly random: Random;
    readonly sequence: () => number;
    readonly onTick: () => void;
  }) {
    this.#directories = options.directories;
    this.#disk = options.disk;
    this.#sequence = options.sequence;
    this.#onTick = options.onTick;
    this.worker = options.random.bytes(8).toString('hex');
  }

  /** Makes this process known. Costs nothing when it is. */
  appear(): void {
    if (this.#published === undefined) this.#publish();
    this.#timer ??= setInterval(() => {
      this.#publish();
      this.#onTick();
    }, RENEW_MS).unref();
  }

  /** A reader of what was there at change `seen` begins. Call the result when it ends. */
  enter(seen: number): () => void {
    const reader = Symbol('reader');
    this.#readers.set(reader, seen);
    this.appear();
    return () => this.#readers.delete(reader);
  }

  disappear(): void {
    clearInterval(this.#timer);
    if (this.#published !== undefined) {
      for (const directory of this.#directories) rmSync(join(directory, this.worker), { force: true });
    }
    this.#published = undefined;
  }

  async others(): Promise<Others> {
    const workers = new Set([this.worker]);
    const leftovers: string[] = [];
    let horizon = this.#horizon();
    for (const name of await this.#names()) {
      const card = this.#read(name);
      if (name === this.worker || card === 'gone') continue;
      const isCurrent = !name.includes('.');
      if (card !== 'unreadable' && !isAlive(card)) leftovers.push(name);
      else if (isCurrent) {
        workers.add(name);
        horizon = Math.min(horizon, card === 'unreadable' ? 0 : card.horizon);
      }
    }
    return { workers, horizon, leftovers };
  }

  /** Takes them away. Only what was seen to be left: whoever came since is not touched. */
  async tidy(leftovers: readonly string[]): Promise<void> {
    for (const directory of this.#directories) {
      for (const name of leftovers) await this.#disk.remove(join(directory, name)).catch(ignoreOf(this.#directories));
    }
  }

  #horizon(): number {
    return Math.min(this.#sequence(), ...this.#readers.values());
  }

  #publish(): void {
    const horizon = this.#horizon();
    if (horizon === this.#published) return;
    const card: Card = { pid: process.pid, started: startOf(process.pid), boot: bootId(), horizon };
    // Renamed into place, so that nobody reads half of it. It need not survive a crash of the machine: no reader does.
    for (const directory of this.#directories) {
      const temporary = join(directory, `${this.worker}.new`);
      try {
        writeFileSync(temporary, JSON.stringify(card), { mode: 0o600 });
        renameSync(temporary, join(directory, this.worker));
        this.#published = horizon;
      } catch {
        // The disk may be full. What is on file is older, which only makes the sweeper wait; the next tick tries again.
      }
    }
  }

  async #names(): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    for (const directory of this.#directories) {
      const listed = await this.#disk.list(directory).catch(ignoreOf(this.#directories));
      for (const name of listed ?? []) names.add(name);
    }
    return names;
  }

  /** What the process says on the drive where it could say it last. */
  #read(worker: string): Card | 'gone' | 'unreadable' {
    let best: Card | 'gone' | 'unreadable' = 'gone';
    for (const directory of this.#directories) {
      const card = readCard(join(directory, worker));
      if (typeof card === 'string') best = best === 'gone' ? card : best;
      else if (typeof best === 'string' || card.horizon > best.horizon) best = card;
    }
    return best;
  }
}

/** A drive that fails is no reason to know nothing; the only one is. */
function ignoreOf(directories: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (directories.length === 1) throw error;
    return undefined;
  };
}

function readCard(path: string): Card | 'gone' | 'unreadable' {
  try {
    const card: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isCard(card) ? card : 'unreadable';
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'gone' : 'unreadable';
  }
}

function isCard(value: unknown): value is Card {
  if (typeof value !== 'object' || value === null) return false;
  const card = new Map(Object.entries(value));
  return (
    Number.isSafeInteger(card.get('pid')) &&
    Number.isSafeInteger(card.get('horizon')) &&
    typeof card.get('started') === 'string' &&
    typeof card.get('boot') === 'string'
  );
}

function isAlive(card: Card): boolean {
  if (card.boot !== bootId()) return false;
  if (card.started !== '') return startOf(card.pid) === card.started;
  try {
    process.kill(card.pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

const bootId = (): string => readText('/proc/sys/kernel/random/boot_id').trim();

/**
 * Field 22 of /proc/PID/stat, counted behind the name, which may hold anything. proc(5). Empty for a process that has
 * ended, also while nobody has taken note of its end (a zombie, for as long as a container without an init runs).
 */
function startOf(pid: number): string {
  const stat = readText(`/proc/${pid}/stat`);
  const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? '' : (fields[18] ?? '');
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
