/**
 * `moraine serve`: engine, workers and what runs once beside them, put together.
 *
 * Order of a start: configuration, certificate, data directory, engine, ports, master key, first account, workers. What
 * can be refused is refused before anything is made, and the first key is made only when everything else stands.
 */

import cluster from 'node:cluster';
import type { Address } from '../base/address.ts';
import { createLog, type Log } from '../base/log.ts';
import { type Config, endpointOf, flagOf, loadConfig, SETTING_KEYS } from '../config.ts';
import { registrySource, workersSource } from '../http/metrics.ts';
import { type Certificate, openCertificate } from '../http/tls.ts';
import { runWorkers } from '../http/workers.ts';
import { flagSettings } from './arguments.ts';
import { type Background, startBackground } from './background.ts';
import { type Command, CommandError } from './command.ts';
import { prepareDirectory } from './directory.ts';
import { createFrontEndMetrics, type ServerParts, startFrontEnd } from './front-end.ts';
import { openEngine, placeOf } from './store.ts';
import { readVersion } from './version.ts';
import { banner, type Place, welcome } from './welcome.ts';

export const serve: Command = {
  name: 'serve',
  summary: 'Serves S3 and the Console until it is told to stop (SIGINT or SIGTERM).',
  details:
    'The first start makes the data directory, the master key and account operator with its first key, and prints how to use it.\nSIGHUP reads the TLS certificate again. A second SIGINT or SIGTERM stops without waiting for requests in flight.',
  positionals: [],
  options: [],
  settings: SETTING_KEYS,
  run: async (context, input) => {
    const { config } = loadConfig(input.sources);
    const log = createLog(config.logLevel);
    const certificate = certificateOf(config, log);
    if (!cluster.isWorker) await prepare(config, log);
    const { limits } = config;
    const { clock, random } = context;
    // Once for all its processes.
    const selfTest = !cluster.isWorker;
    const engine = await openEngine(context, { ...(await placeOf(config)), limits, clock, random, log, selfTest });
    try {
      return await serveFrom({ config, log, certificate, engine, context }, commandFor(input.sources.flags));
    } finally {
      await engine.close();
      certificate?.close();
      log.flush();
    }
  },
};

/** The store's directories. Of several drives one that cannot be made is missing: the engine judges that. */
async function prepare({ dataPath, drives, cassandra }: Config, log: Log): Promise<void> {
  if (cassandra !== undefined) return;
  if (drives === undefined) return prepareDirectory(dataPath, log);
  for (const path of drives.paths) {
    await prepareDirectory(path, log).catch((error: unknown) =>
      log.error('a drive is missing', { drive: path }, error),
    );
  }
}

/** `commandFor`: how a command must be called to find this store. */
async function serveFrom(parts: ServerParts, commandFor: Place['commandFor']): Promise<number> {
  const { config, log, context } = parts;
  const version = await readVersion();
  const metrics = createFrontEndMetrics();
  let { port } = config.listen;
  // Port 0: only whoever listened knows.
  cluster.on('listening', (_worker, address) => {
    port = address.port;
  });
  const endpoint = () => endpointOf(config, port);
  let background: Background | undefined;
  return runWorkers({
    workers: config.workers,
    serve: async () => {
      const frontEnd = await startFrontEnd(besideConsole(parts, background?.console), metrics);
      port = frontEnd.port;
      return frontEnd;
    },
    once: async () => {
      const requests = config.workers > 1 ? workersSource() : registrySource(metrics.registry);
      background = await startBackground(parts, { requests, endpoint, port: () => port });
      return background;
    },
    ready: () => {
      const place = { version, config, endpoint: endpoint(), console: background?.console, commandFor };
      context.out(background?.first === undefined ? banner(place) : welcome(place, background.first));
    },
    log,
    clock: context.clock,
    limits: config.limits,
  });
}

/** What S3 knows of the Console beside it, where only whoever listened knows its port. */
function besideConsole(parts: ServerParts, console: Address | undefined): ServerParts {
  const { config } = parts;
  const own = config.access.ownConsole;
  if (console === undefined || own === undefined) return parts;
  const access = { ...config.access, ownConsole: { ...own, port: console.port } };
  return { ...parts, config: { ...config, access } };
}

/** The command line that finds the same store: the command, and those of our flags that it takes. */
function commandFor(flags: ReadonlyMap<string, string>): Place['commandFor'] {
  return (command) => {
    const taken = ['config', ...flagSettings(command).map(flagOf)];
    const words = taken.flatMap((flag) => {
      const value = flags.get(flag);
      return value === undefined ? [] : [`--${flag}`, shellWord(value)];
    });
    return ['bin/moraine', command.name, ...words].join(' ');
  };
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Undefined without TLS. Throws `CommandError` when certificate or key cannot be used. */
export function certificateOf({ tls, limits }: Config, log: Log): Certificate | undefined {
  if (tls === undefined) return undefined;
  try {
    return openCertificate({ ...tls, pollMs: limits.certificatePollMs, log });
  } catch (error) {
    throw new CommandError(`tls.certificate and tls.key: ${error instanceof Error ? error.message : String(error)}`);
  }
}
