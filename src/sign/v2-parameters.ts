/**
 * What signature V2 covers of the query, parameter by parameter, with the reason.
 *
 * V2 signs only the parameters of a list that clients have built in, and a server can't add to it without turning those
 * clients away. So each parameter that S3 knows is in one of three classes, and what V2 can't protect it can't do
 * (SECURITY rule 4). Sources: "Constructing the CanonicalizedResource Element" in the S3 API reference, and the lists of
 * the AWS SDK for Java 1.x, botocore's `HmacV1Auth` and s3cmd. A test holds this table against the table of operations.
 */

/**
 * - `signed`: in the string to sign, so that adding, changing or dropping it breaks the signature.
 * - `reading`: never signed by any client; taken on GET and HEAD only, where it does no more than the reason says.
 * - `refused`: selects or changes an operation and is signed by no V2 client.
 */
export type V2Use = 'signed' | 'reading' | 'refused';

interface Entry {
  readonly use: V2Use;
  readonly why: string;
}

const ALL_CLIENTS = "in AWS's list from the start; every V2 client signs it";
const LATER = "added to AWS's list with the feature; Java, botocore and s3cmd sign it";
const SDKS = 'signed by botocore and the Java SDK, which had V2 when the feature came';
const BOTOCORE = 'signed by botocore, the last SDK to gain V2 parameters';
const OVERRIDE = "response override: in AWS's list, with its decoded value";
const PAGING = 'narrows or pages a listing that the signed resource already grants as a whole';
const SHAPE = 'changes how the answer to a listing is written, not what it may show';
const NO_CLIENT = 'came after V2: no client signs it, and it selects an operation';
const NO_CLIENT_TARGET = 'no client signs it, and it names what the operation is done to';

const of = (use: V2Use, why: string, ...names: string[]): [string, Entry][] =>
  names.map((name) => [name, Object.freeze({ use, why })]);

export const V2_PARAMETERS: ReadonlyMap<string, Entry> = new Map([
  ...of('signed', ALL_CLIENTS, 'acl', 'location', 'logging', 'partNumber', 'policy', 'requestPayment', 'torrent'),
  ...of('signed', ALL_CLIENTS, 'uploadId', 'uploads', 'versionId', 'versioning', 'versions', 'website', 'notification'),
  ...of('signed', LATER, 'lifecycle', 'delete', 'cors', 'restore'),
  ...of('signed', SDKS, 'tagging', 'replication', 'accelerate', 'inventory', 'analytics', 'metrics'),
  ...of('signed', BOTOCORE, 'select', 'select-type', 'object-lock'),
  ...of('signed', OVERRIDE, 'response-cache-control', 'response-content-disposition', 'response-content-encoding'),
  ...of('signed', OVERRIDE, 'response-content-language', 'response-content-type', 'response-expires'),

  ...of('reading', PAGING, 'prefix', 'delimiter', 'marker', 'max-keys', 'continuation-token', 'start-after'),
  ...of('reading', PAGING, 'key-marker', 'version-id-marker', 'upload-id-marker', 'max-uploads'),
  ...of('reading', PAGING, 'max-parts', 'part-number-marker', 'max-buckets', 'bucket-region'),
  ...of('reading', SHAPE, 'list-type', 'encoding-type', 'fetch-owner'),

  ...of('refused', NO_CLIENT, 'retention', 'legal-hold', 'attributes', 'encryption', 'publicAccessBlock'),
  ...of('refused', NO_CLIENT, 'policyStatus', 'ownershipControls', 'intelligent-tiering', 'session', 'abac'),
  ...of('refused', NO_CLIENT, 'metadataConfiguration', 'metadataTable', 'metadataInventoryTable'),
  ...of('refused', NO_CLIENT, 'metadataJournalTable', 'metadataAnnotationTable', 'renameObject', 'annotation'),
  ...of('refused', NO_CLIENT_TARGET, 'annotation-prefix', 'id', 'annotationName', 'max-annotation-results'),
]);

/** In the URL for authentication itself (the token signed as a header), or repeated there by V2 presigners and read by nobody. */
const INERT: ReadonlySet<string> = new Set([
  ...['AWSAccessKeyId', 'Signature', 'Expires', 'x-amz-security-token'],
  ...['content-type', 'content-md5'],
]);

/** How this parameter may be used in this request. `inert`: it is not signed as a parameter, nor acted upon as one. */
export function useUnderV2(name: string, method: string): 'signed' | 'inert' | 'refused' {
  const reads = method === 'GET' || method === 'HEAD';
  const use = V2_PARAMETERS.get(name)?.use;
  if (use === 'reading') return reads ? 'inert' : 'refused';
  if (use !== undefined) return use;
  if (INERT.has(name)) return 'inert';
  // V4 lets a URL carry x-amz-* headers in its query; V2 would not cover them.
  if (name.toLowerCase().startsWith('x-amz-')) return 'refused';
  // S3 knows no such parameter: cache busters, and the x-… names that S3 sets aside for its callers.
  return reads || name.startsWith('x-') ? 'inert' : 'refused';
}
