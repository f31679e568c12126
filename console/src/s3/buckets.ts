/** Buckets and how they are kept: CORS, versioning, tags, encryption, lock; and tags and locks of objects. */

import { type Subject, subresource, unless } from './access.ts';
import { S3Failure } from './failure.ts';
import type { Line, Signal } from './request.ts';
import { digestOf } from './sign.ts';
import { all, documentOf, type Element, flagOf, numberOf, one, textOf, textsOf, timeOf } from './xml.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface CorsRule {
  readonly id?: string | undefined;
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  readonly headers: readonly string[];
  readonly expose: readonly string[];
  /** Seconds. */
  readonly maxAge?: number | undefined;
}

export type VersioningStatus = 'Enabled' | 'Suspended' | 'Off';

/** Of requests that others make. */
export type Payer = 'BucketOwner' | 'Requester';

export interface BucketEncryption {
  /** Undefined: none by itself. */
  readonly algorithm: string | undefined;
  readonly keyId?: string | undefined;
  readonly bucketKey: boolean;
  /** Keys that senders bring (SSE-C) are refused. */
  readonly blocked: boolean;
}

export type LockMode = 'GOVERNANCE' | 'COMPLIANCE';

export interface LockConfiguration {
  /** What new versions are kept for. */
  readonly retention?:
    | { readonly mode: LockMode; readonly days?: number | undefined; readonly years?: number | undefined }
    | undefined;
}

export interface Retention {
  readonly mode: LockMode;
  /** ms */
  readonly until: number;
}

const corsIn = (root: Element): readonly CorsRule[] =>
  all(root, 'CORSRule').map((element) => ({
    id: textOf(element, 'ID'),
    origins: textsOf(element, 'AllowedOrigin'),
    methods: textsOf(element, 'AllowedMethod'),
    headers: textsOf(element, 'AllowedHeader'),
    expose: textsOf(element, 'ExposeHeader'),
    maxAge: numberOf(element, 'MaxAgeSeconds'),
  }));

export const corsDocument = (rules: readonly CorsRule[]): string =>
  documentOf('CORSConfiguration', {
    CORSRule: rules.map((rule) => ({
      ID: rule.id,
      AllowedOrigin: rule.origins,
      AllowedMethod: rule.methods,
      AllowedHeader: rule.headers,
      ExposeHeader: rule.expose,
      MaxAgeSeconds: rule.maxAge,
    })),
  });

const tagsIn = (root: Element | undefined): readonly Tag[] =>
  all(one(root, 'TagSet'), 'Tag').map((element) => ({
    key: textOf(element, 'Key') ?? '',
    value: textOf(element, 'Value') ?? '',
  }));

const tagsDocument = (tags: readonly Tag[]): string =>
  documentOf('Tagging', { TagSet: { Tag: tags.map(({ key, value }) => ({ Key: key, Value: value })) } });

const modeIn = (element: Element | undefined): LockMode =>
  textOf(element, 'Mode') === 'COMPLIANCE' ? 'COMPLIANCE' : 'GOVERNANCE';

interface OfBucket {
  readonly bucket: string;
}

const corsOf = (line: Line) => subresource(line, 'BucketCors', 'cors');
const versioningOf = (line: Line) => subresource(line, 'BucketVersioning', 'versioning');
const payerOf = (line: Line) => subresource(line, 'BucketRequestPayment', 'requestPayment');
const taggingOf = (line: Line) => subresource(line, 'BucketTagging', 'tagging');
const encryptionOf = (line: Line) => subresource(line, 'BucketEncryption', 'encryption');
const lockOf = (line: Line) => subresource(line, 'ObjectLockConfiguration', 'object-lock');

const createBucket =
  (line: Line) =>
  async (
    asked: OfBucket & { readonly region?: string; readonly objectLock?: boolean },
    options?: Signal,
  ): Promise<void> => {
    const { bucket, region, objectLock } = asked;
    const body =
      region === undefined ? undefined : documentOf('CreateBucketConfiguration', { LocationConstraint: region });
    const headers = { 'x-amz-bucket-object-lock-enabled': objectLock === true ? 'true' : undefined };
    await line.send({ operation: 'CreateBucket', method: 'PUT', bucket, body, headers }, options);
  };

const deleteBucket =
  (line: Line) =>
  async ({ bucket }: OfBucket, options?: Signal): Promise<void> => {
    await line.send({ operation: 'DeleteBucket', method: 'DELETE', bucket }, options);
  };

/** Of a name: one's own (or one that may be looked into), somebody else's, or nobody's. */
const headBucket =
  (line: Line) =>
  async ({ bucket }: OfBucket, options?: Signal): Promise<'yours' | 'taken' | 'free'> => {
    const asked = line.send({ operation: 'HeadBucket', method: 'HEAD', bucket }, options);
    return asked.then(
      () => 'yours' as const,
      (failure: unknown) => {
        if (failure instanceof S3Failure && failure.status === 404) return 'free';
        if (failure instanceof S3Failure && failure.status === 403) return 'taken';
        throw failure;
      },
    );
  };

const getBucketLocation =
  (line: Line) =>
  async ({ bucket }: OfBucket, options?: Signal): Promise<string> => {
    const root = await line.read(
      { operation: 'GetBucketLocation', method: 'GET', bucket, query: { location: '' } },
      options,
    );
    return root.text || 'us-east-1';
  };

const getBucketCors =
  (line: Line) =>
  async ({ bucket }: OfBucket, options?: Signal): Promise<readonly CorsRule[] | undefined> => {
    const root = await unless(['NoSuchCORSConfiguration'], corsOf(line).get(bucket, options));
    return root === undefined ? undefined : corsIn(root);
  };

const putBucketCors =
  (line: Line) =>
  async (asked: OfBucket & { readonly rules: readonly CorsRule[] }, options?: Signal): Promise<void> => {
    await corsOf(line).put(asked.bucket, corsDocument(asked.rules), options);
  };

const deleteBucketCors =
  (line: Line) =>
  async ({ bucket }: OfBucket, options?: Signal): Promise<void> => {
    await corsOf(line).delete(bucket, options);
  };

const getBucketVersioning =
  (line: Line) =>
  async ({ bucket }: OfBucket, options?: Signal): Promise<VersioningStatus> => {
    const status = textOf(await versioningOf(line).get(bucket, options), 'Status');
    return status === 'Enabled' || status === 'Suspended' ? status : 'Off';
  };

const putBucketVersioning =
  (line: Line) =>
  async (asked: OfBucket & { readonly status: 'Enabled' | 'Suspended' }, options?: Signal): Promise<void> => {
    await versioningOf(line).put(
      asked.bucket,
      documentOf('VersioningConfiguration', { Status: asked.status }),
      options,
    );
  };

const getBucketRequestPayment =
  (line: Line) =>
  async ({ bucket }: OfBucket, options?: Signal): Promise<Payer> =>
    textOf(await payerOf(line).get(bucket, options), 'Payer') === 'Requester' ? 'Requester' : 'BucketOwner';

const putBucketRequestPayment =
  (line: Line) =>
  async (asked: OfBucket & { readonly payer: Payer }, options?: Signal): Promise<void> => {
    await payerOf(line).put(asked.bucket, documentOf('RequestPaymentConfiguration', { Payer: asked.payer }), options);
  };

const getBucketTagging =
  (line: Line) =>
  async ({ bucket }: OfBucket, options?: Signal): Promise<readonly Tag[]> => {
    return tagsIn(await unless(['NoSuchTagSet'], taggingOf(line).get(bucket, options)));
  };

const putBucketTagging =
  (line: Line) =>
  async (asked: OfBucket & { readonly tags: readonly Tag[] }, options?: Signal): Promise<void> => {
    if (asked.tags.length === 0) await taggingOf(line).delete(asked.bucket, options);
    else await taggingOf(line).put(asked.bucket, tagsDocument(asked.tags), options);
  };

const getBucketEncryption =
  (line: Line) =>
  async ({ bucket }: OfBucket, options?: Signal): Promise<BucketEncryption | undefined> => {
    const root = await unless(
      ['ServerSideEncryptionConfigurationNotFoundError'],
      encryptionOf(line).get(bucket, options),
    );
    const rule = one(root, 'Rule');
    const chosen = one(rule, 'ApplyServerSideEncryptionByDefault');
    if (rule === undefined) return undefined;
    return {
      algorithm: textOf(chosen, 'SSEAlgorithm'),
      keyId: textOf(chosen, 'KMSMasterKeyID'),
      bucketKey: flagOf(rule, 'BucketKeyEnabled'),
      blocked: textsOf(one(rule, 'BlockedEncryptionTypes'), 'EncryptionType').includes('SSE-C'),
    };
  };

const putBucketEncryption =
  (line: Line) =>
  async (asked: OfBucket & { readonly encryption: BucketEncryption }, options?: Signal): Promise<void> => {
    const { algorithm, keyId, bucketKey, blocked } = asked.encryption;
    const chosen = algorithm === undefined ? undefined : { SSEAlgorithm: algorithm, KMSMasterKeyID: keyId };
    const rule = {
      ApplyServerSideEncryptionByDefault: chosen,
      BucketKeyEnabled: bucketKey ? true : undefined,
      BlockedEncryptionTypes: blocked ? { EncryptionType: 'SSE-C' } : undefined,
    };
    await encryptionOf(line).put(
      asked.bucket,
      documentOf('ServerSideEncryptionConfiguration', { Rule: rule }),
      options,
    );
  };

const deleteBucketEncryption =
  (line: Line) =>
  async ({ bucket }: OfBucket, options?: Signal): Promise<void> => {
    await encryptionOf(line).delete(bucket, options);
  };

/** `undefined`: the bucket was made without Object Lock. */
const getObjectLockConfiguration =
  (line: Line) =>
  async ({ bucket }: OfBucket, options?: Signal): Promise<LockConfiguration | undefined> => {
    const root = await unless(['ObjectLockConfigurationNotFoundError'], lockOf(line).get(bucket, options));
    if (root === undefined) return undefined;
    const rule = one(one(root, 'Rule'), 'DefaultRetention');
    if (rule === undefined) return {};
    return { retention: { mode: modeIn(rule), days: numberOf(rule, 'Days'), years: numberOf(rule, 'Years') } };
  };

const putObjectLockConfiguration =
  (line: Line) =>
  async (asked: OfBucket & { readonly lock: LockConfiguration }, options?: Signal): Promise<void> => {
    const { retention } = asked.lock;
    const rule =
      retention === undefined
        ? undefined
        : { DefaultRetention: { Mode: retention.mode, Days: retention.days, Years: retention.years } };
    await lockOf(line).put(
      asked.bucket,
      documentOf('ObjectLockConfiguration', { ObjectLockEnabled: 'Enabled', Rule: rule }),
      options,
    );
  };

const getObjectTagging =
  (line: Line) =>
  async ({ bucket, key, versionId }: Subject, options?: Signal): Promise<readonly Tag[]> => {
    const query = { tagging: '', versionId };
    return tagsIn(await line.read({ operation: 'GetObjectTagging', method: 'GET', bucket, key, query }, options));
  };

const putObjectTagging =
  (line: Line) =>
  async (asked: Subject & { readonly tags: readonly Tag[] }, options?: Signal): Promise<void> => {
    const { bucket, key, versionId, tags } = asked;
    const query = { tagging: '', versionId };
    const body = tagsDocument(tags);
    if (tags.length === 0)
      await line.send({ operation: 'DeleteObjectTagging', method: 'DELETE', bucket, key, query }, options);
    else
      await line.send(
        { operation: 'PutObjectTagging', method: 'PUT', bucket, key, query, body, headers: digestOf(body) },
        options,
      );
  };

const getObjectRetention =
  (line: Line) =>
  async ({ bucket, key, versionId }: Subject, options?: Signal): Promise<Retention | undefined> => {
    const query = { retention: '', versionId };
    const asked = line.read({ operation: 'GetObjectRetention', method: 'GET', bucket, key, query }, options);
    const root = await unless(['NoSuchObjectLockConfiguration'], asked);
    const until = timeOf(root, 'RetainUntilDate');
    return until === undefined ? undefined : { mode: modeIn(root), until };
  };

const putObjectRetention =
  (line: Line) =>
  async (
    asked: Subject & { readonly retention: Retention | undefined; readonly bypassGovernance?: boolean },
    options?: Signal,
  ): Promise<void> => {
    const { bucket, key, versionId, retention, bypassGovernance } = asked;
    const members =
      retention === undefined ? {} : { Mode: retention.mode, RetainUntilDate: new Date(retention.until).toISOString() };
    const body = documentOf('Retention', members);
    const headers = {
      ...digestOf(body),
      'x-amz-bypass-governance-retention': bypassGovernance === true ? 'true' : undefined,
    };
    await line.send(
      {
        operation: 'PutObjectRetention',
        method: 'PUT',
        bucket,
        key,
        query: { retention: '', versionId },
        body,
        headers,
      },
      options,
    );
  };

const getObjectLegalHold =
  (line: Line) =>
  async ({ bucket, key, versionId }: Subject, options?: Signal): Promise<boolean> => {
    const query = { 'legal-hold': '', versionId };
    const asked = line.read({ operation: 'GetObjectLegalHold', method: 'GET', bucket, key, query }, options);
    return textOf(await unless(['NoSuchObjectLockConfiguration'], asked), 'Status') === 'ON';
  };

const putObjectLegalHold =
  (line: Line) =>
  async (asked: Subject & { readonly on: boolean }, options?: Signal): Promise<void> => {
    const { bucket, key, versionId, on } = asked;
    const body = documentOf('LegalHold', { Status: on ? 'ON' : 'OFF' });
    const query = { 'legal-hold': '', versionId };
    await line.send(
      { operation: 'PutObjectLegalHold', method: 'PUT', bucket, key, query, body, headers: digestOf(body) },
      options,
    );
  };

export const createBuckets = (line: Line) => ({
  createBucket: createBucket(line),
  deleteBucket: deleteBucket(line),
  headBucket: headBucket(line),
  getBucketLocation: getBucketLocation(line),
  getBucketCors: getBucketCors(line),
  putBucketCors: putBucketCors(line),
  deleteBucketCors: deleteBucketCors(line),
  getBucketVersioning: getBucketVersioning(line),
  putBucketVersioning: putBucketVersioning(line),
  getBucketRequestPayment: getBucketRequestPayment(line),
  putBucketRequestPayment: putBucketRequestPayment(line),
  getBucketTagging: getBucketTagging(line),
  putBucketTagging: putBucketTagging(line),
  getBucketEncryption: getBucketEncryption(line),
  putBucketEncryption: putBucketEncryption(line),
  deleteBucketEncryption: deleteBucketEncryption(line),
  getObjectLockConfiguration: getObjectLockConfiguration(line),
  putObjectLockConfiguration: putObjectLockConfiguration(line),
  getObjectTagging: getObjectTagging(line),
  putObjectTagging: putObjectTagging(line),
  getObjectRetention: getObjectRetention(line),
  putObjectRetention: putObjectRetention(line),
  getObjectLegalHold: getObjectLegalHold(line),
  putObjectLegalHold: putObjectLegalHold(line),
});
