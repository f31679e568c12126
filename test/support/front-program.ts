/**
 * A front end in a process of its own, which tests kill: an S3 server over a Cassandra engine with the sizes and times that
 * the test wants, and the sweeper at work. `front-process.ts` starts it.
 *
 * Argument: a `FrontProgram` as JSON. Prints `ready` once it listens. SIGTERM ends it in order.
 */

import { argv, stdout } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSessionOpener } from '../../src/admin/sessions.ts';
import { createUnsealer } from '../../src/admin/unsealer.ts';
import { loadChecksums } from '../../src/base/checksum.ts';
import { systemClock } from '../../src/base/clock.ts';
import { LIMITS, type Limits } from '../../src/base/limits.ts';
import { createLog } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createSealer } from '../../src/base/seal.ts';
import { startS3Server } from '../../src/http/server.ts';
import { OPEN_PLATFORM } from '../../src/model/entities.ts';
import { keyBox } from '../../src/model/object-keys.ts';
import { createPolicyCache } from '../../src/model/policy/cache.ts';
import { oneRegion } from '../../src/model/regions.ts';
import type { Engine } from '../../src/store/port.ts';
import { type CassandraStore, openAsFront } from './cassandra.ts';
import { MASTER_KEY } from './server.ts';

export interface FrontProgram {
  readonly store: CassandraStore;
  readonly port: number;
  readonly limits: Partial<Limits>;
  /** Between two rounds of the sweeper, milliseconds. */
  readonly sweepMs: number;
}

/** What one round of the sweeper looks at. */
const SWEEP_LIMIT = 500;

async function sweepForEver(engine: Engine, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    // It fails while the cluster does; the next round does the same work.
    await engine.upkeep.sweep({ now: systemClock.now(), limit: SWEEP_LIMIT }).catch(() => {});
  }
}

async function main(program: FrontProgram): Promise<void> {
  const engine = await openAsFront(program.store);
  const sealer = createSealer(MASTER_KEY, systemRandom);
  const { rows, blobs, capabilities } = engine;
  const limits = Object.freeze({ ...LIMITS, ...program.limits });
  const region = Object.keys(program.store.regions)[0] ?? '';
  const running = await startS3Server({
    services: {
      ...{ rows, blobs, capabilities, clock: systemClock, random: systemRandom, limits },
      ...{ checksums: await loadChecksums(), regions: oneRegion(region), access: OPEN_PLATFORM },
      encryption: { platform: keyBox(sealer), ring: new Map(), customerKeysWithoutTls: false },
      noteActivity: () => {},
      policies: createPolicyCache(limits.policyCache),
    },
    names: ['localhost'],
    keyring: {
      unseal: createUnsealer(sealer, limits.signingKeyCache),
      openSession: createSessionOpener(sealer, limits),
      noteUse: () => {},
    },
    listen: { host: '127.0.0.1', port: program.port },
    log: createLog('warn', (line) => stdout.write(`${line}\n`)),
    sandbox: true,
    tls: undefined,
    trustedProxies: [],
    observe: () => {},
  });
  const end = new AbortController();
  const sweeping = sweepForEver(engine, program.sweepMs, end.signal);
  process.once('SIGTERM', async () => {
    end.abort();
    await running.stop();
    await sweeping;
    await engine.close();
  });
  stdout.write('ready\n');
}

const program: FrontProgram = JSON.parse(argv[2] ?? '');
await main(program);
