/** What runs once beside the workers: first start, Console, metrics, sweeper. */

import { join } from 'node:path';
import { createAdmin } from '../admin/admin.ts';
import { type FirstStart, firstStart } from '../admin/first-start.ts';
import type { Address } from '../base/address.ts';
import type { Sealer } from '../base/seal.ts';
import { Secret } from '../base/secret.ts';
import type { Config } from '../config.ts';
import { startConsoleServer } from '../http/api/server.ts';
import { openApp } from '../http/console/app.ts';
import { createPages, type Pages } from '../http/console/pages.ts';
import { createSetupPage } from '../http/console/setup-page.ts';
import { createEngineMetrics, type MetricsSource, registrySource, startMetricsServer } from '../http/metrics.ts';
import type { PlainReply, PlainServer } from '../http/plain-server.ts';
import type { RunningServer } from '../http/server.ts';
import { originsFor, type Site } from '../http/site.ts';
import type { Running } from '../http/workers.ts';
import { startMender } from '../jobs/mender.ts';
import { startSweeper } from '../jobs/sweeper.ts';
import { startUsage, type UsageJob } from '../jobs/usage.ts';
import { createPolicyCache } from '../model/policy/cache.ts';
import { regionsOf, type ServerParts } from './front-end.ts';
import { listening, mustBeFree } from './ports.ts';
import { s3cmdConfig } from './s3cmd.ts';
import { sealerOf } from './store.ts';
import { readVersion } from './version.ts';
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
  /** The port that S3 is served on; asked late for the same reason. */
  readonly port: () => number;
}

/** Where `npm run console` puts what it builds. */
const APP_FOLDER = join(import.meta.dirname, '../../console/dist');

/** Throws `CommandError` for a port, `MasterKeyError` for the key; then nothing of it is left running. */
export async function startBackground(parts: ServerParts, options: BackgroundOptions): Promise<Background> {
  const { config, engine, log } = parts;
  const { clock, random } = parts.context;
  const servers: (PlainServer | RunningServer)[] = [];
  const usage = usageOf(parts);
  try {
    await mustBeFree('listen', config.listen);
    if (config.consoleListen !== undefined) await mustBeFree('console-listen', config.consoleListen);
    const metrics = await startMetrics(parts, options);
    if (metrics !== undefined) servers.push(metrics);
    const sealer = await sealerOf(config, engine.rows, { random, create: true });
    const console = await startConsole(parts, options, { sealer, usage });
    if (console !== undefined) servers.push(console);
    const first = await firstStart(engine.rows, config.first, { sealer, clock, random });
    const sweeper = startSweeper({ upkeep: engine.upkeep, clock, limits: config.limits, log, wait });
    const mender = startMender({ upkeep: engine.upkeep, limits: config.limits, log, wait });
    const host = config.consoleListen?.host;
    return Object.freeze({
      first,
      console: console === undefined ? undefined : { host, port: console.port },
      reload: () => parts.certificate?.reload(),
      stop: async () => {
        await Promise.all([sweeper.stop(), mender.stop(), usage?.stop()]);
        await Promise.all(servers.map((server) => server.stop()));
      },
    });
  } catch (error) {
    await usage?.stop();
    await Promise.all(servers.map((server) => server.stop()));
    throw error;
  }
}

/** Only who looks at the Console wants to know what buckets hold. */
function usageOf({ config, engine, log, context }: ServerParts): UsageJob | undefined {
  if (config.consoleListen === undefined) return undefined;
  return startUsage({ rows: engine.rows, clock: context.clock, limits: config.limits, log, wait });
}

async function startConsole(
  parts: ServerParts,
  options: BackgroundOptions,
  { sealer, usage }: { readonly sealer: Sealer; readonly usage: UsageJob | undefined },
): Promise<RunningServer | undefined> {
  const { config, engine, log, certificate, context } = parts;
  const address = config.consoleListen;
  if (address === undefined || usage === undefined) return undefined;
  const { limits, hostNames, trustedProxies, access, consoleBase: base } = config;
  const { clock, random } = context;
  const { rows, upkeep, capabilities } = engine;
  const site = siteOf(config, options);
  const version = await readVersion();
  const admin = createAdmin({ rows, sealer, clock, random, limits });
  const policies = createPolicyCache(limits.policyCache);
  const place = {
    hostNames: [...hostNames, ...(address.host === undefined ? [] : [address.host.toLowerCase()])],
    origins: access.consoleOrigins,
  };
  const pages = await pagesOf(parts, site, options.endpoint);
  return listening('console-listen', address, () =>
    startConsoleServer({
      services: {
        ...{ admin, rows, upkeep, capabilities, usage, figures: options.requests, site },
        ...{ access, policies, clock, limits, version },
      },
      ...{ place, pages, base, listen: address, random, log, tls: certificate, trustedProxies },
    }),
  );
}

const siteOf = (config: Config, { port }: BackgroundOptions): Site => ({
  ...{ endpoint: config.endpoint, tls: config.tls !== undefined, hostNames: config.hostNames },
  ...{ regions: regionsOf(config), listen: () => ({ host: config.listen.host, port: port() }) },
});

/** The app as it was built, or the page that says how to build it. */
async function pagesOf({ config, context }: ServerParts, site: Site, endpoint: () => string): Promise<Pages> {
  const { limits, region, hostNames, consoleBase: base } = config;
  const placeholders = { accessKeyId: 'YOUR_ACCESS_KEY', secret: new Secret('YOUR_SECRET_KEY') };
  const s3cfg = (signature: 'v2' | 'v4') =>
    s3cmdConfig({ endpoint: endpoint(), hostNames, region }, placeholders, signature);
  let made: PlainReply | undefined;
  const setup = () => {
    made ??= createSetupPage({ endpoint: endpoint(), region, s3cfg: { v4: s3cfg('v4'), v2: s3cfg('v2') } });
    return made;
  };
  const app = await openApp(APP_FOLDER, limits);
  return createPages({ app, setup, base, s3: ({ host }) => originsFor(site, host), random: context.random });
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
