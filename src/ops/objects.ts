/**
 * PutObject, GetObject, HeadObject.
 *
 * Sources: the three operations' pages in the S3 API reference, RFC 9110 for ranges. A put is one blob and one commit: until
 * the commit is acknowledged, readers see the previous object, whole. No checksum is invented for clients that sent none
 * (S3 adds a CRC-64/NVME since 2024): it would cost every put a pass over its bytes, which the engine checksums already.
 */

import { strict as assert } from 'node:assert';
import type { Limits } from '../base/limits.ts';
import type { Body, Bucket, Checksum, ObjectVersion, VersionDraft } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { contentMd5, contentRange, quoteEtag } from '../wire/values.ts';
import { askedAttributes, attributeHeaders, attributesIn, requireProvenBody } from './attributes.ts';
import { authoriseAs, touchedBy } from './authorise.ts';
import { bucketOf, commitToKey, type KeyState, keepOrDiscard, stateOf } from './commit.ts';
import { checkWriteCondition, isNotModified, type WriteCondition, writeCondition } from './conditions.ts';
import { etagOf, readBytes, type Stored, segmentsOf, writeBytes } from './encryption/bytes.ts';
import { schemeFor } from './encryption/scheme.ts';
import { encryptionHeaders, openObject, type Sealing, seal, withEncryption } from './encryption/sealing.ts';
import { Md5Stream } from './hashing.ts';
import {
  checksumHeaders,
  overrides,
  type ReplyHeaders,
  storedHeaders,
  versionHeaders,
  versionIdHeader,
} from './headers.ts';
import { select } from './selection.ts';
import type { Call, Handler, IncomingBody, Reply, Services } from './types.ts';
import { ownedBy } from './writer.ts';

// ----------------------------------------------------------------------------------------------------------- put

export const putObject: Handler = async (call, services) =>
  storeObject(call, services, bodySize(call.body, services.limits));

/** The object that the call's headers and body are. `size`: as declared; undefined when only its end will tell. */
export async function storeObject(call: Call, services: Services, size: number | undefined): Promise<Reply> {
  const { headers } = call.request;
  const state = stateOf(call);
  const expectedMd5 = contentMd5(headers.one('content-md5'));
  const owned = await ownedBy(call, services);
  const stored = storedHeaders(headers, services.limits);
  const condition = admittedCondition(call, services);
  const asked = askedAttributes(call, services);
  requireProvenBody(call, asked, state.bucket);

  const source = new Md5Stream(call.body.stream(), expectedMd5);
  const owner = { bucketId: state.bucket.id, region: state.bucket.region, key: state.key };
  const sealing = sealNew(call, services);
  const attributes = withEncryption(asked, sealing);
  const { body, size: plain } = await writeBytes(services, source, { sealing, size, number: 0, owner });
  const checksum = verifiedChecksum(call.body);
  const draft: VersionDraft = {
    kind: 'object',
    body,
    etag: etagOf(source.hex(), sealing),
    size: plain,
    modifiedAt: services.clock.now(),
    ...owned,
    headers: stored,
    ...(checksum !== undefined && { checksum }),
  };
  const { committed, bucket } = await keepOrDiscard(services.blobs, body, () =>
    commitToKey(state, services, (now) => ({
      type: 'putVersion',
      ...onKey(now, condition),
      draft: { ...draft, ...attributesIn(now.bucket, attributes, draft.modifiedAt) },
    })),
  );
  return {
    status: 200,
    headers: {
      ETag: quoteEtag(draft.etag),
      ...checksumHeaders(checksum),
      ...encryptionHeaders(sealing?.encryption, true),
      ...versionIdHeader(committed, bucket),
    },
  };
}

/** How a new object or upload under the request's key is encrypted; undefined: not at all. Throws what `schemeFor` throws. */
export function sealNew(call: Call, services: Services): Sealing | undefined {
  const { bucket, key } = stateOf(call);
  const scheme = schemeFor(call, services);
  return scheme && seal(services, scheme, { bucketId: bucket.id, key });
}

/** What every mutation of a key names. Checks the condition against this state and expects the state in the commit. */
export function onKey(state: KeyState, condition: WriteCondition) {
  checkWriteCondition(condition, state.version);
  return {
    bucketId: state.bucket.id,
    key: state.key,
    versioning: state.bucket.versioning,
    ...(condition.kind !== 'none' && { expect: state.revision }),
  };
}

/**
 * The condition of a write, checked a first time before any body is asked for. If-Match tells what an object's ETag is, so
 * it needs the right to read the object, as in S3; If-None-Match tells only whether the write itself would replace one.
 */
export function admittedCondition(call: Call, services: Services): WriteCondition {
  const condition = writeCondition(call.request.headers);
  if (condition.kind === 'match') authoriseAs('GetObject', call, services, touchedBy(call, call.target));
  checkWriteCondition(condition, call.target.version);
  return condition;
}

/** The declared size of an object or part, before a byte of it is read. Throws `MissingContentLength`, `EntityTooLarge`. */
export function bodySize(body: IncomingBody, limits: Limits): number {
  const { length } = body;
  if (length === undefined) throw new S3Error('MissingContentLength');
  if (length > limits.putBytes) {
    throw new S3Error(
      'EntityTooLarge',
      `Your proposed upload of ${length} bytes exceeds the ${limits.putBytes} bytes that one request can carry. Use a multipart upload.`,
      { fields: { ProposedSize: String(length), MaxSizeAllowed: String(limits.putBytes) } },
    );
  }
  return length;
}

/** The checksum that was declared and held; only after the body's end. */
export function verifiedChecksum(body: IncomingBody): Checksum | undefined {
  const [checksum] = body.checksums();
  return checksum === undefined ? undefined : { ...checksum, type: 'FULL_OBJECT' };
}

// ---------------------------------------------------------------------------------------------------- get and head

export const getObject: Handler = async (call, services) => read(call, services, true);

/** As GetObject, without the bytes; ranges and part numbers are answered alike. */
export const headObject: Handler = async (call, services) => read(call, services, false);

function read(call: Call, services: Services, withBytes: boolean): Reply {
  const { clock, limits } = services;
  const { headers } = call.request;
  const { bucket, version } = presentObject(call);
  const sealing = openObject(call, services, { bucketId: bucket.id, version, from: 'target' });
  const replaced = overrides(call.request, call.caller.kind === 'anonymous');
  const described = {
    ...versionHeaders(version, bucket),
    ...attributeHeaders(call, services, version),
    ...encryptionHeaders(sealing?.encryption),
    ...replaced,
  };
  if (isNotModified(headers, version, clock.now())) return { status: 304, headers: withoutContent(described) };
  const selected = select(call.request, version, limits);
  const { start, end } = selected;
  const reply = {
    status: selected.partial ? 206 : 200,
    headers: {
      ...described,
      ...selected.headers,
      'Content-Length': String(end - start),
      ...(selected.partial && { 'Content-Range': contentRange({ start, end }, version.size) }),
    },
  };
  if (!withBytes) return reply;
  if (start === end) return { ...reply, body: '' };
  return { ...reply, body: readBytes(services, storedOf(version, sealing), start, end) };
}

/** RFC 9110 section 15.4.5: what a cache needs to freshen its copy, and nothing about a content that isn't there. */
const withoutContent = (headers: ReplyHeaders): ReplyHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('Content-')));

/** Authorisation has proved that the version asked for is there and is no delete marker. */
export function presentObject(call: Call): { readonly bucket: Bucket; readonly version: ObjectVersion } {
  const { version } = call.target;
  assert(version?.kind === 'object', `${call.operation} was authorised without an object`);
  return { bucket: bucketOf(call), version };
}

/** What there is to be read of an object. */
export const storedOf = (version: ObjectVersion, sealing: Sealing | undefined): Stored => ({
  body: bodyOf(version),
  segments: segmentsOf(version),
  sealing,
});

function bodyOf(version: ObjectVersion): Body {
  assert(version.body !== undefined, `the object version ${version.versionId} has no body`);
  return version.body;
}
