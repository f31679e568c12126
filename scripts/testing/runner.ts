/**
 * Runs one test file in a process group of its own: nothing that a test starts outlives it, whatever happens to the test.
 *
 * A file fails when one of its tests fails, when it crashes, when it runs longer than its limit, when it holds no test,
 * and when it leaves processes behind.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from './reporter.ts';

export interface FileRun {
  readonly file: string;
  readonly seconds: number;
  readonly outcomes: readonly Outcome[];
  /** What the file itself printed, for failures. */
  readonly output: string;
}

const REPORTER = new URL('reporter.ts', import.meta.url).href;
/** Characters of a failed file's own output that are kept. */
const OUTPUT_KEPT = 20_000;
/** How long processes that were told to stop may take before they count as left behind. */
const LEFTOVER_MS = 3_000;

/** Starts commands in process groups of their own and can end all of them. */
export class ProcessGroups {
  readonly #running = new Set<number>();

  start(command: string, args: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): ChildProcess {
    const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    if (child.pid !== undefined) this.#running.add(child.pid);
    return child;
  }

  /** Ends what is left of the group; says whether anything was. */
  end(group: number): boolean {
    this.#running.delete(group);
    try {
      process.kill(-group, 'SIGKILL');
      return true;
    } catch {
      return false;
    }
  }

  endAll(): void {
    for (const group of this.#running) this.end(group);
  }
}

function alive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

/** Command lines of the group's living processes (Linux; elsewhere none are named). */
async function membersOf(group: number): Promise<readonly string[]> {
  const names: string[] = [];
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue;
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(processGroup) !== group || state === 'Z') continue;
    names.push((await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim());
  }
  return names;
}

async function leftBehind(group: number): Promise<readonly string[]> {
  let members: readonly string[] = [];
  for (let waited = 0; waited < LEFTOVER_MS; waited += 100) {
    members = alive(group) ? await membersOf(group) : [];
    if (members.length === 0) return [];
    await sleep(100);
  }
  return members;
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly output: string;
}

/** Waits for the end of a started command, or ends its group when the time is over. */
export async function ended(groups: ProcessGroups, child: ChildProcess, timeoutMs: number): Promise<Ended> {
  let output = '';
  let timedOut = false;
  const keep = (data: Buffer) => {
    output = (output + data.toString()).slice(-OUTPUT_KEPT);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const timer = setTimeout(() => {
    timedOut = true;
    groups.end(child.pid ?? 0);
  }, timeoutMs);
  try {
    return await new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      // 'exit', not 'close': a process left behind may hold the pipes open.
      child.on('exit', (code, signal) => setImmediate(() => resolve({ code, signal, timedOut, output })));
    });
  } finally {
    clearTimeout(timer);
  }
}

function failed(name: string, detail: string): Outcome {
  return { name, kind: 'failed', detail };
}

/** What the file's end itself says, beside its tests. */
function verdicts(end: Ended, outcomes: readonly Outcome[], left: readonly string[], timeoutMs: number): Outcome[] {
  if (end.timedOut) return [failed('(the file)', `did not end within ${timeoutMs / 1000} s and was stopped`)];
  const found: Outcome[] = [];
  const saidWhy = outcomes.some((outcome) => outcome.kind === 'failed');
  if (end.code !== 0 && !saidWhy) found.push(failed('(the file)', `ended with ${end.signal ?? `code ${end.code}`}`));
  if (end.code === 0 && outcomes.length === 0) found.push(failed('(the file)', 'holds no test'));
  if (left.length > 0) found.push(failed('(the file)', `left processes running:\n  ${left.join('\n  ')}`));
  return found;
}

export interface TestFile {
  /** Below the root. */
  readonly path: string;
  /** On top of the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs one file and tells what came of it. Never throws for what the file does. */
export async function runFile(
  groups: ProcessGroups,
  root: string,
  { path: file, env: more = {} }: TestFile,
  timeoutMs: number,
): Promise<FileRun> {
  const started = performance.now();
  const directory = await mkdtemp(join(tmpdir(), 'moraine-tests-'));
  const report = join(directory, 'report');
  try {
    const args = [`--test-reporter=${REPORTER}`, `--test-reporter-destination=${report}`, file];
    // NODE_TEST_CONTEXT is set by node:test for its own children; it would silence our reporter. The cache spares every process of
    // a run, servers and commands too, most of the second that loading TypeScript takes.
    const cache = { NODE_COMPILE_CACHE: join(root, '.cache/node') };
    const env = { ...process.env, ...cache, ...more, NODE_TEST_CONTEXT: undefined };
    const child = groups.start(process.execPath, args, { cwd: root, env });
    const end = await ended(groups, child, timeoutMs);
    const left = end.timedOut ? [] : await leftBehind(child.pid ?? 0);
    groups.end(child.pid ?? 0);
    const lines = (await readFile(report, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
    const outcomes = lines.map((line): Outcome => JSON.parse(line));
    const all = [...outcomes, ...verdicts(end, outcomes, left, timeoutMs)];
    return { file, seconds: (performance.now() - started) / 1000, outcomes: all, output: end.output };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
