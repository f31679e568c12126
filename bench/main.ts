/**
 * `npm run bench`: what one S3 operation costs Moraine beside VersityGW (an S3 gateway over a folder, in Go) and nginx
 * (files, no S3), measured in the same run, in turn, with our own load. Prints ratios: bare times say more about the
 * machine than about the server.
 *
 *   npm run bench -- --rounds 3        fewer rounds (the default is 5, medians are printed)
 *   npm run bench -- --workers 1       Moraine with so many workers instead of one per core
 *   npm run bench -- --raw             each measurement as a line of JSON too
 */

import { availableParallelism } from 'node:os';
import { argv, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { prepareBench } from '../scripts/testing/prepare.ts';
import { fill, jobOf, LINES, type Line } from './lines.ts';
import { Load, type Measured } from './measure.ts';
import { memory, resetPeak } from './meter.ts';
import { startAll, type Target } from './targets.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Objects streamed for the memory lines: the peak over the second must be that over the first, were memory flat. */
const STREAMED = [8, 64] as const;

/** Rounds before those that count: compilers and caches of all servers come to rest in them. */
const WARM_UP = 2;

type Figures = ReadonlyMap<Line, ReadonlyMap<Target, readonly Measured[]>>;

function print(line: string): void {
  stdout.write(`${line}\n`);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [below = 0, above = 0] = sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : sorted.slice(middle - 1);
  return (below + above) / 2;
}

/** All lines, all servers, in turn; every other round in the other direction. */
async function measureAll(targets: readonly Target[], load: Load, rounds: number, raw: boolean): Promise<Figures> {
  const figures = new Map(LINES.map((line) => [line, new Map(targets.map((target) => [target, [] as Measured[]]))]));
  for (let round = -WARM_UP; round < rounds; round += 1) {
    for (const [line, byTarget] of figures) {
      const able = targets.filter((target) => target.can(line.operation));
      for (const target of round % 2 === 0 ? able : able.toReversed()) {
        const measured = await load.measure(jobOf(line, target, round), target.pid);
        if (round < 0) continue;
        byTarget.get(target)?.push(measured);
        if (raw) print(JSON.stringify({ round, line: line.name, target: target.name, ...measured }));
      }
    }
    print(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds} done`);
  }
  return figures;
}

/** Median of ours ÷ theirs, round by round: what disturbs a round disturbs both. */
function ratio(ours: readonly Measured[], theirs: readonly Measured[], of: (one: Measured) => number): string {
  const ratios = ours.flatMap((one, round) => {
    const other = theirs[round];
    return other === undefined || of(other) === 0 ? [] : [of(one) / of(other)];
  });
  return ratios.length === 0 ? '–' : median(ratios).toFixed(2);
}

/** What kept Moraine from doing more, as measured: no core was free, or somebody waited. */
function limitOf(line: Line, ours: readonly Measured[]): string {
  const cores = availableParallelism();
  const shares = [
    ['server', median(ours.map((one) => one.serverCores))],
    ['load', median(ours.map((one) => one.loadCores))],
    ['kernel and others', median(ours.map((one) => one.otherCores))],
  ] as const;
  const busy = shares.reduce((sum, [, used]) => sum + used, 0) / cores;
  const used = shares.map(([name, share]) => `${name} ${Math.round((share / cores) * 100)} %`).join(', ');
  if (busy > 0.85) return `processor: ${used}`;
  return `${line.operation === 'PUT' ? 'flushes to the disk' : 'waiting for each other'}: ${used}`;
}

function printFigures(figures: Figures, targets: readonly Target[]): void {
  const [ours, gateway, files] = targets;
  if (ours === undefined || gateway === undefined || files === undefined) throw new Error('a server is missing');
  print(
    '\n| Moraine ÷ peer | CPU per operation, VersityGW | rate, VersityGW | CPU per operation, nginx | rate, nginx | what limits Moraine |',
  );
  print('| --- | ---: | ---: | ---: | ---: | --- |');
  for (const [line, byTarget] of figures) {
    const mine = byTarget.get(ours) ?? [];
    const cells = [gateway, files].flatMap((peer) => {
      const theirs = byTarget.get(peer) ?? [];
      return [ratio(mine, theirs, (one) => one.cpuPerOperation), ratio(mine, theirs, (one) => one.operationsPerSecond)];
    });
    print(`| ${[line.name, ...cells, limitOf(line, mine)].join(' | ')} |`);
  }
  print('\nCPU below 1: Moraine needs less. Rate above 1: Moraine answers more. The load runs on the same cores.');
  print('Moraine flushes each PUT to the disk before it answers; VersityGW leaves that to the kernel. nginx checks no');
  print('signature and knows no S3: it is the floor. 4 KiB bodies are hashed into the signature, 64 MiB ones are not.');
}

async function streamed(target: Target, load: Load, operation: 'PUT' | 'GET', count: number): Promise<number> {
  const line = LINES.find((one) => one.operation === operation && one.bucket === 'large');
  if (line === undefined) throw new Error('no line streams');
  await resetPeak(target.pid);
  await load.run({ ...jobOf(line, target, 0), count });
  return (await memory(target.pid)).peak;
}

async function printMemory(targets: readonly Target[], load: Load): Promise<void> {
  const [few, many] = STREAMED;
  print(`\n| peak resident memory, streaming 64 MiB objects | after ${many} objects ÷ after ${few} | ÷ VersityGW |`);
  print('| --- | ---: | ---: |');
  for (const operation of ['PUT', 'GET'] as const) {
    const peaks: number[] = [];
    let growth = 0;
    for (const target of targets.filter((one) => one.can('PUT'))) {
      const first = await streamed(target, load, operation, few);
      const second = await streamed(target, load, operation, many);
      if (peaks.length === 0) growth = second / first;
      peaks.push(second);
    }
    print(`| ${operation}, 4 at a time | ${growth.toFixed(2)} | ${((peaks[0] ?? 0) / (peaks[1] ?? 1)).toFixed(2)} |`);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: argv.slice(2),
    options: {
      rounds: { type: 'string', default: '5' },
      workers: { type: 'string' },
      raw: { type: 'boolean', default: false },
    },
  });
  const peers = prepareBench(ROOT, print);
  using load = new Load(2);
  await using stack = new AsyncDisposableStack();
  const targets = await startAll(peers, values.workers === undefined ? undefined : Number(values.workers));
  for (const target of targets) stack.use(target);
  for (const target of targets) await fill(target, load);
  const figures = await measureAll(targets, load, Number(values.rounds), values.raw);
  printFigures(figures, targets);
  await printMemory(targets, load);
}

await main();
