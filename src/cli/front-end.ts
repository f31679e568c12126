/** What each worker runs: the S3 port over the shared store. */

import { isWorker } from 'node:cluster';
import { openKeyRing } from '../admin/key-ring.ts';
import { createSessionOpener } from '../admin/sessions.ts';
import { createUnsealer } from '../admin/unsealer.ts';
import { loadChecksums } from '../base/checksum.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config.ts';
import { createRequestMetrics, shareWithPrimary } from '../http/metrics.ts';
import { startS3Server } from '../http/server.ts';
import type { Certificate } from '../http/tls.ts';
import type { Running } from '../http/workers.ts';
import { type Activity, startActivity } from '../jobs/activity.ts';
import { startKeyUses } from '../jobs/key-uses.ts';
import { startRefusals } from '../jobs/refusals.ts';
import { keyBox } from '../model/object-keys.ts';
import { createPolicyCache } from '../model/policy/cache.ts';
import { oneRegion, type Regions } from '../model/regions.ts';
import type { Engine } from '../store/port.ts';
import type { Context } from './command.ts';
import { listening } from './ports.ts';
import { sealerOf } from './store.ts';
import { wait } from './wait.ts';

/** What every part of a server is made from. */
export interface ServerParts {
  readonly config: Config;
  readonly log: Log;
  readonly certificate: Certificate | undefined;
  readonly engine: Engine;
  readonly context: Pick<Context, 'clock' | 'random' | 'out'>;
}

export interface FrontEnd extends Running {
  /** The real one, also when 0 was asked for. */
  readonly port: number;
}

/** `metrics` are fed with every request. Throws `CommandError` when the port cannot be had. */
export async function startFrontEnd(parts: ServerParts, metrics: FrontEndMetrics): Promise<FrontEnd> {
  const { config, log, certificate, engine, context } = parts;
  const { clock, random } = context;
  const { limits } = config;
  const sealer = await sealerOf(config, engine.rows, { random, create: false });
  const checksums = await loadChecksums();
  const encryption = {
    platform: keyBox(sealer),
    ring: await openKeyRing(config.keyRingPath, { random, limits }),
    customerKeysWithoutTls: config.customerKeysWithoutTls,
  };
  const { rows, blobs, capabilities } = engine;
  const keyUses = startKeyUses({ rows, clock, limits, log, wait });
  const refusals = startRefusals({ rows, clock, limits, log, wait });
  const activity = startActivity({ rows, clock, limits, log, wait });
  const stopJobs = () => Promise.all([keyUses.stop(), refusals.stop(), activity.stop()]);
  const noteActivity: Activity['note'] = (trail, event) => {
    if (trail === 'failures' || config.auditObjects) activity.note(trail, event);
  };
  const start = () =>
    startS3Server({
      services: {
        rows,
        blobs,
        capabilities,
        clock,
        random,
        limits,
        checksums,
        regions: regionsOf(config),
        access: config.access,
        policies: createPolicyCache(limits.policyCache),
        encryption,
        noteActivity,
      },
      names: config.hostNames,
      keyring: {
        unseal: createUnsealer(sealer, limits.signingKeyCache),
        openSession: createSessionOpener(sealer, limits),
        noteUse: keyUses.note,
      },
      listen: config.listen,
      log,
      sandbox: config.sandbox,
      tls: certificate,
      trustedProxies: config.trustedProxies,
      observe: metrics.observe,
      noteRefusal: refusals.note,
    });
  const server = await listening('listen', config.listen, start).catch(async (error: unknown) => {
    await stopJobs();
    throw error;
  });
  metrics.inFlightOf(server.inFlight);
  return Object.freeze({
    port: server.port,
    stop: async () => {
      const whole = await server.stop();
      await stopJobs();
      if (!whole) log.warn('requests were cut off: they took longer than limits.stop', { stopMs: limits.stopMs });
    },
    reload: () => certificate?.reload(),
  });
}

/** What this front end knows of regions: its own, and those of its cluster. */
export function regionsOf({ region, cassandra }: Config): Regions {
  if (cassandra === undefined) return oneRegion(region);
  const { regions, otherRegions: served, endpoints } = cassandra;
  const others = Object.keys(regions)
    .filter((name) => name !== region)
    .map((name) => {
      const host = endpoints[name];
      return Object.freeze({ name, served, ...(host === undefined ? {} : { host }) });
    });
  return Object.freeze({ home: region, others: Object.freeze(others) });
}

export type FrontEndMetrics = ReturnType<typeof createFrontEndMetrics>;

/** Figures of this process, made before its server. */
export function createFrontEndMetrics() {
  let inFlight = () => 0;
  const { registry, observe } = createRequestMetrics(() => inFlight());
  if (isWorker) shareWithPrimary(registry);
  const inFlightOf = (count: () => number) => {
    inFlight = count;
  };
  return Object.freeze({ registry, observe, inFlightOf });
}
