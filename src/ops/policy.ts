/**
 * Get-, Put- and DeleteBucketPolicy, GetBucketPolicyStatus.
 *
 * Sources: the four operations in the S3 API reference. A policy is kept and given back byte for byte; what of it is not
 * understood is refused when it is set, so that what is stored is understood whole (SECURITY rule 10). It belongs to the
 * account that owns the bucket, which can always replace it, whatever it says (`model/access.ts`): so
 * `x-amz-confirm-remove-self-bucket-access` has nothing to confirm.
 */

import type { Bucket } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { type Policy, parsePolicy, principalsOf } from '../model/policy/parse.ts';
import { isPublicPolicy } from '../model/policy/status.ts';
import { publicAccessBlockOf } from '../model/public-access.ts';
import { writePolicyStatus } from '../wire/documents/public-access.ts';
import { blocked } from './acl-rules.ts';
import { changeBucket, removeDocument, withDocument } from './change.ts';
import { bucketOf } from './commit.ts';
import { XML } from './headers.ts';
import type { Handler, Services } from './types.ts';

const JSON_TYPE = Object.freeze({ 'Content-Type': 'application/json' });

export const getBucketPolicy: Handler = async (call) => ({
  status: 200,
  headers: JSON_TYPE,
  body: Buffer.from(storedPolicy(bucketOf(call))),
});

export const getBucketPolicyStatus: Handler = async (call, { policies }) => {
  const policy = policies.of(bucketOf(call));
  if (policy === undefined) throw noSuchPolicy(bucketOf(call));
  return { status: 200, headers: XML, body: writePolicyStatus(policy.isPublic) };
};

export const putBucketPolicy: Handler = async (call, services) => {
  const { access, limits } = services;
  const bytes = await call.body.bytes(limits.policyBytes);
  if (bytes.length === 0) throw new S3Error('MissingRequestBodyError');
  const text = textOf(bytes);
  const policy = parsePolicy(text, bucketOf(call).name);
  await requirePrincipals(policy, services);
  const isPublic = isPublicPolicy(policy);
  await changeBucket(call, services, (bucket) => {
    if (isPublic && publicAccessBlockOf(bucket, access).blockPublicPolicy) {
      throw blocked(call, bucket, 'A policy that makes the bucket public', 'BlockPublicPolicy');
    }
    return { bucket: withDocument(bucket, 'policy', text), details: { policy: text } };
  });
  return { status: 204, headers: {} };
};

export const deleteBucketPolicy: Handler = (call, services) => removeDocument(call, services, 'policy');

/** The document as text that gives the same bytes again. */
function textOf(bytes: Uint8Array): string {
  try {
    // A byte order mark would get lost on the way; it is no JSON, so it is kept and refused.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new S3Error('MalformedPolicy', 'The policy is not UTF-8. Send JSON in UTF-8.', { cause });
  }
}

function storedPolicy({ name, configuration }: Bucket): string {
  if (configuration.policy !== undefined) return configuration.policy;
  throw noSuchPolicy({ name });
}

const noSuchPolicy = ({ name }: Pick<Bucket, 'name'>): S3Error =>
  new S3Error('NoSuchBucketPolicy', undefined, { fields: { BucketName: name } });

/** An id that nobody has would admit whoever gets it later. Few: a policy is small, and each is looked up once. */
async function requirePrincipals(policy: Policy, { rows }: Services): Promise<void> {
  for (const { by, value } of principalsOf(policy)) {
    const account = await rows.getAccount(by === 'id' ? { id: value } : { canonicalId: value });
    if (account !== undefined) continue;
    throw new S3Error('MalformedPolicy', 'Invalid principal in policy: no account has this id.', {
      fields: { Detail: value },
    });
  }
}
