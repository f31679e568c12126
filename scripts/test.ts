/**
 * `npm test`: sets up what is missing, checks types and lint, runs every test file, and ends with one line,
 * `N passed, N failed` (and `, N skipped`). Types and lint count as one each.
 *
 *   npm test                       everything
 *   npm test -- test/clients       only files whose path begins so
 *   npm run test:quick             types, lint and what needs no service and no network
 */

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { argv, env, exit, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { prepareCassandra } from './cassandra/prepare.ts';
import type { Ring } from './cassandra/ring.ts';
import { CannotPrepare, type Log } from './testing/machine.ts';
import { prepareBrowser, prepareClients } from './testing/prepare.ts';
import type { Outcome } from './testing/reporter.ts';
import { type FileRun, ProcessGroups, runFile } from './testing/runner.ts';
import { startSharedRing } from './testing/shared-ring.ts';

interface Group {
  /** Folder or file below `test/`. */
  readonly path: string;
  readonly quick: boolean;
  /** Limit for each file. */
  readonly minutes: number;
  /** Files at the same time. */
  readonly atOnce: number;
  /** Below it, but in a group of its own. */
  readonly except?: string;
  /** Over the shared ring, instead of the embedded engine: two front ends, asked in turn. */
  readonly onCassandra?: boolean;
}

/** In this order. A test file outside all of these fails the run instead of being forgotten. */
const GROUPS: readonly Group[] = [
  { path: 'tidy.test.ts', quick: true, minutes: 2, atOnce: 1 },
  { path: 'unit', quick: true, minutes: 2, atOnce: 2 },
  { path: 'console', quick: true, minutes: 2, atOnce: 2 },
  { path: 'golden', quick: true, minutes: 2, atOnce: 2 },
  { path: 'contract', quick: true, minutes: 6, atOnce: 2 },
  { path: 'exhaustive', quick: false, minutes: 4, atOnce: 2 },
  { path: 'fuzz', quick: false, minutes: 10, atOnce: 2 },
  { path: 'model', quick: false, minutes: 10, atOnce: 2 },
  { path: 'faults', quick: false, minutes: 20, atOnce: 1 },
  // Most of them wait for nodes to start and to notice each other; under load and faults, nothing else may be in the way.
  { path: 'cassandra', quick: false, minutes: 15, atOnce: 2, except: 'cassandra/faults.test.ts' },
  { path: 'cassandra/faults.test.ts', quick: false, minutes: 15, atOnce: 1 },
  { path: 'browser', quick: false, minutes: 5, atOnce: 2 },
  { path: 'clients', quick: false, minutes: 10, atOnce: 2 },
  { path: 'clients', quick: false, minutes: 15, atOnce: 2, onCassandra: true },
];

/** Folder → what makes the machine ready for its files. Where that fails, they count as one failure and are not run. */
const NEEDS: Readonly<Record<string, (root: string, log: Log) => void | Promise<void>>> = {
  'test/cassandra/': (root, log) => void prepareCassandra(root, log),
  'test/browser/': (root, log) => {
    prepareBrowser(root, log);
    // One page is held to what a client does with the configuration that it shows.
    prepareClients(root, log);
  },
  'test/clients/': prepareClients,
};

/** Folders whose files also run over the shared ring, where there is one. */
const ON_THE_RING: readonly string[] = ['test/contract/', 'test/model/', 'test/cassandra/', 'test/clients/'];

/**
 * A run that was asked to try more than usual (`FUZZ_RUNS`, `KILL_ROUNDS`, `CASSANDRA_FAULTS_SECONDS` and the like) gets as
 * much more time.
 */
const PATIENCE = Object.keys(env).some((name) => /^[A-Z_]+_(RUNS|ROUNDS|SECONDS)$/.test(name)) ? 60 : 1;

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function print(line: string): void {
  stdout.write(`${line}\n`);
}

function indented(text: string): string {
  return text.replace(/^/gm, '    ');
}

/** A checker (types, lint) as one outcome; `args` follow the pinned node. */
function check(name: string, args: readonly string[]): FileRun {
  const started = performance.now();
  const done = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  const output = `${done.stdout}${done.stderr}`.trim();
  const outcome: Outcome = { name, kind: done.status === 0 ? 'passed' : 'failed', detail: output };
  return { file: name, seconds: (performance.now() - started) / 1000, outcomes: [outcome], output: '' };
}

function testFiles(): readonly string[] {
  const found = readdirSync(join(ROOT, 'test'), { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts') && !entry.parentPath.includes('node_modules'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}

function inGroup(file: string, group: Group): boolean {
  if (group.except !== undefined && file === `test/${group.except}`) return false;
  return file === `test/${group.path}` || file.startsWith(`test/${group.path}/`);
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

const environmentOf = ({ onCassandra = false }: Group): Readonly<Record<string, string>> =>
  onCassandra ? { MORAINE_TEST_ENGINE: 'cassandra' } : {};

async function runGroup(groups: ProcessGroups, group: Group, files: readonly string[]): Promise<readonly FileRun[]> {
  const waiting = files.filter((file) => inGroup(file, group));
  const runs: FileRun[] = [];
  const slot = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const ended = await runFile(
        groups,
        ROOT,
        { path: file, env: environmentOf(group) },
        group.minutes * 60_000 * PATIENCE,
      );
      const one = group.onCassandra === true ? { ...ended, file: `${file} on Cassandra` } : ended;
      printRun(one);
      runs.push(one);
    }
  };
  await Promise.all(Array.from({ length: group.atOnce }, slot));
  return runs;
}

/** Files that no group runs. */
function strays(files: readonly string[]): readonly FileRun[] {
  const lost = files.filter((file) => !GROUPS.some((group) => inGroup(file, group)));
  const outcome: Outcome = { name: '(the file)', kind: 'failed', detail: 'is in no group of scripts/test.ts' };
  return lost.map((file) => ({ file, seconds: 0, outcomes: [outcome], output: '' }));
}

/** Sets up what `folder` needs. Returns what that counts as: nothing when it went well, else a failure. */
async function prepare(folder: string): Promise<readonly FileRun[]> {
  try {
    await NEEDS[folder]?.(ROOT, (line) => print(`     ${line}`));
    return [];
  } catch (error) {
    if (!(error instanceof CannotPrepare)) throw error;
    return [setUpFailed(folder, error)];
  }
}

/** What `path` needs could not be made ready. */
function setUpFailed(path: string, error: unknown): FileRun {
  const outcome: Outcome = {
    name: `what ${path} needs`,
    kind: 'failed',
    detail: error instanceof Error ? error.message : String(error),
  };
  return { file: 'set-up', seconds: 0, outcomes: [outcome], output: '' };
}

/** Ends everything that was started when the run is ended from outside. */
function endWith(processes: ProcessGroups, ring: () => Promise<Ring> | undefined): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, async () => {
      processes.endAll();
      const stopped = ring()?.then((one) => one.stop());
      await stopped?.catch(() => {});
      exit(130);
    });
  }
}

async function main(args: readonly string[]): Promise<number> {
  const quick = args.includes('--quick');
  const only = args.filter((argument) => !argument.startsWith('--'));
  const processes = new ProcessGroups();
  let ring: Promise<Ring> | undefined;
  endWith(processes, () => ring);
  const wanted = GROUPS.filter((group) => group.quick || !quick);
  const every = testFiles();
  const files = every.filter((file) => only.length === 0 || only.some((start) => file.startsWith(start)));
  const chosen = files.filter((file) => wanted.some((group) => inGroup(file, group)));

  const runs: FileRun[] = [];
  const add = (more: readonly FileRun[]) => {
    more.forEach(printRun);
    runs.push(...more);
  };
  if (only.length === 0) {
    for (const project of ['.', 'console', 'test/console', 'test/browser']) {
      add([check(`types of ${project}`, ['node_modules/typescript/bin/tsc', '--noEmit', '--project', project])]);
    }
    add([check('lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'])]);
    add(strays(every));
  }
  const unready: string[] = [];
  for (const folder of Object.keys(NEEDS).filter((name) => chosen.some((file) => file.startsWith(name)))) {
    const failures = await prepare(folder);
    add(failures);
    if (failures.length > 0) unready.push(folder);
  }
  const runnable = chosen.filter((file) => !unready.some((folder) => file.startsWith(folder)));
  if (!quick && runnable.some((file) => ON_THE_RING.some((folder) => file.startsWith(folder)))) {
    ring = startSharedRing((line) => print(`     ${line}`));
    await ring.catch((error: unknown) => add([setUpFailed('the shared ring', error)]));
  }
  for (const group of wanted) runs.push(...(await runGroup(processes, group, runnable)));
  await ring?.then(
    (one) => one.stop(),
    () => {},
  );

  const [passed, failed, skipped] = [tally(runs, 'passed'), tally(runs, 'failed'), tally(runs, 'skipped')];
  print(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

process.exitCode = await main(argv.slice(2));
