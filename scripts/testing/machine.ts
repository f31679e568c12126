/**
 * What every set-up script does to the machine: look for programs, run them, install Debian's packages, and keep what was
 * made once. Nothing is installed without root or password-less sudo; the message then says what to do by hand.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { env } from 'node:process';

/** Something the machine lacks and that this program may not or cannot install. The message says what to do. */
export class CannotPrepare extends Error {}

export type Log = (line: string) => void;

const APT = ['-o', 'DPkg::Lock::Timeout=300', '-y', '-q', '--no-install-recommends'];

export function onPath(program: string): string | undefined {
  const folders = [...(env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/go/bin'];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** Runs to the end; what it said is shown only when it failed. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): void {
  const done = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });
  if (done.status === 0) return;
  const said = `${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}`.trim();
  throw new CannotPrepare(`${[command, ...args].join(' ')} failed:\n${said}`);
}

export function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Installs packages, or throws `CannotPrepare`. `who` begins the sentence for whoever must do it by hand: "The tests need". */
export function installDebian(packages: readonly string[], who: string, log: Log): void {
  const wanted = packages.join(' ');
  const root = process.getuid?.() === 0;
  const byHand = `${who} Debian's ${wanted}. Install them (sudo apt-get install ${wanted}) and run again; \`npm run test:quick\` does without.`;
  if (onPath('apt-get') === undefined) throw new CannotPrepare(`No apt-get here. ${byHand}`);
  if (!root && !succeeds('sudo', ['-n', 'true']))
    throw new CannotPrepare(`Neither root nor password-less sudo. ${byHand}`);
  log(`installing Debian's ${wanted}`);
  const apt = (...args: string[]) => {
    const settings = { ...env, DEBIAN_FRONTEND: 'noninteractive' };
    if (root) run('apt-get', args, { env: settings });
    else run('sudo', ['-n', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args]);
  };
  apt('update', '-q');
  apt('install', ...APT, ...packages);
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Does `work` when `folder` wasn't made from this very content of `source`. */
export function once(folder: string, source: string, work: () => void): void {
  const marker = join(folder, '.made-from');
  const now = digest(source);
  if (existsSync(marker) && readFileSync(marker, 'utf8') === now) return;
  rmSync(folder, { recursive: true, force: true });
  work();
  writeFileSync(marker, now);
}
