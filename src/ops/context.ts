/**
 * What conditions of policies may ask of a request: each key with its one source.
 *
 * Sources: "Bucket policy examples using condition keys", "AWS global condition context keys", "Amazon S3 Signature Version 4
 * authentication specific policy keys". Values come from the socket (or a trusted proxy), the verified caller, the clock, and
 * the parameters and headers named here; nothing else of the request can become a value (SECURITY rule 11). What is not there
 * has no value. Left out: keys of services that Moraine is not.
 */

import type { ConditionValues } from '../model/policy/types.ts';
import { parseTagHeader } from '../wire/documents/tagging.ts';
import type { AccessServices, Asked, Touched } from './asked.ts';
import { parseCopySource } from './copy-source.ts';
import { OPERATIONS, type OperationRow } from './table.ts';
import type { Caller, Said } from './types.ts';

/** Condition key → the header whose value it has. */
const HEADERS: readonly (readonly [key: string, header: string])[] = Object.freeze([
  ['aws:referer', 'referer'],
  ['aws:useragent', 'user-agent'],
  ['s3:if-match', 'if-match'],
  ['s3:if-none-match', 'if-none-match'],
  ['s3:object-lock-legal-hold', 'x-amz-object-lock-legal-hold'],
  ['s3:object-lock-mode', 'x-amz-object-lock-mode'],
  ['s3:object-lock-retain-until-date', 'x-amz-object-lock-retain-until-date'],
  ['s3:x-amz-acl', 'x-amz-acl'],
  ['s3:x-amz-grant-full-control', 'x-amz-grant-full-control'],
  ['s3:x-amz-grant-read', 'x-amz-grant-read'],
  ['s3:x-amz-grant-read-acp', 'x-amz-grant-read-acp'],
  ['s3:x-amz-grant-write', 'x-amz-grant-write'],
  ['s3:x-amz-grant-write-acp', 'x-amz-grant-write-acp'],
  ['s3:x-amz-metadata-directive', 'x-amz-metadata-directive'],
  ['s3:x-amz-object-ownership', 'x-amz-object-ownership'],
  ['s3:x-amz-server-side-encryption', 'x-amz-server-side-encryption'],
  ['s3:x-amz-server-side-encryption-aws-kms-key-id', 'x-amz-server-side-encryption-aws-kms-key-id'],
  ['s3:x-amz-server-side-encryption-customer-algorithm', 'x-amz-server-side-encryption-customer-algorithm'],
  ['s3:x-amz-storage-class', 'x-amz-storage-class'],
  ['s3:x-amz-website-redirect-location', 'x-amz-website-redirect-location'],
]);

/** Condition key → the query parameter whose value it has. */
const PARAMETERS: readonly (readonly [key: string, parameter: string])[] = Object.freeze([
  ['s3:delimiter', 'delimiter'],
  ['s3:max-keys', 'max-keys'],
  ['s3:prefix', 'prefix'],
]);

/** Made only when there is a policy to ask. Throws `InvalidRequest` for a header or parameter that occurs more than once. */
export function conditionsOf(asked: Asked, services: AccessServices, touched: Touched): ConditionValues {
  const { request, caller } = asked;
  const { headers, query } = request;
  const values = new Map<string, readonly string[]>();
  const set = (key: string, value: string | undefined): void => {
    if (value !== undefined) values.set(key, [value]);
  };
  for (const [key, header] of HEADERS) set(key, headers.one(header));
  // A read ignores parameters that are not its own: there they are no values either.
  const { parameters }: OperationRow = OPERATIONS[asked.operation];
  for (const [key, parameter] of PARAMETERS) if (parameters.includes(parameter)) set(key, query.one(parameter));
  setLock(set, asked.says);
  setTags(values, asked, touched);
  set('s3:versionid', touched.versionId);
  set('s3:if-match', touched.ifMatch);
  set('s3:x-amz-copy-source', copySource(asked));
  set('s3:x-amz-content-sha256', contentHash(asked));
  setCaller(set, caller, services.clock.now());
  setMoment(set, services.clock.now());
  set('aws:sourceip', request.remoteAddress);
  set('aws:securetransport', String(request.secure));
  set('aws:resourceaccount', touched.target.bucket?.owner);
  set('s3:resourceaccount', touched.target.bucket?.owner);
  return values;
}

const AUTH_TYPES = Object.freeze({ header: 'REST-HEADER', query: 'REST-QUERY-STRING', form: 'POST' });

/** What a document says of a lock, where it is no header that does. */
function setLock(set: SetValue, { retention, legalHold }: Said = {}): void {
  set('s3:object-lock-mode', retention?.mode);
  set('s3:object-lock-retain-until-date', retention && new Date(retention.until).toISOString());
  if (legalHold !== undefined) set('s3:object-lock-legal-hold', legalHold ? 'ON' : 'OFF');
}

/** Tags of what is there, and those that the request brings, in its header or its document. */
function setTags(values: Map<string, readonly string[]>, { request, says }: Asked, { target }: Touched): void {
  for (const { key, value } of target.version?.attributes?.tags ?? []) {
    values.set(`s3:existingobjecttag/${key}`, [value]);
  }
  const brought = says?.tags ?? parseTagHeader(request.headers.one('x-amz-tagging') ?? '');
  for (const { key, value } of brought) values.set(`s3:requestobjecttag/${key}`, [value]);
  if (brought.length > 0)
    values.set(
      's3:requestobjecttagkeys',
      brought.map(({ key }) => key),
    );
}

type SetValue = (key: string, value: string | undefined) => void;

function setMoment(set: SetValue, now: number): void {
  set('aws:currenttime', new Date(now).toISOString());
  set('aws:epochtime', String(Math.floor(now / 1000)));
}

/** `s3:signatureage` in milliseconds, as S3 has it. V2 says of no request when it was signed, but in headers. */
function setCaller(set: SetValue, caller: Caller, now: number): void {
  if (caller.kind === 'anonymous') {
    set('aws:principaltype', 'Anonymous');
    set('aws:userid', 'anonymous');
    return;
  }
  const { account, signature, place, signedAt } = caller;
  set('aws:principaltype', 'Account');
  set('aws:principalaccount', account.id);
  set('aws:principalarn', `arn:aws:iam::${account.id}:root`);
  set('aws:userid', account.id);
  set('aws:username', account.name);
  set('s3:authtype', AUTH_TYPES[place]);
  set('s3:signatureversion', signature === 'v4' ? 'AWS4-HMAC-SHA256' : 'AWS');
  if (signedAt !== undefined) set('s3:signatureage', String(Math.max(0, now - signedAt)));
}

/** `bucket/key`, however the header writes it: nobody gets around a condition by another encoding. */
function copySource({ request: { headers } }: Asked): string | undefined {
  if (!headers.has('x-amz-copy-source')) return undefined;
  const { bucket, key } = parseCopySource(headers);
  return `${bucket}/${key}`;
}

/** As the signature has it: what a presigned request does not say is said for it. */
function contentHash({ request: { headers, query }, caller }: Asked): string | undefined {
  const said = headers.one('x-amz-content-sha256') ?? query.one('X-Amz-Content-Sha256');
  if (said !== undefined || caller.kind === 'anonymous') return said;
  return caller.signature === 'v4' && caller.place === 'query' ? 'UNSIGNED-PAYLOAD' : undefined;
}
