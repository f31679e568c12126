/**
 * Condition keys that a policy may use: their names, what their values are, and what they say.
 *
 * Sources: "AWS global condition context keys", "Actions, resources, and condition keys for Amazon S3", "Amazon S3 Signature
 * Version 4 authentication specific policy keys". `ops/context.ts` fills them. Keys that nothing here could ever fill
 * (VPCs, organisations, roles, MFA) are not in the table, so a policy with one is refused: it would look like protection.
 */

export type ConditionType = 'string' | 'number' | 'date' | 'boolean' | 'address' | 'arn';

export interface ConditionKey {
  /** As documented; compared without case. */
  readonly name: string;
  readonly type: ConditionType;
  /** A fixed value of it in an Allow keeps the policy from being public ("The meaning of public"). */
  readonly narrows?: true;
  /** The client says what it is: a header, a parameter, a tag. */
  readonly fromClient?: true;
  /** The actions whose requests can have it. Absent: all. */
  readonly actions?: ReadonlySet<string>;
  readonly note: string;
}

const actions = (...names: readonly string[]): ReadonlySet<string> => new Set(names.map((name) => `s3:${name}`));
const also = (...sets: readonly ReadonlySet<string>[]): ReadonlySet<string> => new Set(sets.flatMap((set) => [...set]));

const LISTING = actions('ListBucket', 'ListBucketVersions');
const PUT = actions('PutObject');
const CREATE_BUCKET = actions('CreateBucket');
const ACL = also(PUT, CREATE_BUCKET, actions('PutBucketAcl', 'PutObjectAcl', 'PutObjectVersionAcl'));
const LOCK = also(PUT, actions('BypassGovernanceRetention'));
const RETENTION = also(LOCK, actions('PutObjectRetention'));
const TAG_CHANGES = actions('PutObjectTagging', 'PutObjectVersionTagging');
const TAG_REMOVALS = actions('DeleteObjectTagging', 'DeleteObjectVersionTagging');
const OF_A_VERSION = actions(
  ...['DeleteObjectVersion', 'DeleteObjectVersionTagging', 'GetObjectVersion', 'GetObjectVersionAcl'],
  ...['GetObjectVersionAttributes', 'GetObjectVersionTagging', 'PutObjectVersionAcl', 'PutObjectVersionTagging'],
  ...['GetObjectLegalHold', 'GetObjectRetention', 'PutObjectLegalHold', 'PutObjectRetention', 'RestoreObject'],
);
const OF_WHAT_IS_THERE = also(
  TAG_CHANGES,
  TAG_REMOVALS,
  actions(
    ...['GetObject', 'GetObjectAcl', 'GetObjectAttributes', 'GetObjectTagging', 'GetObjectVersion'],
    ...['GetObjectVersionAcl', 'GetObjectVersionAttributes', 'GetObjectVersionTagging'],
    ...['PutObjectAcl', 'PutObjectVersionAcl'],
  ),
);

const key = (name: string, type: ConditionType, note: string): ConditionKey => Object.freeze({ name, type, note });
const narrow = (name: string, type: ConditionType, note: string): ConditionKey =>
  Object.freeze({ name, type, note, narrows: true });
/** What the client says with some actions, or with all. */
const said = (row: Omit<ConditionKey, 'narrows' | 'fromClient'>): ConditionKey =>
  Object.freeze({ ...row, fromClient: true });
const header = (name: string, of?: ReadonlySet<string>): ConditionKey =>
  said({
    name: `s3:${name}`,
    type: 'string',
    note: `the header ${name}`,
    ...(of === undefined ? {} : { actions: of }),
  });
const parameter = (name: string, type: ConditionType): ConditionKey =>
  said({ name: `s3:${name}`, type, note: `the parameter ${name} of a listing`, actions: LISTING });
const lock = (name: string, type: ConditionType, of: ReadonlySet<string>): ConditionKey =>
  said({ name: `s3:${name}`, type, note: `the header x-amz-${name}`, actions: of });

export const CONDITION_KEYS: readonly ConditionKey[] = Object.freeze([
  key('aws:CurrentTime', 'date', 'when the request is judged'),
  key('aws:EpochTime', 'date', 'the same in seconds since 1970'),
  narrow('aws:PrincipalAccount', 'string', "the caller's account id"),
  narrow('aws:PrincipalArn', 'arn', 'the caller: arn:aws:iam::ACCOUNT:root'),
  key('aws:PrincipalType', 'string', 'Account or Anonymous'),
  said({ name: 'aws:Referer', type: 'string', note: 'the header Referer, which anybody can write' }),
  key('aws:ResourceAccount', 'string', "account id of the bucket's owner"),
  key('aws:SecureTransport', 'boolean', 'whether the request came by TLS'),
  narrow('aws:SourceIp', 'address', 'where the request comes from'),
  said({ name: 'aws:UserAgent', type: 'string', note: 'the header User-Agent, which anybody can write' }),
  narrow('aws:userid', 'string', "the caller's account id; anonymous"),
  narrow('aws:username', 'string', "the name of the caller's account"),
  key('s3:authType', 'string', 'REST-HEADER or REST-QUERY-STRING (presigned)'),
  parameter('delimiter', 'string'),
  header('if-match', also(PUT, actions('DeleteObject'))),
  header('if-none-match', PUT),
  parameter('max-keys', 'number'),
  parameter('prefix', 'string'),
  key('s3:ResourceAccount', 'string', "account id of the bucket's owner"),
  key('s3:signatureAge', 'number', 'milliseconds since the request was signed'),
  key('s3:signatureversion', 'string', 'AWS4-HMAC-SHA256 or AWS (version 2)'),
  said({ name: 's3:VersionId', type: 'string', note: 'the version that is named', actions: OF_A_VERSION }),
  header('x-amz-acl', ACL),
  header('x-amz-content-sha256'),
  said({ name: 's3:x-amz-copy-source', type: 'string', note: 'bucket/key that is copied', actions: PUT }),
  header('x-amz-grant-full-control', ACL),
  header('x-amz-grant-read', ACL),
  header('x-amz-grant-read-acp', ACL),
  header('x-amz-grant-write', ACL),
  header('x-amz-grant-write-acp', ACL),
  header('x-amz-metadata-directive', PUT),
  header('x-amz-object-ownership', CREATE_BUCKET),
  header('x-amz-server-side-encryption', PUT),
  header('x-amz-server-side-encryption-aws-kms-key-id', PUT),
  header('x-amz-server-side-encryption-customer-algorithm', PUT),
  header('x-amz-storage-class', ACL),
  header('x-amz-website-redirect-location', PUT),
  lock('object-lock-legal-hold', 'string', also(LOCK, actions('PutObjectLegalHold'))),
  lock('object-lock-mode', 'string', RETENTION),
  lock('object-lock-retain-until-date', 'date', RETENTION),
  said({
    name: 's3:RequestObjectTagKeys',
    type: 'string',
    note: 'the keys of the tags that the request sets',
    actions: also(PUT, TAG_CHANGES),
  }),
]);

/** Keys that end in a name of the client's: a tag of the object, or one that the request sets. */
const TAG_KEYS: readonly ConditionKey[] = Object.freeze([
  Object.freeze({
    name: 's3:ExistingObjectTag/',
    type: 'string',
    note: 'a tag of the object',
    actions: OF_WHAT_IS_THERE,
  }),
  said({
    name: 's3:RequestObjectTag/',
    type: 'string',
    note: 'a tag that the request sets',
    actions: also(PUT, TAG_CHANGES),
  }),
]);

const BY_NAME: ReadonlyMap<string, ConditionKey> = new Map(CONDITION_KEYS.map((one) => [one.name.toLowerCase(), one]));

/** The row of a key by its name in any case; undefined when policies cannot use it. */
export function conditionKey(name: string): ConditionKey | undefined {
  const lower = name.toLowerCase();
  return BY_NAME.get(lower) ?? TAG_KEYS.find((one) => lower.startsWith(one.name.toLowerCase()) && tagOf(name) !== '');
}

const tagOf = (name: string): string => name.slice(name.indexOf('/') + 1);

/** As values are found: lower case, but for the name of a tag, which keeps its own. */
export function conditionKeyId(name: string): string {
  const slash = name.indexOf('/');
  return slash < 0 ? name.toLowerCase() : `${name.slice(0, slash).toLowerCase()}/${name.slice(slash + 1)}`;
}
