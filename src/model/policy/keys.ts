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
  readonly note: string;
}

const key = (name: string, type: ConditionType, note: string): ConditionKey => Object.freeze({ name, type, note });
const narrow = (name: string, type: ConditionType, note: string): ConditionKey =>
  Object.freeze({ name, type, note, narrows: true });
const said = (name: string, type: ConditionType, note: string): ConditionKey =>
  Object.freeze({ name, type, note, fromClient: true });
const header = (name: string): ConditionKey => said(`s3:${name}`, 'string', `the header ${name}`);

export const CONDITION_KEYS: readonly ConditionKey[] = Object.freeze([
  key('aws:CurrentTime', 'date', 'when the request is judged'),
  key('aws:EpochTime', 'date', 'the same in seconds since 1970'),
  narrow('aws:PrincipalAccount', 'string', "the caller's account id"),
  narrow('aws:PrincipalArn', 'arn', 'the caller: arn:aws:iam::ACCOUNT:root'),
  key('aws:PrincipalType', 'string', 'Account or Anonymous'),
  said('aws:Referer', 'string', 'the header Referer, which anybody can write'),
  key('aws:ResourceAccount', 'string', "account id of the bucket's owner"),
  key('aws:SecureTransport', 'boolean', 'whether the request came by TLS'),
  narrow('aws:SourceIp', 'address', 'where the request comes from'),
  said('aws:UserAgent', 'string', 'the header User-Agent, which anybody can write'),
  narrow('aws:userid', 'string', "the caller's account id; anonymous"),
  narrow('aws:username', 'string', "the name of the caller's account"),
  key('s3:authType', 'string', 'REST-HEADER or REST-QUERY-STRING (presigned)'),
  said('s3:delimiter', 'string', 'the parameter delimiter of a listing'),
  header('if-match'),
  header('if-none-match'),
  said('s3:max-keys', 'number', 'the parameter max-keys of a listing'),
  said('s3:prefix', 'string', 'the parameter prefix of a listing'),
  key('s3:ResourceAccount', 'string', "account id of the bucket's owner"),
  key('s3:signatureAge', 'number', 'milliseconds since the request was signed'),
  key('s3:signatureversion', 'string', 'AWS4-HMAC-SHA256 or AWS (version 2)'),
  said('s3:VersionId', 'string', 'the version that is named'),
  header('x-amz-acl'),
  header('x-amz-content-sha256'),
  said('s3:x-amz-copy-source', 'string', 'bucket/key that is copied'),
  header('x-amz-grant-full-control'),
  header('x-amz-grant-read'),
  header('x-amz-grant-read-acp'),
  header('x-amz-grant-write'),
  header('x-amz-grant-write-acp'),
  header('x-amz-metadata-directive'),
  header('x-amz-object-ownership'),
  header('x-amz-server-side-encryption'),
  header('x-amz-server-side-encryption-aws-kms-key-id'),
  header('x-amz-server-side-encryption-customer-algorithm'),
  header('x-amz-storage-class'),
  header('x-amz-website-redirect-location'),
  said('s3:object-lock-legal-hold', 'string', 'the header x-amz-object-lock-legal-hold'),
  said('s3:object-lock-mode', 'string', 'the header x-amz-object-lock-mode'),
  said('s3:object-lock-retain-until-date', 'date', 'the header x-amz-object-lock-retain-until-date'),
  said('s3:RequestObjectTagKeys', 'string', 'the keys of the tags that the request sets'),
]);

/** Keys that end in a name of the client's: a tag of the object, or one that the request sets. */
const TAG_KEYS: readonly ConditionKey[] = Object.freeze([
  key('s3:ExistingObjectTag/', 'string', 'a tag of the object'),
  said('s3:RequestObjectTag/', 'string', 'a tag that the request sets'),
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
