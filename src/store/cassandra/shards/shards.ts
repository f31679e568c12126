/**
 * Shards: the partitions in which the keys of a bucket live (`Shards` of ../types.ts, decision 0006).
 *
 * read.ts and store.ts are what requests do, jobs.ts, worker.ts and copy.ts what moves shards, whole.ts what concerns all
 * shards of a bucket, upkeep.ts when they are split, merged and vacuumed.
 *
 * Left out on purpose: leases on jobs (two workers on one job only waste effort) and any memory of shards but hints.
 */

import { createHash } from 'node:crypto';
import type { Versioning } from '../../../model/entities.ts';
import type { Uuid } from '../database/types.ts';
import type { Home, Shards, Tools } from '../types.ts';
import { newUuid } from '../uuid.ts';
import { SENTINEL } from './cells.ts';
import { type Context, sessionOf } from './context.ts';
import { ShardMap } from './map.ts';
import { headRows, readKey, versionRows } from './read.ts';
import { writeState } from './rows.ts';
import { CREATE_MAP_ROW } from './statements.ts';
import { store } from './store.ts';
import { type Reshape, Upkeep } from './upkeep.ts';
import { changeMode, deleteAll } from './whole.ts';

export interface ShardsWithUpkeep extends Shards {
  /** Splits, merges with the next or vacuums the shard that has the key, now. False: nothing to do, or it has a job. */
  reshape(home: Home, key: Buffer, what: Reshape): Promise<boolean>;
  /** Continues the bucket's jobs, deletions aside (`deleteAll` does). How many there were. */
  resume(home: Home): Promise<number>;
}

export function createShards(tools: Tools): ShardsWithUpkeep {
  const map = new ShardMap(tools.sessions);
  const upkeep = new Upkeep(tools, (met) => ({ tools, map, met }));
  const { context, isStopping } = upkeep;
  const whole = (home: Home, epoch: number) => ({ context, home, epoch, isStopping });
  return Object.freeze({
    create: (home: Home, mode: Versioning) => create(context, home, mode),
    readKey: (...[home, key, how]: Parameters<Shards['readKey']>) => readKey(context, home, key, how),
    store: (...args: Parameters<Shards['store']>) => store(context, ...args),
    versionRows: (...[home, query]: Parameters<Shards['versionRows']>) => versionRows(context, home, query),
    headRows: (...[home, from, limit]: Parameters<Shards['headRows']>) => headRows(context, home, from, limit),
    changeMode: (...[home, mode, epoch]: Parameters<Shards['changeMode']>) => changeMode(whole(home, epoch), mode),
    deleteAll: (...[home, verdict, epoch]: Parameters<Shards['deleteAll']>) => deleteAll(whole(home, epoch), verdict),
    grew: (...[shard]: Parameters<Shards['grew']>) => upkeep.grew(shard),
    sawDead: (...[shard, count]: Parameters<Shards['sawDead']>) => upkeep.sawDead(shard, count),
    reshape: (home: Home, key: Buffer, what: Reshape) => upkeep.reshape(home, key, what),
    resume: (home: Home) => upkeep.resume(home),
    close: () => upkeep.close(),
  });
}

/**
 * As `Shards.create`. The first shard's id follows from the bucket's, which is never used again: whoever repeats this, however
 * late, does the same again, and finds the shard retired when the bucket is gone.
 */
async function create(context: Context, home: Home, mode: Versioning): Promise<void> {
  const session = sessionOf(context, home);
  const id = firstShardOf(home);
  const cell = { low: SENTINEL, high: undefined, mode, floor: 0n, epoch: 0, over: undefined };
  await writeState(session, id, 'live', cell);
  await session.cas(CREATE_MAP_ROW, [home.bucketId, SENTINEL, id], (row) => row.shard === id);
}

function firstShardOf({ region, bucketId }: Home): Uuid {
  const digest = createHash('sha256').update(`first shard ${region} ${bucketId}`).digest();
  return newUuid({ bytes: (count) => digest.subarray(0, count) });
}
