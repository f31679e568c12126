/**
 * Every bound of the system, by name and unit: sizes in bytes, times in milliseconds, the rest are counts.
 *
 * Numbers marked S3 are Amazon's own, from "Amazon S3 quotas" and the API reference, and are part of the protocol.
 * The others protect the process; `limits` in the configuration can change those that operators need to change.
 */

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const TiB = 1024 * GiB;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

export const LIMITS = Object.freeze({
  /** S3: a key is 1 to 1024 bytes of UTF-8. */
  keyBytes: 1024,
  /** S3: bucket names are 3 to 63 characters. */
  bucketNameMin: 3,
  bucketNameMax: 63,
  /** S3: buckets of one account (a quota there too, raised to 10,000 in 2024). */
  bucketsPerAccount: 10_000,
  /** S3: names and values of all x-amz-meta-* headers together, as UTF-8. */
  userMetadataBytes: 2 * KiB,
  /** Tags of an object, and of a bucket; characters of their keys and values. */
  objectTags: 10,
  bucketTags: 50,
  tagKeyLength: 128,
  tagValueLength: 256,
  /** S3: one PutObject or UploadPart. */
  putBytes: 5 * GiB,
  /** S3: a whole object. */
  objectBytes: 5 * TiB,
  /** S3: every part but the last. */
  partBytesMin: 5 * MiB,
  partNumberMax: 10_000,
  /** S3: entries in one listing page, keys in one DeleteObjects. */
  pageEntries: 1000,
  deleteKeys: 1000,
  /** S3: ListBuckets page. */
  bucketPageEntries: 10_000,
  /** S3: grants in one ACL. */
  aclGrants: 100,
  /** S3: a presigned V4 URL lives at most seven days. */
  presignedSecondsMax: 7 * 24 * 3600,
  /** S3: clocks may differ by fifteen minutes. */
  clockSkewMs: 15 * MINUTE,

  /** Request line and headers together (S3 allows 8 KiB of headers; longer URLs occur in presigned requests). */
  headBytes: 32 * KiB,
  headerCount: 200,
  queryParameters: 100,
  /** XML documents that clients send: CompleteMultipartUpload with 10,000 parts and checksums is the largest. */
  xmlBytes: 4 * MiB,
  xmlDepth: 16,
  xmlElements: 100_000,
  /** One tag with its attributes; a namespace declaration has some 60. */
  xmlTagBytes: 1 * KiB,
  /** S3: a browser's form, its boundaries included, without the content of its file. */
  formBytes: 20 * KiB,
  /** Small XML documents: ACL, CreateBucketConfiguration and the like. */
  smallXmlBytes: 64 * KiB,
  /** Head of one aws-chunked chunk (size, extensions) and of one trailer block. */
  chunkHeadBytes: 1 * KiB,
  trailerBytes: 4 * KiB,
  /** Largest chunk of an aws-chunked body whose signature is checked; S3 clients send 64 KiB to 8 MiB. */
  chunkBytes: 128 * MiB,

  /** Headers must be complete within this time of the connection's first byte. */
  headTimeoutMs: 30 * SECOND,
  /** A connection on which nothing arrives, and to which nothing can be written, is closed. */
  idleBodyTimeoutMs: 60 * SECOND,
  /** Slow-body protection: after the grace, a body must have come (or an answer gone) at this average rate. */
  minBytesPerSecond: 1 * KiB,
  slowBodyGraceMs: 60 * SECOND,
  keepAliveMs: 75 * SECOND,
  tlsHandshakeMs: 10 * SECOND,
  /** Bytes of a refused body that are read and thrown away so that the client can read the answer. */
  drainBytes: 1 * MiB,
  drainMs: 5 * SECOND,
  connections: 10_000,
  /** Requests that may wait on one connection for the answers before them. */
  pipelinedRequests: 32,
  /** How often open requests are looked at for the limits above. */
  sweepMs: 1 * SECOND,
  /** Bytes of a body that are taken from the connection before somebody asks for them. */
  readAheadBytes: 256 * KiB,
  /** An answer that may be late begins after this long, and goes on with a space each time as much has passed again. */
  lateAnswerMs: 10 * SECOND,
  /** What a client is told to wait before it tries again (`Retry-After`). */
  retryAfterMs: 1 * SECOND,
  /** Graceful stop: requests in flight get this long. */
  stopMs: 30 * SECOND,
  /** A worker that died is started again after this long, doubled with each quick death up to the maximum. */
  workerRestartMs: 1 * SECOND,
  workerRestartMaxMs: 30 * SECOND,

  /** Bodies up to this size are kept beside their rows, larger ones in files. */
  inlineBytes: 32 * KiB,
  /** Unit of checksumming and of reading in a blob file. */
  blobChunkBytes: 256 * KiB,
  /** Keys of one DeleteObjects that are fetched and removed at a time. */
  deleteParallel: 32,
  /** Versions of a key among which a repeated CompleteMultipartUpload looks for its own. */
  repeatedVersions: 1000,
  /** Commits retried after a conflict before the caller is told 409/503. */
  commitAttempts: 16,
  /** A replaced or deleted blob stays at least this long, for readers that know its name. */
  blobGraceMs: 10 * MINUTE,
  /** Blobs that one sweeping round reclaims at most, and the pause after a round: when more is due, and when not. */
  sweepBlobs: 1000,
  sweepBreathMs: 100,
  sweepIntervalMs: 1 * MINUTE,
  /** Steps (files, groups of rows) of one mending round, and the pause after a round: when more is to do, and when not. */
  mendItems: 20,
  mendBreathMs: 20,
  mendIntervalMs: 10 * SECOND,
  /** How often the files of the TLS certificate are looked at. */
  certificatePollMs: 10 * SECOND,

  /** S3: a bucket policy. */
  policyBytes: 20 * KiB,
  /** Objects and lists in one another in a policy; a document needs five. */
  policyDepth: 16,
  /** Characters of one resource or value of a policy: no ARN of an object is longer. */
  policyTextLength: 2048,
  /** S3: rules of one CORS configuration, its size, and characters of a rule's ID. */
  corsRules: 100,
  corsBytes: 64 * KiB,
  corsIdLength: 255,
  /** A refused request is kept to be explained: so many of them, so much of each, and so many a second and process. */
  refusalsKept: 10_000,
  refusalBytes: 16 * KiB,
  refusalsPerSecond: 50,
  refusalNoteMs: 1 * SECOND,
  refusalDays: 7,
  /** Changes of objects are told so long; at most so many are gathered, and written this often by each process. */
  activityDays: 30,
  activityGathered: 20_000,
  activityNoteMs: 1 * SECOND,
  /** Failed requests are told so long, and so many of a minute and process: who provokes them must not fill disks. */
  failureDays: 7,
  failuresPerMinute: 30,
  /** Uses of keys are noted at most this often by each process. */
  keyUseMs: 1 * MINUTE,
  /** The first use of a key by a client, as one process sees it. */
  keyFirstUseMs: 1 * SECOND,
  /** Characters of what a client calls itself. */
  agentLength: 200,
  /** Temporary keys: how long unless asked otherwise, and at most. */
  sessionMs: 1 * 60 * MINUTE,
  sessionMaxMs: 12 * 60 * MINUTE,
  /** Sessions of an account that are ended one by one and would still hold. */
  endedSessions: 100,
  /** Events of an account's trail that are read to find its sessions. */
  sessionEvents: 5000,
  /** How long after somebody showed a password or secret what is dangerous may be done. */
  recentSignInMs: 10 * MINUTE,
  /** What a temporary key's token may have: it travels in a header or an address. */
  sessionTokenBytes: 8 * KiB,
  /** Tokens kept open, per process. */
  sessionCache: 1000,
  /** Keys of one account, revoked ones too: they stay, so that their names are never used again. */
  keysPerAccount: 10_000,
  /** Links that an account has shared at the same time. */
  sharesPerAccount: 1000,
  /** A key's scope: resources, actions and networks, each. */
  scopeEntries: 100,
  /** A rotated key may be used beside its successor at most this long. */
  keyOverlapMs: 90 * 24 * 60 * MINUTE,
  /** Characters of a password. */
  passwordMin: 12,
  passwordMax: 1024,
  /** Argon2id: memory and passes of one hash. OWASP asks for 46 MiB and one pass, or more. */
  passwordMemoryBytes: 64 * MiB,
  passwordPasses: 3,
  /** Passwords being hashed at the same time, and waiting for it. */
  passwordHashes: 2,
  passwordQueue: 32,
  /** Sign-ins that may fail, per account and per address, before the next has to wait; and the window. */
  signInFailures: 10,
  signInWindowMs: 10 * MINUTE,
  /** What a client is told to wait (`Retry-After`) that tried to sign in too often. */
  signInRetryMs: 1 * MINUTE,
  /** Names and addresses whose failures are counted; the oldest makes room. */
  signInsCounted: 10_000,

  /** Events that one look through the audit trail reads, and that one table of them holds. */
  auditScanned: 20_000,
  auditTableRows: 10_000,
  /** What buckets hold: the pause after a round of counting (most, least) and after a page of it (least); versions that are counted while somebody waits, and buckets that are remembered. */
  usageIntervalMs: 60 * MINUTE,
  usageRestMs: 1 * MINUTE,
  usageBreathMs: 50,
  usageAtOnce: 5000,
  usageBuckets: 100_000,
  /** Of which it is told to operators, the largest. */
  usageAccounts: 1000,
  /** Account API: one body, and objects and arrays inside each other in it. */
  apiBodyBytes: 256 * KiB,
  apiJsonDepth: 8,
  /** Account API: the largest object whose copies are read, and how many are at a time. */
  apiCopiesBytes: 1 * GiB,
  apiCopiesParallel: 2,

  /** The Console's app, all its files, compressed ones too: they are kept in memory. */
  consoleAppBytes: 64 * MiB,

  /** Cached derived signing keys and unsealed secrets, per process. */
  signingKeyCache: 10_000,
  /** The file of the local key ring. */
  keyRingBytes: 64 * KiB,

  /** Bucket policies kept parsed, per process. */
  policyCache: 1000,
});

export type Limits = Readonly<Record<keyof typeof LIMITS, number>>;
