/**
 * Committing to one key: build the mutation from the state that was read, and when that state is no longer the state,
 * read again and build anew, a bounded number of times.
 *
 * The first attempt uses the target that the pipeline has read, so that a write nobody races with reads nothing twice.
 */

import { strict as assert } from 'node:assert';
import type { Body, Bucket, ObjectVersion, Revision } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { type Blobs, type Committed, Conflict, type ConflictKind, type Mutation, Unavailable } from '../store/port.ts';
import type { Call, Services } from './types.ts';

/** The state of a key in a bucket that exists. */
export interface KeyState {
  readonly bucket: Bucket;
  readonly key: string;
  /** The current version, delete markers included. */
  readonly version: ObjectVersion | undefined;
  readonly revision: Revision;
}

export interface CommittedTo {
  readonly committed: Committed;
  readonly bucket: Bucket;
}

/** `conflict` is what the attempt before failed on, for builders that must read more than the key again. */
export type BuildMutation = (state: KeyState, conflict: ConflictKind | undefined) => Mutation | Promise<Mutation>;

/** The bucket of an operation on a bucket or an object; authorisation has proved that it is there. */
export function bucketOf(call: Call): Bucket {
  assert(call.target.bucket !== undefined, `${call.operation} was authorised without a bucket`);
  return call.target.bucket;
}

/** The key that the request names, as the pipeline found it. */
export function stateOf(call: Call): KeyState {
  const { key } = call.request;
  assert(key !== undefined, `${call.operation} is an operation on an object`);
  return { bucket: bucketOf(call), key, version: call.target.version, revision: call.target.revision };
}

/**
 * Commits what `build` makes of the state. What `build` throws passes through. After `LIMITS.commitAttempts` lost races:
 * `ConditionalRequestConflict`. A bucket that went away, or came back as another: `NoSuchBucket`. Conflicts that a
 * new look at the key cannot settle pass through.
 */
export async function commitToKey(
  first: KeyState,
  services: Pick<Services, 'rows' | 'limits'>,
  build: BuildMutation,
): Promise<CommittedTo> {
  let state = first;
  let conflict: ConflictKind | undefined;
  for (let attempt = 0; attempt < services.limits.commitAttempts; attempt += 1) {
    const mutation = await build(state, conflict);
    try {
      return { committed: await services.rows.commit(mutation), bucket: state.bucket };
    } catch (error) {
      if (!(error instanceof Conflict) || !RETRIED.has(error.what)) throw error;
      conflict = error.what;
    }
    state = await readAgain(state, services);
  }
  throw new S3Error('ConditionalRequestConflict');
}

const RETRIED: ReadonlySet<ConflictKind> = new Set<ConflictKind>(['revision', 'bucket', 'source']);

async function readAgain(state: KeyState, services: Pick<Services, 'rows'>): Promise<KeyState> {
  const { bucket, version, revision } = await services.rows.getTarget({ bucket: state.bucket.name, key: state.key });
  if (bucket === undefined || bucket.id !== state.bucket.id) {
    throw new S3Error('NoSuchBucket', undefined, { fields: { BucketName: state.bucket.name } });
  }
  return { bucket, key: state.key, version, revision };
}

/**
 * Runs the commit that is to name a fresh body, and gives the body back when it certainly will not be named. Where the
 * commit may have been applied, or failed in a way we don't know, the body stays: the sweeper finds out.
 */
export async function keepOrDiscard<T>(blobs: Blobs, body: Body, commit: () => Promise<T>): Promise<T> {
  try {
    return await commit();
  } catch (error) {
    if (isCertainlyNotApplied(error)) await blobs.discard(body);
    throw error;
  }
}

const isCertainlyNotApplied = (error: unknown): boolean =>
  error instanceof Conflict || error instanceof S3Error || (error instanceof Unavailable && !error.mayHaveApplied);
