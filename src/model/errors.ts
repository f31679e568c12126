/**
 * S3's errors: one table, one class. `http/` turns them into bytes, nobody else does.
 *
 * Codes, statuses and, where S3's own words help, the texts are those of "Error responses" in the S3 API reference.
 * A throw site may give a better text about *this* request; it says what was wrong and what to do.
 */

const row = (status: number, message: string) => Object.freeze({ status, message });

const ROWS = {
  AccessControlListNotSupported: row(400, 'The bucket does not allow ACLs'),
  AccessDenied: row(403, 'Access Denied'),
  AccessForbidden: row(403, 'CORSResponse: This CORS request is not allowed.'),
  AuthorizationHeaderMalformed: row(400, 'The authorization header that you provided is not valid.'),
  AuthorizationQueryParametersError: row(400, 'The authorization query parameters that you provided are not valid.'),
  BadDigest: row(400, 'The Content-MD5 or checksum value that you specified did not match what we received.'),
  BadRequest: row(400, 'Bad Request'),
  BucketAlreadyExists: row(
    409,
    'The requested bucket name is not available. Bucket names are shared by all users of this system. Please select a different name and try again.',
  ),
  BucketAlreadyOwnedByYou: row(409, 'The bucket that you tried to create already exists, and you own it.'),
  BucketNotEmpty: row(
    409,
    'The bucket that you tried to delete is not empty. Delete all objects and versions in it first.',
  ),
  ConditionalRequestConflict: row(
    409,
    'A conflicting operation occurred during the execution of this conditional request. Please try again.',
  ),
  EntityTooLarge: row(400, 'Your proposed upload exceeds the maximum allowed object size.'),
  EntityTooSmall: row(400, 'Your proposed upload is smaller than the minimum allowed object size.'),
  IllegalLocationConstraintException: row(
    400,
    'The specified location constraint is incompatible for the region specific endpoint this request was sent to.',
  ),
  IllegalVersioningConfigurationException: row(
    400,
    'The versioning configuration specified in the request is invalid.',
  ),
  IncompleteBody: row(400, 'You did not provide the number of bytes specified by the Content-Length HTTP header.'),
  InternalError: row(500, 'We encountered an internal error. Please try again.'),
  InvalidAccessKeyId: row(403, 'The access key ID that you provided does not exist in our records.'),
  InvalidArgument: row(400, 'Invalid Argument'),
  InvalidBucketAclWithObjectOwnership: row(
    400,
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
  ),
  InvalidBucketName: row(400, 'The specified bucket is not valid.'),
  InvalidBucketState: row(409, 'The request is not valid for the current state of the bucket.'),
  InvalidDigest: row(400, 'The Content-MD5 or checksum value that you specified is not valid.'),
  InvalidEncryptionAlgorithmError: row(
    400,
    'The encryption request that you specified is not valid. The valid value is AES256.',
  ),
  InvalidLocationConstraint: row(400, 'The specified location (Region) constraint is not valid.'),
  InvalidPart: row(
    400,
    'One or more of the specified parts could not be found. The part might not have been uploaded, or the specified entity tag might not have matched the part’s entity tag.',
  ),
  InvalidPartOrder: row(
    400,
    'The list of parts was not in ascending order. The parts list must be specified in order by part number.',
  ),
  InvalidPartNumber: row(416, 'The requested partnumber is not satisfiable'),
  InvalidPolicyDocument: row(
    400,
    'The content of the form does not meet the conditions specified in the policy document.',
  ),
  InvalidRange: row(416, 'The requested range is not satisfiable'),
  InvalidRedirectLocation: row(
    400,
    'The website redirect location must have a prefix of ‘http://’ or ‘https://’ or ‘/’.',
  ),
  InvalidRequest: row(400, 'Invalid Request'),
  InvalidRetentionPeriod: row(400, 'The retention period that you specified is not valid.'),
  InvalidStorageClass: row(400, 'The storage class that you specified is not valid.'),
  ExpiredToken: row(400, 'The provided token has expired.'),
  InvalidTag: row(400, 'The tag that you specified is not valid.'),
  InvalidToken: row(400, 'The provided token is malformed or otherwise not valid.'),
  InvalidURI: row(400, 'The specified URI could not be parsed.'),
  'KMS.NotFoundException': row(400, 'The key that you specified does not exist.'),
  KeyTooLongError: row(400, 'Your key is too long.'),
  MalformedACLError: row(
    400,
    'The ACL that you provided was not well formed or did not validate against our published schema.',
  ),
  MalformedPOSTRequest: row(400, 'The body of your POST request is not well-formed multipart/form-data.'),
  MalformedPolicy: row(400, 'Policies must be valid JSON and the first byte must be ‘{’.'),
  MalformedTrailerError: row(
    400,
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  ),
  MalformedXML: row(
    400,
    'The XML that you provided was not well formed or did not validate against our published schema.',
  ),
  MaxMessageLengthExceeded: row(400, 'Your request was too large.'),
  MaxPostPreDataLengthExceeded: row(400, 'Your POST request fields preceding the upload file were too large.'),
  MetadataTooLarge: row(400, 'Your metadata headers exceed the maximum allowed metadata size.'),
  MethodNotAllowed: row(405, 'The specified method is not allowed against this resource.'),
  MissingContentLength: row(411, 'You must provide the Content-Length HTTP header.'),
  MissingRequestBodyError: row(400, 'Request body is empty.'),
  MissingSecurityHeader: row(400, 'Your request is missing a required header.'),
  NoSuchBucket: row(404, 'The specified bucket does not exist'),
  NoSuchBucketPolicy: row(404, 'The bucket policy does not exist'),
  NoSuchCORSConfiguration: row(404, 'The CORS configuration does not exist'),
  NoSuchKey: row(404, 'The specified key does not exist.'),
  NoSuchPublicAccessBlockConfiguration: row(404, 'The public access block configuration was not found'),
  NoSuchObjectLockConfiguration: row(404, 'The specified object does not have a ObjectLock configuration'),
  NoSuchTagSet: row(404, 'The TagSet does not exist'),
  NoSuchUpload: row(
    404,
    'The specified multipart upload does not exist. The upload ID might not be valid, or the multipart upload might have been aborted or completed.',
  ),
  NoSuchVersion: row(404, 'The specified version does not exist.'),
  NotImplemented: row(501, 'A header, query parameter or operation that you used is not implemented.'),
  ObjectLockConfigurationNotFoundError: row(404, 'Object Lock configuration does not exist for this bucket'),
  OperationAborted: row(
    409,
    'A conflicting conditional operation is currently in progress against this resource. Please try again.',
  ),
  OwnershipControlsNotFoundError: row(404, 'The bucket ownership controls were not found'),
  PermanentRedirect: row(
    301,
    'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
  ),
  PreconditionFailed: row(412, 'At least one of the preconditions that you specified did not hold.'),
  RequestHeaderSectionTooLarge: row(400, 'Your request header section exceeds the maximum allowed size.'),
  RequestTimeTooSkewed: row(403, 'The difference between the request time and the server’s time is too large.'),
  RequestTimeout: row(
    400,
    'Your socket connection to the server was not read from or written to within the timeout period.',
  ),
  ServerSideEncryptionConfigurationNotFoundError: row(404, 'The server side encryption configuration was not found'),
  ServiceUnavailable: row(503, 'Service is unable to handle request.'),
  SignatureDoesNotMatch: row(
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  ),
  TooManyBuckets: row(400, 'You have attempted to create more buckets than allowed.'),
  UnexpectedContent: row(400, 'This request contains unsupported content.'),
  UnresolvableGrantByEmailAddress: row(
    400,
    'The email address that you provided does not match any account on record.',
  ),
  UserKeyMustBeSpecified: row(
    400,
    'The bucket POST must contain the specified field name. If it is specified, check the order of the fields.',
  ),
  XAmzContentSHA256Mismatch: row(400, 'The provided ‘x-amz-content-sha256’ header does not match what was computed.'),
} as const;

export type ErrorCode = keyof typeof ROWS;

export const ERRORS: Readonly<Record<ErrorCode, { readonly status: number; readonly message: string }>> =
  Object.freeze(ROWS);

/** Extra elements of the error document (`<BucketName>`, `<StringToSign>`) and headers of the answer. */
export interface ErrorDetails {
  readonly fields?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Something about the request, or about what it asks for. Never for our own mistakes: those are assertions. */
export class S3Error extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, message: string = ERRORS[code].message, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.status = ERRORS[code].status;
    this.fields = details.fields ?? {};
    this.headers = details.headers ?? {};
  }
}
