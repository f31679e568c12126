/**
 * Programs as a test's user would run them: commands that end, and a Moraine server in processes of its own.
 *
 * Black box: nothing of `src` is imported. Everything started here stays in the test's own process group, so that the
 * runner can end it whatever happens to the test.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Limit for one command, in milliseconds: far above what any needs, so that a hanging one ends with its output shown. */
const COMMAND_MS = 240_000;
const START_MS = 60_000;
const STOP_MS = 45_000;

export interface Done {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
}

/** The environment without settings that would reach Moraine or a client by accident. */
export function cleanEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ||
    /^(MORAINE|AWS|RCLONE|RESTIC|NODE_TEST|NODE_OPTIONS|PYTHON|https?_proxy|all_proxy)/i.test(name)
      ? []
      : [[name, value] as const],
  );
  return { ...Object.fromEntries(kept), PYTHONDONTWRITEBYTECODE: '1', ...more };
}

/** Runs a command to its end, whatever its exit code. */
export async function run(command: string, args: readonly string[], options: Command = {}): Promise<Done> {
  const child = spawn(command, args, { cwd: options.cwd, env: cleanEnvironment(options.env), timeout: COMMAND_MS });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (data: Buffer) => stdout.push(data));
  child.stderr.on('data', (data: Buffer) => stderr.push(data));
  child.stdin.on('error', () => {}).end(options.input ?? '');
  const [code] = await once(child, 'close');
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

/** Runs a command that must succeed and gives what it printed; throws with all of it otherwise. */
export async function succeed(command: string, args: readonly string[], options: Command = {}): Promise<string> {
  const done = await run(command, args, options);
  if (done.code === 0) return done.stdout;
  throw new Error(`${[command, ...args].join(' ')}\nended with ${done.code}\n${done.stdout}${done.stderr}`);
}

/** A loopback port that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A folder of the test's own, removed by `await using`. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'moraine-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** `pid` and the processes that it started, and they (Linux). */
export async function processTree(pid: number): Promise<readonly number[]> {
  const children = new Map<number, number[]>();
  for (const name of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (stat === '' || state === 'Z') continue;
    children.set(Number(parent), [...(children.get(Number(parent)) ?? []), Number(name)]);
  }
  const found = [pid];
  for (const one of found) found.push(...(children.get(one) ?? []));
  return found;
}

/** A process that was killed is still there for a moment, and may still write. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return stat !== '' && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
}

export interface ServerOptions {
  /** Kept when the server stops; otherwise a folder of its own, removed with it. */
  readonly data?: string;
  /** A file that says where the store is, instead of `data`: a cluster. */
  readonly config?: string;
  readonly port?: number;
  readonly workers?: number;
  /** Port of the Console, which is off otherwise. */
  readonly consolePort?: number;
  readonly tls?: { readonly certificate: string; readonly key: string };
  readonly hostNames?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ServerProcess extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  readonly pid: number;
  readonly data: string;
  /** Flags by which commands find the same store. */
  readonly store: readonly string[];
  readonly accessKey: string;
  readonly secretKey: string;
  /** All that it has printed so far. */
  output(): string;
  /** Asks it to stop and waits until it has; gives its exit code. */
  stop(): Promise<number | null>;
  /** kill -9 for it and all its workers at once. */
  kill(): Promise<void>;
}

export const ACCESS_KEY = 'AKMORAINETESTS000000';
export const SECRET_KEY = 'not/secret+only0for1tests2on3loopback';

const storeFlags = (data: string, { config }: ServerOptions): readonly string[] =>
  config === undefined ? ['--data', data] : ['--config', config];

function serverArguments(port: number, data: string, options: ServerOptions): string[] {
  const listen = [
    ...storeFlags(data, options),
    '--listen',
    `127.0.0.1:${port}`,
    '--console-listen',
    options.consolePort === undefined ? 'off' : `127.0.0.1:${options.consolePort}`,
    '--metrics-listen',
    'off',
  ];
  const workers = options.workers === undefined ? [] : ['--workers', String(options.workers)];
  const names = options.hostNames === undefined ? [] : ['--host-names', options.hostNames.join(',')];
  const tls =
    options.tls === undefined ? [] : ['--tls-certificate', options.tls.certificate, '--tls-key', options.tls.key];
  return [join(ROOT, 'src/main.ts'), 'serve', ...listen, ...workers, ...names, ...tls];
}

/** Runs `moraine` (not `serve`) to its end. */
export function moraine(args: readonly string[], options: Command = {}): Promise<Done> {
  return run(process.execPath, [join(ROOT, 'src/main.ts'), ...args], options);
}

async function answers(origin: string): Promise<boolean> {
  // Any answer will do, also a refusal and, over TLS, a certificate that this process doesn't trust.
  return fetch(origin).then(
    () => true,
    (error: unknown) =>
      error instanceof Error && /CERT|SELF_SIGNED|VERIFY|ALTNAME/.test(String(Object(error.cause).code)),
  );
}

/** Starts a server on loopback and waits until it answers. */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'moraine-server-')));
  const port = options.port ?? (await freePort());
  const origin = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  const first = { MORAINE_FIRST_ACCESS_KEY: ACCESS_KEY, MORAINE_FIRST_SECRET_KEY: SECRET_KEY };
  const child = spawn(process.execPath, serverArguments(port, data, options), {
    env: cleanEnvironment({ ...first, ...options.env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (text: Buffer) => {
    output = (output + text.toString()).slice(-50_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exit = once(child, 'exit');
  const pid = child.pid ?? 0;
  const ended = () => child.exitCode !== null || child.signalCode !== null;

  const kill = async () => {
    const tree = ended() ? [] : await processTree(pid);
    for (const one of tree) {
      try {
        process.kill(one, 'SIGKILL');
      } catch {
        // It was gone before.
      }
    }
    await exit;
    for (const one of tree) while (await isAlive(one)) await sleep(10);
  };
  const stop = async (): Promise<number | null> => {
    if (!ended()) child.kill('SIGTERM');
    const stopped = await Promise.race([exit, sleep(STOP_MS, undefined, { ref: false })]);
    if (stopped !== undefined) return child.exitCode;
    await kill();
    throw new Error(`the server did not stop within ${STOP_MS / 1000} s\n${output}`);
  };
  const dispose = async () => {
    await stop();
    if (options.data === undefined) await rm(data, { recursive: true, force: true, maxRetries: 5 });
  };

  for (let waited = 0; !(await answers(origin)); waited += 50) {
    if (ended() || waited > START_MS) {
      await kill();
      throw new Error(`the server did not start (exit code ${child.exitCode})\n${output}`);
    }
    await sleep(50);
  }
  return {
    ...{ port, origin, pid, data, store: storeFlags(data, options), accessKey: ACCESS_KEY, secretKey: SECRET_KEY },
    ...{ output: () => output, stop, kill, [Symbol.asyncDispose]: dispose },
  };
}
