/**
 * Measures one line of the bench on one server: the load processes make their requests, the server's processor time is
 * read, they go, and it is read again.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { FromLoad, Job, Result, ToLoad } from './load.ts';
import { cpuSeconds, machineSeconds } from './meter.ts';

export interface Measured {
  readonly operations: number;
  /** Server's processor seconds for one operation. */
  readonly cpuPerOperation: number;
  readonly operationsPerSecond: number;
  /** Processor seconds used in one second: 1 is one core all the time. */
  readonly serverCores: number;
  readonly loadCores: number;
  /** Likewise, of everything else on this machine. */
  readonly otherCores: number;
}

/** After the last answer, work that the server put off (flushes, sweeping) still counts for this long. */
const AFTERWORK_MS = 300;

/** The load's processes, started once and used for every measurement. */
export class Load implements Disposable {
  readonly #processes: readonly ChildProcess[];

  constructor(count: number) {
    const program = fileURLToPath(new URL('load.ts', import.meta.url));
    this.#processes = Array.from({ length: count }, () => fork(program));
  }

  [Symbol.dispose](): void {
    for (const child of this.#processes) child.kill();
  }

  /** Runs `job` once, its requests and keys shared out among the processes. */
  async run(job: Job): Promise<{ readonly results: readonly Result[]; readonly seconds: number }> {
    return this.#run(job, async () => {});
  }

  async measure(job: Job, pid: number): Promise<Measured> {
    let [before, machineBefore] = [0, 0];
    const { results, seconds } = await this.#run(job, async () => {
      [before, machineBefore] = [await cpuSeconds(pid), await machineSeconds()];
    });
    const machine = (await machineSeconds()) - machineBefore;
    await sleep(AFTERWORK_MS);
    const used = (await cpuSeconds(pid)) - before;
    const operations = results.reduce((sum, result) => sum + result.operations, 0);
    const loadSeconds = results.reduce((sum, result) => sum + result.cpuSeconds, 0);
    return {
      operations,
      cpuPerOperation: used / operations,
      operationsPerSecond: operations / seconds,
      serverCores: used / seconds,
      loadCores: loadSeconds / seconds,
      otherCores: Math.max(0, machine - used - loadSeconds) / seconds,
    };
  }

  async #run(job: Job, whenReady: () => Promise<void>): Promise<{ results: readonly Result[]; seconds: number }> {
    const share = this.#processes.length;
    const count = Math.ceil(job.count / share);
    const keys = job.operation === 'LIST' ? job.keys : Math.ceil(job.keys / share);
    const ready = this.#processes.map((child, index) => {
      const own: Job = { ...job, count, keys, first: job.first + index * keys, connections: job.connections / share };
      return ask(child, { job: own });
    });
    await Promise.all(ready);
    await whenReady();
    const started = performance.now();
    const answers = await Promise.all(this.#processes.map((child) => ask(child, 'go')));
    const seconds = (performance.now() - started) / 1000;
    const results = answers.flatMap((answer) => (answer === 'ready' ? [] : [answer.result]));
    const failures = results.map((result) => JSON.stringify(result.failures)).filter((text) => text !== '{}');
    if (failures.length > 0) throw new Error(`${job.operation} on port ${job.access.port}: ${failures.join(' ')}`);
    return { results, seconds };
  }
}

async function ask(child: ChildProcess, message: ToLoad): Promise<FromLoad> {
  const waiting = new AbortController();
  const { signal } = waiting;
  const ended = once(child, 'exit', { signal }).then(() => undefined);
  ended.catch(() => {});
  try {
    child.send(message);
    const [answer]: FromLoad[] = (await Promise.race([once(child, 'message', { signal }), ended])) ?? [];
    if (answer === undefined) throw new Error('a load process ended');
    return answer;
  } finally {
    waiting.abort();
  }
}
