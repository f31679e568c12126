/**
 * Changing what a request was authorised on: build the change from the state that was read, commit it expecting that state,
 * and when it is no longer the state, read again, ask again whether the caller may, and build anew (SECURITY rule 29).
 *
 * For a bucket's ACL and documents, and for the ACL of a version. Objects themselves are committed in `commit.ts`.
 */

import type { AuditEvent, Bucket, BucketDocument } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { Conflict, type Mutation, type Target } from '../store/port.ts';
import { auditOf } from './audit.ts';
import { authorise } from './authorise.ts';
import type { Call, Reply, Services } from './types.ts';

interface Change {
  readonly mutation: Mutation;
  readonly audit?: AuditEvent;
}

/** Commits what `build` makes of the target; undefined: there is nothing to change. Answers the target that it was built from. */
export async function changeTarget(
  call: Call,
  services: Services,
  build: (target: Target) => Promise<Change | undefined>,
): Promise<Target> {
  const { rows, limits } = services;
  let target = call.target;
  for (let attempt = 0; attempt < limits.commitAttempts; attempt += 1) {
    const change = await build(target);
    if (change === undefined) return target;
    try {
      await rows.commit(change.mutation, change.audit);
      return target;
    } catch (error) {
      if (!(error instanceof Conflict) || (error.what !== 'revision' && error.what !== 'missing')) throw error;
    }
    target = await readAgain(call, rows);
    authorise(call, services, target);
  }
  throw new S3Error('OperationAborted');
}

/** What is to become of the bucket. `details` go into the audit event. */
export interface BucketChange {
  readonly bucket: Bucket;
  readonly details: AuditEvent['details'];
}

/** The same for the bucket as it is now, with its audit event. */
export async function changeBucket(
  call: Call,
  services: Services,
  change: (bucket: Bucket) => BucketChange | undefined | Promise<BucketChange | undefined>,
): Promise<void> {
  await changeTarget(call, services, async (target) => {
    const changed = await change(presentBucket(call, target));
    if (changed === undefined) return undefined;
    const { revision, ...bucket } = changed.bucket;
    const audit = auditOf(call, services, bucket, changed.details);
    return { mutation: { type: 'updateBucket', bucket, expect: revision }, audit };
  });
}

/** The bucket with one of its documents set. */
export const withDocument = (bucket: Bucket, name: BucketDocument, text: string): Bucket => ({
  ...bucket,
  configuration: { ...bucket.configuration, [name]: text },
});

/** The bucket without one of its documents; undefined when it is without it already. */
export function withoutDocument(bucket: Bucket, name: BucketDocument): Bucket | undefined {
  const { [name]: removed, ...configuration } = bucket.configuration;
  return removed === undefined ? undefined : { ...bucket, configuration };
}

/** What S3 answers when a document was taken away, whether or not it was there. */
export async function removeDocument(call: Call, services: Services, name: BucketDocument): Promise<Reply> {
  await changeBucket(call, services, (current) => {
    const bucket = withoutDocument(current, name);
    return bucket && { bucket, details: {} };
  });
  return { status: 204, headers: {} };
}

export function presentBucket(call: Call, { bucket }: Target): Bucket {
  if (bucket !== undefined) return bucket;
  throw new S3Error('NoSuchBucket', undefined, { fields: { BucketName: call.request.bucket ?? '' } });
}

function readAgain({ request }: Call, rows: Services['rows']): Promise<Target> {
  const { bucket = '', key, query } = request;
  const versionId = query.one('versionId');
  if (key === undefined) return rows.getTarget({ bucket });
  return rows.getTarget(versionId === undefined ? { bucket, key } : { bucket, key, versionId });
}
