/** Checks names, rows of buckets, and that the shards of a bucket cover all keys once. */

import { Corrupt, type Finding } from '../../port.ts';
import { BucketRows } from '../buckets/bucket-rows.ts';
import { type BucketRecord, bucketRecord } from '../buckets/records.ts';
import type { RegionName, Row } from '../database/types.ts';
import { SENTINEL, type StateCell } from '../shards/cells.ts';
import { type MapRow, walkMap } from '../shards/jobs.ts';
import { readState } from '../shards/rows.ts';
import type { BucketRow, Home, Tools } from '../types.ts';
import type { Problem } from './bodies.ts';
import { confirmed, findingsOf } from './looks.ts';
import { SCAN_BUCKETS, SCAN_NAMES } from './statements.ts';
import { walkTable } from './walk.ts';

export interface BucketContext {
  readonly tools: Tools;
  /** The bucket of this name, as requests find it. */
  readonly bucketNamed: (name: string) => Promise<BucketRow | undefined>;
  readonly hasAccount: (id: string) => Promise<boolean>;
}

/** Names that lead to nothing. */
export async function* nameFindings({ tools }: BucketContext): AsyncGenerator<Finding> {
  const rows = new BucketRows(tools);
  for await (const page of walkTable(tools.sessions.home, SCAN_NAMES, ({ name }) => String(name))) {
    for (const { name, bucket, region } of page) {
      const home = { bucketId: String(bucket), region: String(region) };
      const problems = await confirmed(async () => {
        const reference = (problem: string): readonly Problem[] => [{ kind: 'reference', problem }];
        if (!tools.sessions.regions.includes(home.region))
          return reference(`it is in an unknown region, ${home.region}`);
        if ((await rows.readDecided(home)) !== undefined) return [];
        return reference('its bucket is not there');
      });
      yield* findingsOf(`name ${name}`, problems);
    }
  }
}

export interface LiveBucket {
  readonly home: Home;
  readonly name: string;
  /** Its row cannot be read. */
  readonly problem?: string;
}

/** Buckets at rest; others are on their way from one state to another, and checked when they are there. */
export async function* liveBuckets({ tools }: BucketContext, region: RegionName): AsyncGenerator<LiveBucket> {
  for await (const page of walkTable(tools.sessions.of(region), SCAN_BUCKETS, ({ id }) => String(id))) {
    for (const row of page) {
      const bucket = bucketIn(region, row);
      if (bucket !== undefined) yield bucket;
    }
  }
}

function bucketIn(region: RegionName, row: Row): LiveBucket | undefined {
  const home = { region, bucketId: String(row.id) };
  try {
    const { state, bucket } = bucketRecord(home, row);
    return state === 'live' ? { home, name: bucket.name } : undefined;
  } catch (error) {
    if (!(error instanceof Corrupt)) throw error;
    return { home, name: home.bucketId, problem: error.message };
  }
}

/** What is wrong at this moment. */
export async function bucketProblems(context: BucketContext, home: Home): Promise<readonly Problem[]> {
  const record = await new BucketRows(context.tools).readDecided(home);
  if (record?.state !== 'live') return [];
  const { bucket } = record;
  const problems: Problem[] = [];
  const holder = await context.bucketNamed(bucket.name);
  if (holder?.home.bucketId !== home.bucketId) problems.push({ kind: 'reference', problem: 'its name is not its own' });
  if (!(await context.hasAccount(bucket.owner)))
    problems.push({ kind: 'reference', problem: `its owner ${bucket.owner} is not there` });
  return [...problems, ...(await shardProblems(context.tools, record))];
}

async function shardProblems(tools: Tools, { home, bucket }: BucketRecord): Promise<readonly Problem[]> {
  const session = tools.sessions.of(home.region);
  const problems: string[] = [];
  let next: { readonly key: Buffer; readonly first: boolean } | undefined = { key: SENTINEL, first: true };
  for await (const row of walkMap(session, home)) {
    // It is being moved: its bounds are nobody's yet.
    if (row.job !== undefined) return [];
    const state = await readState(session, row.shard);
    if (next === undefined || !next.key.equals(row.low))
      problems.push(`${nameOf(row)} does not begin where the one before ends`);
    problems.push(...stateProblems(row, state));
    if (state !== undefined && state.mode !== bucket.versioning)
      problems.push(`${nameOf(row)} is ${state.mode}, the bucket ${bucket.versioning}`);
    next = state?.high && { key: state.high, first: false };
  }
  if (next !== undefined) problems.push(next.first ? 'it has no shards' : 'its last shard does not reach to the end');
  return problems.map((problem) => ({ kind: 'row', problem }));
}

function stateProblems(row: MapRow, state: StateCell | undefined): readonly string[] {
  if (state === undefined) return [`${nameOf(row)} has no state`];
  if (state.state !== 'live') return [`${nameOf(row)} is ${state.state} and has no job`];
  return state.low.equals(row.low) ? [] : [`${nameOf(row)} begins elsewhere than the map says`];
}

const nameOf = ({ shard }: MapRow): string => `shard ${shard}`;
