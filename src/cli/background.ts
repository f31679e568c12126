/** What runs once beside the workers: first start, Console page, metrics, sweeper. */

import { type FirstStart, firstStart } from '../admin/first-start.ts';
import { openSealer } from '../admin/masterkey.ts';
import type { Address } from '../base/address.ts';
import { Secret } from '../base/secret.ts';
import { createConsolePage } from '../http/console-page.ts';
import { createEngineMetrics, type MetricsSource, registrySource, startMetricsServer } from '../http/metrics.ts';
import { type PlainServer, startPlainServer } from '../http/plain-server.ts';
import type { Running } from '../http/workers.ts';
import { startMender } from '../jobs/mender.ts';
import { startSweeper } from '../jobs/sweeper.ts';
import type { ServerParts } from './front-end.ts';
import { listening, mustBeFree } from './ports.ts';
import { s3cmdConfig } from './s3cmd.ts';
import { wait } from './wait.ts';

export interface Background extends Running {
  /** What the first start made; undefined when this is a later one. */
  readonly first: FirstStart | undefined;
  /** Where the Console listens; undefined when it is off. */
  readonly console: Address | undefined;
}

export interface BackgroundOptions {
  /** Figures of the processes that serve. */
  readonly requests: MetricsSource;
  /** Where clients reach S3; asked when a page shows it, because the port may be known only then. */
  readonly endpoint: () => string;
}

/** Throws `CommandError` for a port, `MasterKeyError` for the key; then nothing of it is left running. */
export async function startBackground(parts: ServerParts, options: BackgroundOptions): Promise<Background> {
  const { config, engine, log } = parts;
  const { clock, random } = parts.context;
  const servers: PlainServer[] = [];
  try {
    await mustBeFree('listen', config.listen);
    const console = await startConsole(parts, options);
    if (console !== undefined) servers.push(console);
    const metrics = await startMetrics(parts, options);
    if (metrics !== undefined) servers.push(metrics);
    const sealer = await openSealer(engine.rows, config.masterKeyPath, { random, create: true });
    const first = await firstStart(engine.rows, config.first, { sealer, clock, random });
    const sweeper = startSweeper({ upkeep: engine.upkeep, clock, limits: config.limits, log, wait });
    const mender = startMender({ upkeep: engine.upkeep, limits: config.limits, log, wait });
    const host = config.consoleListen?.host;
    return Object.freeze({
      first,
      console: console === undefined ? undefined : { host, port: console.port },
      reload: () => parts.certificate?.reload(),
      stop: async () => {
        await Promise.all([sweeper.stop(), mender.stop()]);
        await Promise.all(servers.map((server) => server.stop()));
      },
    });
  } catch (error) {
    await Promise.all(servers.map((server) => server.stop()));
    throw error;
  }
}

async function startConsole(parts: ServerParts, { endpoint }: BackgroundOptions): Promise<PlainServer | undefined> {
  const { config, log, certificate } = parts;
  const address = config.consoleListen;
  if (address === undefined) return undefined;
  const { limits, region, hostNames } = config;
  const target = () => ({ endpoint: endpoint(), hostNames, region });
  const placeholders = { accessKeyId: 'YOUR_ACCESS_KEY', secret: new Secret('YOUR_SECRET_KEY') };
  let page: ReturnType<typeof createConsolePage> | undefined;
  const answer = (path: string) => {
    const s3cfg = (signature: 'v2' | 'v4') => s3cmdConfig(target(), placeholders, signature);
    page ??= createConsolePage({ endpoint: endpoint(), region, s3cfg: { v4: s3cfg('v4'), v2: s3cfg('v2') } });
    return page(path);
  };
  return listening('console-listen', address, () =>
    startPlainServer({ listen: address, limits, log, tls: certificate, answer }),
  );
}

/** Loopback by default and without TLS: monitoring on the same machine. */
async function startMetrics(parts: ServerParts, { requests }: BackgroundOptions): Promise<PlainServer | undefined> {
  const { config, log, engine } = parts;
  const address = config.metricsListen;
  if (address === undefined) return undefined;
  const sources = [requests, registrySource(createEngineMetrics(engine.upkeep))];
  const ready = async () => {
    await engine.rows.scanAccounts(undefined, 1);
    return true;
  };
  return listening('metrics-listen', address, () =>
    startMetricsServer({ listen: address, limits: config.limits, log, sources, ready }),
  );
}
