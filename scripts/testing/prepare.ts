/**
 * Sets up what the tests and the bench need beside npm's packages: Debian's S3 clients and browser, Python's clients, the AWS
 * SDK for JavaScript, and the bench's peers. Everything but Debian's packages goes into `.cache`, and nothing is done twice.
 *
 * Left out: machines without apt. There the message names the programs, and who has them installed goes on.
 */

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import { buildConsole, CannotBuild } from '../console/build.ts';
import { CannotPrepare, installDebian, type Log, once, onPath, run, succeeds } from './machine.ts';
import { prepareSdks } from './sdks.ts';

/** Program → Debian package that has it. */
const PROGRAMS: ReadonlyMap<string, string> = new Map([
  ['s3cmd', 's3cmd'],
  ['rclone', 'rclone'],
  ['restic', 'restic'],
  ['s3fs', 's3fs'],
  ['openssl', 'openssl'],
  ['curl', 'curl'],
]);
const DEBIAN_PYTHON = '/usr/bin/python3';

/** The peer of the bench, pinned: figures are compared over time. */
const VERSITYGW = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0';

/** Debian packages whose programs are missing here. */
function missingPackages(): readonly string[] {
  const missing = [...PROGRAMS].filter(([program]) => onPath(program) === undefined).map(([, name]) => name);
  const python = succeeds(DEBIAN_PYTHON, ['-c', 'import ensurepip, venv']);
  return python ? missing : [...missing, 'python3-venv'];
}

function preparePython(root: string, log: Log): void {
  const venv = join(root, '.cache', 'venv');
  const requirements = join(root, 'test/clients/python/requirements.txt');
  once(venv, requirements, () => {
    log('installing aws-cli and boto3');
    const python = existsSync(DEBIAN_PYTHON) ? DEBIAN_PYTHON : 'python3';
    run(python, ['-m', 'venv', venv]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements];
    run(join(venv, 'bin/python'), pip);
  });
}

function prepareJavaScript(root: string, log: Log): void {
  const folder = join(root, 'test/clients/js');
  once(join(folder, 'node_modules'), join(folder, 'package-lock.json'), () => {
    log('installing the AWS SDK for JavaScript');
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder });
  });
}

/** Debian's packages that are unpacked and not installed. */
const DEBIAN = join('.cache', 'debian');

/** nginx, where it is or will be. */
export const nginxOf = (root: string): string => onPath('nginx') ?? join(root, DEBIAN, 'usr/sbin/nginx');

/** nginx, unpacked into `.cache` when it isn't installed: installing it would start a server on this machine's port 80. */
function prepareNginx(root: string, log: Log): string {
  const program = nginxOf(root);
  if (existsSync(program)) return program;
  const folder = join(root, DEBIAN);
  log("fetching Debian's nginx");
  mkdirSync(folder, { recursive: true });
  if (process.getuid?.() === 0) run('apt-get', ['update', '-q']);
  run('apt-get', ['download', '-q', 'nginx'], { cwd: folder });
  run('sh', ['-c', 'dpkg -x nginx_*.deb .'], { cwd: folder });
  return program;
}

/** Everything that `test/clients` runs. */
export function prepareClients(root: string, log: Log): void {
  const packages = missingPackages();
  if (packages.length > 0) installDebian(packages, 'The client tests need', log);
  preparePython(root, log);
  prepareJavaScript(root, log);
  prepareSdks(root, log);
}

/** The browser of `test/browser`, what stands before the Console there, and the Console. playwright-core brings no browser and is told where Debian's is. */
export async function prepareBrowser(root: string, log: Log): Promise<void> {
  if (onPath('chromium') === undefined) installDebian(['chromium'], 'The browser tests need', log);
  prepareNginx(root, log);
  try {
    await buildConsole(root, () => log('building the Console'));
  } catch (error) {
    throw error instanceof CannotBuild ? new CannotPrepare(`The Console could not be built: ${error.message}`) : error;
  }
}

function prepareVersityGw(root: string, log: Log): string {
  const folder = join(root, '.cache', 'bin');
  const program = join(folder, 'versitygw');
  if (existsSync(program)) return program;
  const go = onPath('go');
  if (go === undefined)
    throw new CannotPrepare('The bench builds VersityGW with Go 1.24 or newer, which is not installed.');
  log('building VersityGW (some minutes)');
  run(go, ['install', VERSITYGW], { env: { ...env, GOBIN: folder } });
  return program;
}

export interface Peers {
  readonly nginx: string;
  readonly versitygw: string;
}

/** The programs that the bench measures beside Moraine. */
export function prepareBench(root: string, log: Log): Peers {
  return { nginx: prepareNginx(root, log), versitygw: prepareVersityGw(root, log) };
}
