/**
 * What is told of changes of objects, for "who deleted it?": deletions, and changes of ACL, tags, retention and legal hold. Each key
 * of a batch is an event of its own. Told after the change, beside its commit (`jobs/activity.ts`). Left out: new objects, which
 * say themselves when and by whom they were written, and what changed nothing.
 */

import type { AuditEvent } from '../model/entities.ts';
import { auditOf } from './audit.ts';
import { bucketOf } from './commit.ts';
import type { OperationName } from './table.ts';
import type { Call, Reply, Services } from './types.ts';

const TOLD: ReadonlySet<OperationName> = new Set([
  ...(['DeleteObject', 'PutObjectAcl', 'PutObjectTagging', 'DeleteObjectTagging'] as const),
  ...(['PutObjectRetention', 'PutObjectLegalHold'] as const),
]);

type ActivityServices = Pick<Services, 'noteActivity' | 'clock' | 'random'>;

/** Of a request that succeeded, on one object. */
export function noteChange(call: Call, reply: Reply, services: ActivityServices): void {
  const { operation, request, target } = call;
  if (!TOLD.has(operation) || request.key === undefined || reply.status >= 300) return;
  const marker = reply.headers['x-amz-delete-marker'] === 'true';
  // Deleting what was not there is no deletion.
  if (operation === 'DeleteObject' && target.version === undefined && !marker) return;
  const versionId = reply.headers['x-amz-version-id'] ?? request.query.one('versionId');
  const removed = request.query.has('versionId') ? 'removed' : 'made';
  noteObject(call, services, { key: request.key, versionId, marker: marker ? removed : undefined });
}

export interface Changed {
  readonly key: string;
  readonly versionId: string | undefined;
  /** What became of a delete marker, if there was one to it. */
  readonly marker: 'made' | 'removed' | undefined;
}

export function noteObject(call: Call, services: ActivityServices, { key, versionId, marker }: Changed): void {
  const bucket = bucketOf(call);
  const details = {
    ...(versionId === undefined ? {} : { version: versionId }),
    ...(marker === undefined ? {} : { 'delete marker': marker }),
  };
  const event: AuditEvent = {
    ...auditOf(call, services, bucket, details),
    // Whoever looks for a deletion finds those of batches, too: what was done to the key is the same.
    action: `object.${call.operation === 'DeleteObjects' ? 'DeleteObject' : call.operation}`,
    target: `${bucket.name}/${key}`,
  };
  services.noteActivity('objects', event);
}
