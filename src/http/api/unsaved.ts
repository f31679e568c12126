/**
 * What access would be with rules that are not saved: the same question and the same layers as `explain.ts`, asked of a bucket
 * as it would be then. For who owns the bucket and for operators. Nothing is changed, and nothing that could not be saved is asked.
 */

import { z } from 'zod';
import type { Acl, Grant, ObjectOwnership, ObjectVersion, PublicAccessBlock } from '../../model/entities.ts';
import { S3Error } from '../../model/errors.ts';
import { writeOwnership } from '../../model/ownership.ts';
import { createPolicyCache } from '../../model/policy/cache.ts';
import { placeIn, statementLines } from '../../model/policy/lines.ts';
import { parsePolicy } from '../../model/policy/parse.ts';
import { writePublicAccessBlock } from '../../model/public-access.ts';
import { visibilityOf } from '../../ops/visibility.ts';
import type { Rows, Target } from '../../store/port.ts';
import { ApiError } from './errors.ts';
import { answerTo, explanation, question, readQuestion } from './explain.ts';
import { NO_QUERY, route } from './route.ts';
import { notFound, oneself } from './subjects.ts';
import type { Route } from './types.ts';
import { lookAt, visibility, visibilityQuery, visibilityView } from './visibility.ts';

const permission = z.enum(['READ', 'WRITE', 'READ_ACP', 'WRITE_ACP', 'FULL_CONTROL']);
const grant = z.union(
  [
    z.strictObject({ canonicalId: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits'), permission }),
    z.strictObject({ group: z.enum(['AllUsers', 'AuthenticatedUsers', 'LogDelivery']), permission }),
  ],
  { error: 'must be a canonicalId or a group, and a permission' },
);
const grants = z.array(grant).max(100).optional();
const ownership = z.enum(['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter']);
const block = z.strictObject({
  ...{ blockPublicAcls: z.boolean(), ignorePublicAcls: z.boolean() },
  ...{ blockPublicPolicy: z.boolean(), restrictPublicBuckets: z.boolean() },
});

const unsaved = z
  .strictObject({
    policy: z.string().nullable().optional().describe('Text of a bucket policy; null: none.'),
    bucketAcl: grants.describe('Grants of the bucket’s ACL, all of them.'),
    objectAcl: grants.describe('Grants of the object’s ACL, all of them.'),
    publicAccessBlock: block.nullable().optional(),
    objectOwnership: ownership.nullable().optional(),
  })
  .describe('What would be saved. What is left out is as it is; null: taken away.');
type Unsaved = z.output<typeof unsaved>;

const text = (most: number) =>
  z
    .string()
    .max(most)
    .refine((value) => value.isWellFormed(), 'must be Unicode text');
const body = question
  .omit({ insecure: true })
  .extend({ bucket: z.string().max(255), key: text(1024).optional(), prefix: text(1024).optional() })
  .extend({ insecure: z.boolean().default(false).describe('Without TLS.'), unsaved });

const accessRoute: Route = route({
  method: 'POST',
  path: '/access/explain',
  operation: 'TestAccess',
  summary: 'Whether somebody might do something with rules that are not saved yet. Changes nothing.',
  details: 'For who owns the bucket. A policy that could not be saved is refused with the line where it goes wrong.',
  may: 'access.explain',
  find: oneself,
  query: NO_QUERY,
  body,
  answer: explanation,
  handle: async ({ body: { insecure, unsaved: changes, ...asked }, caller }, services) => {
    const read = await readQuestion(caller, { ...asked, ...(insecure ? { insecure: 'true' as const } : {}) }, services);
    const { rows, access, clock } = services;
    if (!read.view.bucket) throw notFound('bucket', asked.bucket);
    const { policy = read.view.policy } = changes;
    if (typeof changes.policy === 'string') requirePolicy(changes.policy, asked.bucket);
    // None that was asked about like this is worth remembering.
    const then = { rows: changedRows(rows, changes), access, clock, policies: createPolicyCache(1) };
    return { answer: await answerTo({ ...read, view: { ...read.view, policy: policy ?? undefined } }, then) };
  },
});

const visibilityRoute: Route = route({
  method: 'POST',
  path: '/access/visibility',
  operation: 'TestVisibility',
  summary: 'Who could see a bucket or an object with rules that are not saved yet, and why. Changes nothing.',
  may: 'access.explain',
  find: oneself,
  query: NO_QUERY,
  body: visibilityQuery.extend({ key: text(1024).optional(), unsaved }),
  answer: visibility,
  handle: async ({ body: { unsaved: changes, ...wanted }, caller }, services) => {
    const { rows, access, clock } = services;
    const looked = await lookAt(wanted, caller, changedRows(rows, changes));
    if (typeof changes.policy === 'string') requirePolicy(changes.policy, wanted.bucket);
    return {
      answer: visibilityView(await visibilityOf(looked, { rows, access, clock, policies: createPolicyCache(1) })),
    };
  },
});

/** Throws with the field and, where it can be told, the line. */
function requirePolicy(policy: string, bucket: string): void {
  try {
    parsePolicy(policy, bucket);
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    throw new ApiError('InvalidRequest', error.message, {
      field: 'unsaved.policy',
      line: lineOf(error.message, policy),
    });
  }
}

function lineOf(message: string, policy: string): number | undefined {
  const [, character] = / at character (\d+)/.exec(message) ?? [];
  if (character !== undefined) return placeIn(policy, Number(character)).line;
  const [, statement] = /\b[Ss]tatement (\d+)/.exec(message) ?? [];
  return statement === undefined ? undefined : statementLines(policy)[Number(statement) - 1];
}

type Read = Pick<Rows, 'getTarget' | 'getUpload'>;

function changedRows(rows: Read, changes: Unsaved): Read {
  return {
    getUpload: (bucket, key, uploadId) => rows.getUpload(bucket, key, uploadId),
    getTarget: async (query) => changedTarget(await rows.getTarget(query), changes),
  };
}

function changedTarget(target: Target, { bucketAcl, objectAcl, ...changes }: Unsaved): Target {
  const { bucket, version } = target;
  if (bucket === undefined) return target;
  const configuration = { ...bucket.configuration, ...documentsOf(changes) };
  const present = Object.fromEntries(Object.entries(configuration).filter(([, value]) => value !== undefined));
  return {
    ...target,
    bucket: { ...bucket, acl: changedAcl(bucket.acl, bucketAcl), configuration: present },
    version: version && changedVersion(version, objectAcl),
  };
}

/** Undefined: taken away. */
function documentsOf({ policy, publicAccessBlock, objectOwnership }: Omit<Unsaved, 'bucketAcl' | 'objectAcl'>) {
  const written = <T>(value: T | null, write: (value: T) => string) => (value === null ? undefined : write(value));
  return {
    ...(policy === undefined ? {} : { policy: written<string>(policy, (one) => one) }),
    ...(publicAccessBlock === undefined
      ? {}
      : { publicAccessBlock: written<PublicAccessBlock>(publicAccessBlock, writePublicAccessBlock) }),
    ...(objectOwnership === undefined
      ? {}
      : { ownershipControls: written<ObjectOwnership>(objectOwnership, writeOwnership) }),
  };
}

const changedVersion = (version: ObjectVersion, wanted: Unsaved['objectAcl']): ObjectVersion => ({
  ...version,
  acl: changedAcl(version.acl, wanted),
});

const changedAcl = (acl: Acl, wanted: Unsaved['objectAcl']): Acl =>
  wanted === undefined ? acl : { owner: acl.owner, grants: wanted.map(grantOf) };

function grantOf(one: z.output<typeof grant>): Grant {
  const { permission: given } = one;
  const grantee =
    'group' in one
      ? ({ type: 'group', group: one.group } as const)
      : ({ type: 'account', canonicalId: one.canonicalId } as const);
  return { grantee, permission: given };
}

export const UNSAVED_ROUTES: readonly Route[] = Object.freeze([accessRoute, visibilityRoute]);
