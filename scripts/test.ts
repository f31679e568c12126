/**
 * `npm test`: sets up what is missing, checks types and lint, runs every test file, and ends with one line,
 * `N passed, N failed` (and `, N skipped`). Types and lint count as one each.
 *
 *   npm test                       everything
 *   npm test -- test/clients       only files whose path begins so
 *   npm run test:quick             types, lint and what needs no service and no network
 */

import { argv, env, exit, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Ring } from './cassandra/ring.ts';
import { GROUPS, type Group, inGroup, isOnTheRing, needOf, testFiles } from './testing/groups.ts';
import { NEEDY, prepare } from './testing/preparing.ts';
import type { Outcome } from './testing/reporter.ts';
import { ended, type FileRun, ProcessGroups, runFile } from './testing/runner.ts';
import { startSharedRing } from './testing/shared-ring.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CHECK_MS = 10 * 60_000;
/** Test files at the same time, beside those that bear any company. */
const AT_ONCE = 2;

/**
 * A run that was asked to try more than usual (`FUZZ_RUNS`, `KILL_ROUNDS`, `CASSANDRA_FAULTS_SECONDS` and the like) gets as
 * much more time.
 */
const PATIENCE = Object.keys(env).some((name) => /^[A-Z_]+_(RUNS|ROUNDS|SECONDS)$/.test(name)) ? 60 : 1;

function print(line: string): void {
  stdout.write(`${line}\n`);
}

const say = (line: string): void => print(`     ${line}`);

function indented(text: string): string {
  return text.replace(/^/gm, '    ');
}

function tally(runs: readonly FileRun[], kind: Outcome['kind']): number {
  return runs.flatMap((one) => one.outcomes).filter((outcome) => outcome.kind === kind).length;
}

/** One line for a file, and all that is needed to see why something in it failed. */
function printRun(one: FileRun): void {
  const failures = one.outcomes.filter((outcome) => outcome.kind === 'failed');
  const count = one.outcomes.length;
  const sum = failures.length > 0 ? `${failures.length} of ${count} failed` : `${count}`;
  print(`${failures.length > 0 ? 'FAIL' : 'ok  '} ${one.file} (${sum}, ${one.seconds.toFixed(1)} s)`);
  for (const failure of failures) print(`\n  ✗ ${failure.name}\n${indented(failure.detail)}\n`);
  if (failures.length > 0 && one.output.trim() !== '')
    print(`  what ${one.file} printed:\n${indented(one.output.trim())}\n`);
  for (const { name, kind, detail } of one.outcomes) if (kind === 'skipped') print(`  skipped: ${name}: ${detail}`);
}

/** One failure that is no test's. */
function failure(file: string, name: string, detail: string): FileRun {
  return { file, seconds: 0, outcomes: [{ name, kind: 'failed', detail }], output: '' };
}

/** Does all of `work`, so many at a time, in order. */
async function inTurn<T>(work: readonly T[], atOnce: number, act: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...work];
  const slot = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await act(one);
  };
  await Promise.all(Array.from({ length: atOnce }, slot));
}

/** One run of some of the test files, and what has come of it so far. */
class TestRun {
  readonly #processes = new ProcessGroups();
  /** Ends what makes the machine ready. */
  readonly #over = new AbortController();
  readonly #files: readonly string[];
  readonly #runs: FileRun[] = [];
  /** Folder → whether the machine could be made ready for it. */
  readonly #ready = new Map<string, Promise<boolean>>();
  #ring: Promise<Ring | undefined> = Promise.resolve(undefined);

  constructor(files: readonly string[]) {
    this.#files = files;
  }

  get runs(): readonly FileRun[] {
    return this.#runs;
  }

  #add(one: FileRun): void {
    printRun(one);
    this.#runs.push(one);
  }

  /** Ends everything that was started when the run is ended from outside. */
  endOnSignals(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, async () => {
        this.#processes.endAll();
        this.#over.abort();
        await this.stop();
        exit(130);
      });
    }
  }

  /** Begins to make the machine ready, in the background: Debian's packages can be installed by one program at a time. */
  prepare(): void {
    let last: Promise<unknown> = Promise.resolve();
    for (const folder of NEEDY.filter((name) => this.#files.some((file) => file.startsWith(name)))) {
      const ready = last.then(async () => {
        const why = await prepare(folder, say, this.#over.signal);
        if (why !== undefined) this.#add(failure('set-up', `what ${folder} needs`, why));
        return why === undefined;
      });
      this.#ready.set(folder, ready);
      last = ready;
    }
    const wanted = this.#files.some(isOnTheRing);
    if (wanted)
      this.#ring = (this.#ready.get('test/cassandra/') ?? Promise.resolve(true)).then(() => this.#startRing());
  }

  /** Files that go over the ring run without it when it cannot be started, which counts as one failure. */
  async #startRing(): Promise<Ring | undefined> {
    try {
      return await startSharedRing(say);
    } catch (error) {
      this.#add(
        failure('set-up', 'what the shared ring needs', error instanceof Error ? error.message : String(error)),
      );
      return undefined;
    }
  }

  async stop(): Promise<void> {
    await (await this.#ring)?.stop().catch(() => {});
  }

  /** Types and lint, each as one outcome. */
  async check(): Promise<void> {
    const projects = ['.', 'console', 'test/console', 'test/browser'];
    const types = projects.map((project) => ({
      name: `types of ${project}`,
      args: ['node_modules/typescript/bin/tsc', '--noEmit', '--project', project],
    }));
    const lint = { name: 'lint', args: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'] };
    await inTurn([...types, lint], 2, async ({ name, args }) => {
      const started = performance.now();
      const child = this.#processes.start(process.execPath, args, { cwd: ROOT });
      const { code, output } = await ended(this.#processes, child, CHECK_MS);
      const outcome: Outcome = { name, kind: code === 0 ? 'passed' : 'failed', detail: output.trim() };
      this.#add({ file: name, seconds: (performance.now() - started) / 1000, outcomes: [outcome], output: '' });
    });
  }

  /** Files that no group runs. */
  strays(): void {
    for (const file of this.#files)
      if (!GROUPS.some((group) => inGroup(file, group)))
        this.#add(failure(file, '(the file)', 'is in no group of scripts/testing/groups.ts'));
  }

  async #runFile(file: string, group: Group): Promise<void> {
    if (isOnTheRing(file)) await this.#ring;
    const need = needOf(file);
    if (need !== undefined && (await this.#ready.get(need)) === false) return;
    const more = group.onCassandra === true ? { MORAINE_TEST_ENGINE: 'cassandra' } : {};
    const limitMs = group.minutes * 60_000 * PATIENCE;
    const done = await runFile(this.#processes, ROOT, { path: file, env: more }, limitMs);
    this.#add(group.onCassandra === true ? { ...done, file: `${file} on Cassandra` } : done);
  }

  /** So many files at once, in order; a group begins while the last files of the one before still run. */
  async #runTogether(groups: readonly Group[]): Promise<void> {
    const waiting = groups.map((group) => ({ group, files: this.#files.filter((file) => inGroup(file, group)) }));
    const running = new Map<Promise<void>, Group>();
    const mayStart = ({ group, files }: (typeof waiting)[number]): boolean =>
      files.length > 0 && [...running.values()].filter((one) => one === group).length < group.atOnce;
    for (;;) {
      const next = running.size < AT_ONCE ? waiting.find(mayStart) : undefined;
      const file = next?.files.shift();
      if (next === undefined || file === undefined) {
        if (running.size === 0) return;
        await Promise.race(running.keys());
        continue;
      }
      const run = this.#runFile(file, next.group).finally(() => running.delete(run));
      running.set(run, next.group);
    }
  }

  /** Groups that bear any company run beside the others; one that bears none has nothing beside it. */
  async runGroups(groups: readonly Group[]): Promise<void> {
    const of = (company: Group['company']) => groups.filter((group) => group.company === company);
    await Promise.all([...of('any').map((group) => this.#runTogether([group])), this.#runTogether(of(undefined))]);
    for (const group of of('none')) await this.#runTogether([group]);
  }
}

async function main(args: readonly string[]): Promise<number> {
  const only = args.filter((argument) => !argument.startsWith('--'));
  const quick = args.includes('--quick');
  const groups = GROUPS.filter((group) => group.quick || !quick);
  const asked = testFiles(ROOT).filter((file) => only.length === 0 || only.some((start) => file.startsWith(start)));
  const isElsewhere = (file: string) =>
    GROUPS.some((one) => inGroup(file, one)) && !groups.some((one) => inGroup(file, one));
  const run = new TestRun(asked.filter((file) => !isElsewhere(file)));
  run.endOnSignals();
  if (!quick) run.prepare();
  if (only.length === 0) await run.check();
  run.strays();
  await run.runGroups(groups);
  await run.stop();

  const [passed, failed, skipped] = [tally(run.runs, 'passed'), tally(run.runs, 'failed'), tally(run.runs, 'skipped')];
  print(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

process.exitCode = await main(argv.slice(2));
