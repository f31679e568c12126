/**
 * Before a front end trusts a cluster it holds it to `behaviour.ts`, in two small tables beside the real ones, through the same
 * data centre and with the same consistency. What the engine promises cannot be kept over a database that does otherwise,
 * so a failure refuses the start.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import cassandra from 'cassandra-driver';
import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { Random } from '../../../base/random.ts';
import { Unavailable } from '../../port.ts';
import { newUuid } from '../uuid.ts';
import { BEHAVIOURS, type Behaviour } from './behaviour.ts';
import { checkBehaviour } from './behaviour-check.ts';
import type { RegionClient } from './driver.ts';
import { failureOf } from './failures.ts';
import { named } from './tables.ts';
import type { RegionName } from './types.ts';

/**
 * A race of transactions may time out on a busy cluster, or one that is just coming up, which says nothing. So long one
 * behaviour is tried, milliseconds, with a pause before each next try of up to the second figure.
 */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 2_000;
const { localQuorum, localSerial } = cassandra.types.consistencies;

export interface SelfTest {
  readonly connection: RegionClient;
  readonly prefix: string;
  readonly region: RegionName;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Log | undefined;
}

/** Throws `Error` that names the behaviour and what rests on it; `Unavailable` when the cluster does not answer. */
export async function selfTest(test: SelfTest): Promise<void> {
  for (const behaviour of BEHAVIOURS) {
    const wrong = await attempted(test, behaviour);
    if (wrong === undefined) continue;
    throw new Error(
      `this cluster does not do what Moraine's promises rest on: ${behaviour.name}. That matters because ${behaviour.reason}. ` +
        `It ${wrong}. Nothing is served over it: use Apache Cassandra 5.0, with clocks and settings as docs/cluster.md has them`,
    );
  }
}

async function attempted(test: SelfTest, behaviour: Behaviour): Promise<string | undefined> {
  const { clock, random, log } = test;
  const deadline = clock.monotonic() + PATIENCE_MS;
  for (;;) {
    try {
      return await once(test, behaviour);
    } catch (error) {
      const failure = failureOf(error);
      if (failure === undefined) throw error;
      if (clock.monotonic() > deadline)
        throw new Unavailable(`the cluster did not answer while it was tested: ${failure.message}`, {
          mayHaveApplied: false,
          cause: error,
        });
      log?.warn('the cluster did not answer while it was tested: trying again', { reason: failure.message });
      await sleep((PAUSE_MS * random.bytes(1).readUInt8()) / 256);
    }
  }
}

/** In partitions of its own, removed afterwards. */
async function once(
  { connection, prefix, region, random }: SelfTest,
  behaviour: Behaviour,
): Promise<string | undefined> {
  const names = { shard: newUuid(random), key: `0x${random.bytes(8).toString('hex')}` };
  const options = { consistency: localQuorum, serialConsistency: localSerial };
  const execute = async (cql: string) => {
    const { rows } = await connection.client.execute(named(cql, prefix, region), [], options);
    return rows ?? [];
  };
  try {
    return await checkBehaviour(execute, behaviour, names);
  } finally {
    await Promise.allSettled([
      execute(`DELETE FROM $region.trial WHERE shard = ${names.shard}`),
      execute(`DELETE FROM $region.trial_claim WHERE bucket = ${names.shard} AND k = ${names.key}`),
    ]);
  }
}
