/**
 * DeleteObject and DeleteObjects.
 *
 * Sources: the two operations and "Deleting object versions" in the S3 reference. What is not there was deleted
 * successfully. In a bucket with versioning a delete adds a marker; a version that is named goes for good. Each key of a
 * batch is fetched, authorised and committed for itself. "How to perform conditional deletes": a condition is on the current
 * version, and S3 answers 404 where there is none (measured; the guide says 412). Left out: the conditions of directory
 * buckets (refused).
 */

import type { ObjectVersion, VersionDraft } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { checkKey, checkVersionId } from '../model/keys.ts';
import { Conflict, Unavailable } from '../store/port.ts';
import {
  type DeletedObject,
  type DeleteFailure,
  type ObjectIdentifier,
  readDelete,
  writeDeleteResult,
} from '../wire/documents/delete.ts';
import { noteObject } from './activity.ts';
import type { Touched } from './asked.ts';
import { authoriseAs, isStranger, touchedBy } from './authorise.ts';
import { bucketOf, commitToKey, type KeyState, stateOf } from './commit.ts';
import { deleteCondition, type WriteCondition } from './conditions.ts';
import { type ReplyHeaders, shownVersionId, XML } from './headers.ts';
import { type Asking, requireRemovable } from './lock.ts';
import { onKey } from './objects.ts';
import type { Call, Handler, Services } from './types.ts';
import { markerOwner } from './writer.ts';

/** What a delete did, for the answer. All undefined: something that leaves no trace. */
interface Outcome {
  /** As clients see it: the version removed, or the marker made. */
  readonly versionId?: string;
  /** A marker was made or removed. */
  readonly marker?: boolean;
}

export const deleteObject: Handler = async (call, services) => {
  const { headers: sent, query } = call.request;
  const named = query.one('versionId');
  const condition = deleteCondition(sent.one('if-match'), named);
  admitCondition(call, services, { condition, touched: touchedBy(call, call.target) });
  const state = stateOf(call);
  const outcome =
    named === undefined
      ? await removeCurrent(call, services, { state, condition })
      : await removeNamed({ call, services, touched: touchedBy(call, call.target) }, state);
  const headers: ReplyHeaders = {};
  if (outcome.marker === true) headers['x-amz-delete-marker'] = 'true';
  // A version that was not there any more is named all the same: a delete that is repeated is answered alike.
  const versionId = outcome.versionId ?? named;
  if (versionId !== undefined) headers['x-amz-version-id'] = versionId;
  return { status: 204, headers };
};

interface Conditional {
  readonly condition: WriteCondition;
  readonly touched: Touched;
}

/** An ETag tells what is there, so it needs the right to read it, as in S3; `*` tells no more than the delete itself would. */
function admitCondition(call: Call, services: Services, { condition, touched }: Conditional): void {
  if (condition.kind === 'match' && condition.etags !== '*') authoriseAs('GetObject', call, services, touched);
}

interface Removal {
  readonly state: KeyState;
  readonly condition: WriteCondition;
}

/** Without a version id: gone, or hidden behind a marker. */
async function removeCurrent(call: Call, services: Services, { state, condition }: Removal): Promise<Outcome> {
  const isAbsent = state.bucket.versioning === 'unversioned' && state.version === undefined;
  // Absent when it was read, which was after the request came: nothing to do, and no flush to wait for.
  if (isAbsent && condition.kind === 'none') return {};
  const marker = markerDraft(call, services);
  const { committed, bucket } = await commitToKey(state, services, (now) => {
    const key = onKey(now, condition);
    return now.bucket.versioning === 'unversioned'
      ? { type: 'removeNull', ...key }
      : { type: 'putVersion', ...key, draft: marker };
  });
  return bucket.versioning === 'unversioned' ? {} : { versionId: shownVersionId(committed), marker: true };
}

function markerDraft(call: Call, services: Services): VersionDraft {
  const writer = markerOwner(call, services);
  return {
    kind: 'delete-marker',
    etag: '',
    size: 0,
    modifiedAt: services.clock.now(),
    ...writer,
    acl: { owner: writer.ownerCanonicalId, grants: [] },
    headers: { userMetadata: new Map() },
  };
}

/** The version in `state` is the one that was named. Each state of it is asked anew whether it may go. */
async function removeNamed(asking: Asking, state: KeyState): Promise<Outcome> {
  const { services } = asking;
  let { version } = state;
  for (let attempt = 0; attempt < services.limits.commitAttempts; attempt += 1) {
    if (version === undefined) return {};
    const { versionId, revision } = version;
    requireRemovable(version, asking);
    try {
      await services.rows.commit({
        type: 'removeVersion',
        bucketId: state.bucket.id,
        key: state.key,
        versionId,
        expect: revision,
      });
      return { versionId: shownVersionId(version), ...(version.kind === 'delete-marker' && { marker: true }) };
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
    // It changed, or somebody else removed it.
    version = await readVersion(services, state, version);
  }
  throw new S3Error('OperationAborted');
}

async function readVersion(
  services: Services,
  { bucket, key }: KeyState,
  { versionId }: ObjectVersion,
): Promise<ObjectVersion | undefined> {
  const target = await services.rows.getTarget({ bucket: bucket.name, key, versionId });
  return target.bucket?.id === bucket.id ? target.version : undefined;
}

// ---------------------------------------------------------------------------------------------------- the batch

export const deleteObjects: Handler = async (call, services) => {
  const bytes = await call.body.bytes(documentLimit(call, services));
  requireDigest(call);
  const { quiet, objects } = readDelete(bytes, services.limits);
  const deleted: DeletedObject[] = [];
  const errors: DeleteFailure[] = [];
  for (let at = 0; at < objects.length; at += services.limits.deleteParallel) {
    const batch = objects.slice(at, at + services.limits.deleteParallel);
    for (const result of await Promise.all(batch.map((object) => deleteOne(call, services, object)))) {
      if ('code' in result) errors.push(result);
      else if (!quiet) deleted.push(result);
    }
  }
  return { status: 200, headers: XML, body: writeDeleteResult({ deleted, errors }) };
};

/** Who can delete nothing here is told so key by key, as in S3, but has no megabytes taken apart for it. */
function documentLimit(call: Call, services: Services): number {
  const { smallXmlBytes, xmlBytes } = services.limits;
  return isStranger('DeleteObject', call, services, call.target) ? smallXmlBytes : xmlBytes;
}

/** S3 wants the list proved: a flipped bit in it deletes something else. The body has checked what is there. */
function requireDigest(call: Call): void {
  if (call.request.headers.has('content-md5') || call.body.checksums().length > 0) return;
  throw new S3Error('InvalidRequest', 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
}

async function deleteOne(
  call: Call,
  services: Services,
  object: ObjectIdentifier,
): Promise<DeletedObject | DeleteFailure> {
  const { key, versionId } = object;
  const named = { key, ...(versionId !== undefined && { versionId }) };
  try {
    const outcome = await deleteKey(call, services, object);
    if (outcome.marker !== true) return named;
    return {
      ...named,
      deleteMarker: true,
      ...(outcome.versionId !== undefined && { deleteMarkerVersionId: outcome.versionId }),
    };
  } catch (error) {
    return { ...named, ...failureOf(error) };
  }
}

async function deleteKey(call: Call, services: Services, object: ObjectIdentifier): Promise<Outcome> {
  const { key, versionId, etag } = object;
  const asked = bucketOf(call);
  checkObject(object);
  const condition = deleteCondition(etag, versionId);
  const target = await services.rows.getTarget({
    bucket: asked.name,
    key,
    ...(versionId !== undefined && { versionId }),
  });
  const touched = { bucket: asked.name, key, versionId, target, ifMatch: etag };
  authoriseAs('DeleteObject', call, services, touched);
  admitCondition(call, services, { condition, touched });
  const { bucket, version, revision } = target;
  if (bucket?.id !== asked.id) throw new S3Error('NoSuchBucket');
  const state = { bucket, key, version, revision };
  const outcome =
    versionId === undefined
      ? await removeCurrent(call, services, { state, condition })
      : await removeNamed({ call, services, touched }, state);
  const made = outcome.marker === true && versionId === undefined;
  if (version === undefined && !made) return outcome;
  const marker = made ? 'made' : outcome.marker === true ? 'removed' : undefined;
  noteObject(call, services, { key, versionId: outcome.versionId ?? versionId, marker });
  return outcome;
}

function checkObject({ key, versionId, lastModifiedTime, size }: ObjectIdentifier): void {
  checkKey(key);
  if (versionId !== undefined) checkVersionId(versionId);
  if (lastModifiedTime !== undefined || size !== undefined) {
    throw new S3Error(
      'NotImplemented',
      'LastModifiedTime and Size are for directory buckets. Leave them out; use ETag.',
    );
  }
}

/** One key's failure is its own; what is wrong with the server itself fails the request. */
function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof S3Error) return { code: error.code, message: error.message };
  if (error instanceof Unavailable) return failureOf(new S3Error('ServiceUnavailable'));
  throw error;
}
