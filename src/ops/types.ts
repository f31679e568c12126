/**
 * What a handler is given and what it answers. Handlers know S3's semantics and nothing of sockets or signatures:
 * the body is a plain stream that fails at its end if anything about it was wrong.
 */

import type { Checksums } from '../base/checksum.ts';
import type { Clock } from '../base/clock.ts';
import type { Limits } from '../base/limits.ts';
import type { Random } from '../base/random.ts';
import type {
  AccessKey,
  Account,
  AuditEvent,
  Checksum,
  KeyScope,
  PlatformAccess,
  Retention,
  Tag,
} from '../model/entities.ts';
import type { EncryptionServices } from '../model/object-keys.ts';
import type { PolicyCache } from '../model/policy/cache.ts';
import type { Regions } from '../model/regions.ts';
import type { ActivityTrail, Blobs, Capabilities, Rows, Target } from '../store/port.ts';
import type { S3Request } from '../wire/request.ts';
import type { OperationName } from './table.ts';

/** Who asks, verified. */
export type Caller =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'account';
      readonly account: Account;
      /** What it was signed with; of a temporary key its own id, and nothing sealed. */
      readonly key: AccessKey;
      /** All of them must let a request through: the key's, and those of what it was derived from. */
      readonly scopes: readonly KeyScope[];
      readonly signature: 'v2' | 'v4';
      /** Where the signature was: in headers, in the address (presigned), or in a browser's form. */
      readonly place: 'header' | 'query' | 'form';
      /** What the signature says of when it was made; a presigned V2 address or form says nothing. */
      readonly signedAt: number | undefined;
    };

export interface IncomingBody {
  /** Bytes of the object or document, without framing. Undefined when the sender did not say (chunked transfer). */
  readonly length: number | undefined;
  /**
   * The plain bytes, once. Ends with an error, never early, when length, hash, chunk signatures, trailers or checksums
   * disagree with what was declared; so what was read may be used only after the end was reached.
   */
  stream(): AsyncIterable<Uint8Array>;
  /** The whole body for documents; `MaxMessageLengthExceeded` above `limit` bytes. */
  bytes(limit: number): Promise<Uint8Array>;
  /** Checksums that the request declared (header or trailer) and that held. Known after the end of the stream. */
  checksums(): readonly Pick<Checksum, 'algorithm' | 'value'>[];
}

/** Values of conditions that are not in the head of a request. */
export interface Said {
  readonly tags?: readonly Tag[];
  readonly retention?: Retention;
  readonly legalHold?: boolean;
}

export interface Call {
  readonly operation: OperationName;
  readonly request: S3Request;
  readonly requestId: string;
  readonly caller: Caller;
  /** Fetched and authorised by the pipeline for operations on a bucket or object. */
  readonly target: Target;
  readonly body: IncomingBody;
  /** PostObject only: what the form wants its browser to be answered. */
  readonly success?: SuccessAction;
  /** What the document says that conditions of policies ask for: of operations that `saysMore`, once it was read. */
  readonly says?: Said;
  /** Aborted when the client is gone or the server stops waiting. */
  readonly signal: AbortSignal;
}

export interface SuccessAction {
  readonly status: 200 | 201 | 204;
  /** An http or https URL, as it goes into a header; instead of the status. */
  readonly redirect: string | undefined;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Strings are XML documents; the pipeline sets Content-Length for strings and bytes. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Instead of a body: its document is not known yet. Made by `http/late.ts` alone. */
  readonly later?: Promise<Reply>;
}

/** What handlers work with; made once by the composition root. */
export interface Services {
  readonly rows: Rows;
  readonly blobs: Blobs;
  readonly capabilities: Capabilities;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: Limits;
  /** `loadChecksums()` of base/checksum.ts: asynchronous to make, so made once. */
  readonly checksums: Checksums;
  readonly regions: Regions;
  readonly access: PlatformAccess;
  /** Bucket policies, parsed. */
  readonly policies: PolicyCache;
  /** What objects' keys are sealed with. */
  readonly encryption: EncryptionServices;
  /** Told of what happened; kept soon after, if nothing goes wrong. */
  readonly noteActivity: (trail: ActivityTrail, event: AuditEvent) => void;
}

export type Handler = (call: Call, services: Services) => Promise<Reply>;
