/**
 * The Cassandra engine: rows and bodies in a cluster, for any number of front ends in any number of regions.
 *
 * docs/decisions/0006-cassandra-engine.md has the tables and the protocol, types.ts what the rooms offer each other:
 * database/ speaks with the cluster, shards/ keeps the keys of a bucket in partitions that split and merge, keys/ changes keys,
 * bodies/ keeps bytes, uploads/ multipart uploads, directory/ accounts and access keys, buckets/ buckets and their names,
 * audit/ the audit trail and refusals.
 * Here they are put together.
 */

import type { Limits } from '../../base/limits.ts';
import type { Capabilities, Engine } from '../port.ts';
import { Activity } from './audit/activity.ts';
import { Refusals } from './audit/refusals.ts';
import { Trail } from './audit/trail.ts';
import { createBodies } from './bodies/bodies.ts';
import { createBuckets } from './buckets/buckets.ts';
import { type DatabaseOptions, openDatabase } from './database/open.ts';
import { openSessions } from './database/sessions.ts';
import type { Sessions } from './database/types.ts';
import { createDirectory } from './directory/directory.ts';
import { createClaims } from './keys/claims.ts';
import { createKeys } from './keys/keys.ts';
import { CassandraRows } from './rows.ts';
import { createShards } from './shards/shards.ts';
import { createTags } from './tags.ts';
import { TUNING } from './tuning.ts';
import type { Home, Owners, Tools, Tuning } from './types.ts';
import { createUpkeep } from './upkeep/upkeep.ts';
import { createUploads } from './uploads/uploads.ts';

export interface CassandraOptions extends DatabaseOptions {
  readonly limits: Limits;
  readonly tuning?: Tuning;
  /** For commands that only look: nothing is begun that was not asked for. */
  readonly readOnly?: boolean;
  /** For tests whose clock is their own: format, clocks and behaviour of the cluster are not looked at. */
  readonly unchecked?: boolean;
  /** Tests put sessions that fail between the rooms and the database. */
  readonly through?: (sessions: Sessions) => Sessions;
}

/**
 * Opens the store in a cluster; `moraine cassandra init` has made it. Throws an `Error` that says what to do when the cluster
 * cannot be reached, holds another format, or does not keep what the engine's promises rest on.
 */
export async function openCassandra(options: CassandraOptions): Promise<Engine> {
  const { readOnly = false, unchecked = false, through = same } = options;
  const database = unchecked ? await openSessions(options) : await openDatabase(readingOnly(options, readOnly));
  const sessions = 'sessions' in database ? database.sessions : database;
  const rooms = createRooms(toolsOf(options, through(sessions)));
  const close = async (): Promise<void> => {
    try {
      await rooms.close();
    } finally {
      await database.close();
    }
  };
  try {
    if (!readOnly) await rooms.directory.settle();
  } catch (error) {
    await close();
    throw error;
  }
  return Object.freeze({
    capabilities: CAPABILITIES,
    rows: new CassandraRows(rooms),
    blobs: rooms.bodies,
    upkeep: rooms.upkeep,
    close,
  });
}

const same = (sessions: Sessions): Sessions => sessions;

/** The self-test writes, and takes a second. */
const readingOnly = (options: CassandraOptions, readOnly: boolean): DatabaseOptions =>
  readOnly ? { ...options, selfTest: false } : options;

const CAPABILITIES: Capabilities = Object.freeze({
  name: 'cassandra',
  // A page is a round trip, which costs as much as some two hundred rows; most listings want a screen or a thousand keys.
  scanFirstRows: 200,
  // S3's largest page and one to know whether there is more; some hundred KiB.
  scanRows: 1001,
  // Every body is chunks: rows stay small, so that listings read little.
  inlineBytes: 0,
});

function toolsOf({ clock, random, limits, log, tuning = TUNING }: CassandraOptions, sessions: Sessions): Tools {
  return Object.freeze({ sessions, clock, random, limits, log, tags: createTags(clock, random), tuning });
}

function createRooms(tools: Tools) {
  const shards = createShards(tools);
  const claims = createClaims(tools, shards);
  // Uploads know what names a body, and need bodies themselves.
  const { bodies, sweep, placeOf, close: closeBodies } = createBodies(tools, (): Owners => uploads.owners);
  const keys = createKeys(tools, { shards, claims, bodies });
  const uploads = createUploads(tools, { shards, claims, bodies, keys });
  const directory = createDirectory(tools);
  const trail = new Trail(tools);
  const buckets = createBuckets(tools, {
    shards,
    keepAccount: (id) => directory.keepAccount(id),
    hasAccount: (id) => directory.hasAccount(id),
    tidyKey: (home: Home, key: Buffer) => keys.owners.tidy(home, key),
    abandonUploads: (home: Home) => uploads.abandonAll(home),
  });
  return {
    ...{
      bodies,
      keys,
      uploads,
      directory,
      buckets,
      trail,
      refusals: new Refusals(tools),
      activity: new Activity(tools),
    },
    upkeep: createUpkeep({
      ...{ tools, shards, bodies, keys, uploads, trail, placeOf },
      // What follows the changes that were acknowledged so far is swept too.
      sweep: async (round) => {
        await keys.idle();
        return await sweep(round);
      },
      bucketNamed: (name) => buckets.byName(name),
      bucketById: (id) => buckets.byId(id),
      hasAccount: (id) => directory.hasAccount(id),
      resumeJobs: (home) => shards.resume(home),
    }),
    /** What works for others first, then what works for itself. */
    close: async () => {
      await buckets.close();
      await keys.close();
      await closeBodies();
      await shards.close();
    },
  };
}
