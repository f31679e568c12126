/** The audit event of an operation that changes a bucket: who, what, from where (SECURITY rule 37). */

import { auditId } from '../model/audit.ts';
import type { AuditActor, AuditEvent, Bucket } from '../model/entities.ts';
import type { Call, Caller, Services } from './types.ts';

/** `details` say what was changed, for people: no secrets. */
export function auditOf(
  call: Call,
  { clock, random }: Pick<Services, 'clock' | 'random'>,
  bucket: Pick<Bucket, 'name' | 'owner'>,
  details: AuditEvent['details'],
): AuditEvent {
  const at = clock.now();
  return {
    id: auditId(at, random),
    at,
    actor: actorOf(call.caller),
    action: `bucket.${call.operation}`,
    target: bucket.name,
    accountId: bucket.owner,
    from: call.request.remoteAddress,
    requestId: call.requestId,
    details,
  };
}

function actorOf(caller: Caller): AuditActor {
  if (caller.kind === 'anonymous') return { kind: 'stranger' };
  const { account, key } = caller;
  return { kind: 'account', accountId: account.id, name: account.name, accessKeyId: key.accessKeyId };
}
