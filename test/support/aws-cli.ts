/** aws-cli as installed for the tests: each command a process of its own, without the second that loading Python takes. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cleanEnvironment, type Done, ROOT } from './processes.ts';

export interface AwsCommand {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface AwsCli extends AsyncDisposable {
  /** Runs one command to its end, whatever its exit code; after those that were asked for before. */
  run(command: AwsCommand): Promise<Done>;
}

/** `env`: what Python itself heeds when it starts (`PYTHONPATH`); all else comes with each command. */
export function startAwsCli(env: Readonly<Record<string, string>> = {}): AwsCli {
  const program = join(ROOT, 'test/clients/python/warm_aws.py');
  const child = spawn(join(ROOT, '.cache/venv/bin/python'), [program], {
    env: cleanEnvironment({ LC_ALL: 'C.UTF-8', ...env }),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  const ask = async (command: AwsCommand): Promise<Done> => {
    child.stdin.write(`${JSON.stringify(command)}\n`);
    const answer = await answers.next();
    if (answer.done === true) throw new Error(`aws ${command.args.join(' ')}: aws-cli's process has ended`);
    return JSON.parse(answer.value);
  };
  return {
    run: (command) => {
      const done = last.then(() => ask(command));
      last = done.catch(() => {});
      return done;
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await exit;
    },
  };
}
