/** Audit events and refusals as bytes, sealed as the rows of accounts are. */

import type { AuditActor, AuditEvent, Refusal } from '../../../model/entities.ts';
import type { Value } from '../database/types.ts';
import { type Fields, seal, unseal } from '../directory/records.ts';

const ACTORS = ['account', 'local', 'stranger'] as const satisfies readonly AuditActor['kind'][];

export const eventBytes = (event: AuditEvent): Buffer => seal(`audit event ${event.id}`, event);

export function eventOf(id: string, value: Value | undefined): AuditEvent {
  const fields = unseal(`audit event ${id}`, value);
  return Object.freeze({
    id: fields.text('id'),
    at: fields.int('at'),
    actor: actorOf(fields.object('actor')),
    action: fields.text('action'),
    target: fields.text('target'),
    ...(fields.has('accountId') ? { accountId: fields.text('accountId') } : {}),
    from: fields.text('from'),
    ...(fields.has('requestId') ? { requestId: fields.text('requestId') } : {}),
    details: fields.object('details').texts(),
  });
}

function actorOf(fields: Fields): AuditActor {
  const kind = fields.oneOf('kind', ACTORS);
  if (kind !== 'account') return { kind };
  return {
    kind,
    accountId: fields.text('accountId'),
    name: fields.text('name'),
    ...(fields.has('accessKeyId') ? { accessKeyId: fields.text('accessKeyId') } : {}),
  };
}

export const refusalBytes = (refusal: Refusal): Buffer => seal(`refusal ${refusal.requestId}`, refusal);

export function refusalOf(requestId: string, value: Value | undefined): Refusal {
  const fields = unseal(`refusal ${requestId}`, value);
  return Object.freeze({
    requestId: fields.text('requestId'),
    at: fields.int('at'),
    accounts: fields.textList('accounts'),
    record: fields.text('record'),
  });
}
