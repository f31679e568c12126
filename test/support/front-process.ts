/** Front ends over one Cassandra store, each a process that can be killed and started again at its place. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FrontProgram } from './front-program.ts';
import { freePort } from './processes.ts';

const PROGRAM = fileURLToPath(new URL('front-program.ts', import.meta.url));
/** Characters of what it printed that are kept. */
const KEPT = 20_000;

export class FrontProcess {
  readonly origin: string;
  readonly #program: FrontProgram;
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(program: FrontProgram) {
    this.#program = program;
    this.origin = `http://127.0.0.1:${program.port}`;
  }

  /** Starts it at a free port of loopback, which it keeps. Resolves when it serves. */
  static async start(program: Omit<FrontProgram, 'port'>): Promise<FrontProcess> {
    const front = new FrontProcess({ ...program, port: await freePort() });
    await front.restart();
    return front;
  }

  get output(): string {
    return this.#output;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it again after a kill. */
  async restart(): Promise<void> {
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(this.#program)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const ready = new Promise<boolean>((resolve) => {
      const keep = (data: Buffer) => {
        this.#output = (this.#output + data.toString()).slice(-KEPT);
        if (/^ready$/m.test(data.toString())) resolve(true);
      };
      child.stdout.on('data', keep);
      child.stderr.on('data', keep);
      child.once('exit', () => resolve(false));
    });
    if (!(await ready)) throw new Error(`the front end did not start:\n${this.#output}`);
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** In order; throws when it ended otherwise. */
  async stop(): Promise<void> {
    const code = await this.#end('SIGTERM');
    if (code !== 0) throw new Error(`the front end ended with ${code}:\n${this.#output}`);
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return 0;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
    return child.exitCode;
  }
}
