/**
 * A bucket of a few keys in the memory engine, and S3's listings of it, asked through their handlers: parameters in, document
 * out, and what the document says. Sockets and signatures are left out: a hundred thousand listings shall take seconds.
 */

import assert from 'node:assert/strict';
import { LIMITS } from '../../src/base/limits.ts';
import { type Bucket, OPEN_PLATFORM, type VersionDraft, type Versioning } from '../../src/model/entities.ts';
import type { PageSizes } from '../../src/model/listing.ts';
import { HANDLERS } from '../../src/ops/handlers.ts';
import type { Call, Services } from '../../src/ops/types.ts';
import type { Engine } from '../../src/store/port.ts';
import { createMemoryEngine } from '../support/memory-engine.ts';
import { requestOf } from '../support/request.ts';

export type Listing = 'ListObjects' | 'ListObjectsV2' | 'ListObjectVersions';
export type Query = Readonly<Record<string, string>>;

/** A key's versions, oldest first: `n` the null version, `v` a version, `m` a delete marker. Empty: the key is absent. */
export type Stack = string;

export interface StagedVersion {
  readonly key: string;
  /** As clients see it. */
  readonly versionId: string;
  readonly kind: 'object' | 'delete-marker';
  readonly isCurrent: boolean;
}

export interface Page {
  /** Keys; of versions `key id`, with what makes them different behind: a marker, the latest. In the document's order. */
  readonly entries: readonly string[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
  /** What asks for the next page, as clients find it; undefined on the last. */
  readonly next: Query | undefined;
}

const OWNER = 'owner';
const ACL = Object.freeze({ owner: OWNER, grants: [] });

export class Stage {
  /** By key as given, newest first. */
  readonly versions: readonly StagedVersion[];
  readonly #services: Services;
  readonly #bucket: Bucket;

  constructor(versions: readonly StagedVersion[], services: Services, bucket: Bucket) {
    this.versions = versions;
    this.#services = services;
    this.#bucket = bucket;
  }

  static async of(stacks: Readonly<Record<string, Stack>>, sizes: PageSizes): Promise<Stage> {
    const engine = createMemoryEngine();
    const bucket = await createBucket(engine);
    const versions: StagedVersion[] = [];
    for (const [key, stack] of Object.entries(stacks)) versions.push(...(await putStack(engine, bucket, key, stack)));
    const capabilities = { ...engine.capabilities, scanFirstRows: sizes.first, scanRows: sizes.most };
    // All that listings use of them.
    const services = { rows: engine.rows, capabilities, limits: LIMITS, access: OPEN_PLATFORM } as Services;
    return new Stage(versions, services, bucket);
  }

  async list(operation: Listing, query: Query): Promise<Page> {
    const parameters = Object.entries({ ...SELECT[operation], ...query });
    const target = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
    const call = {
      operation,
      request: requestOf('GET', `/bucket?${target}`),
      target: { bucket: this.#bucket, version: undefined, revision: '' },
      signal: NEVER,
    } as Call;
    const reply = await HANDLERS[operation]?.(call, this.#services);
    assert.equal(reply?.status, 200);
    assert.ok(typeof reply.body === 'string');
    return pageOf(reply.body, operation);
  }
}

const NEVER = new AbortController().signal;
const SELECT: Readonly<Record<Listing, Query>> = {
  ListObjects: {},
  ListObjectsV2: { 'list-type': '2' },
  ListObjectVersions: { versions: '' },
};

// ------------------------------------------------------------------------------------------------------ the document

const ENTRY = /<(Contents|Version|DeleteMarker)>.*?<\/\1>/gs;

function pageOf(text: string, operation: Listing): Page {
  const entries = [...text.matchAll(ENTRY)].map(([entry]) => shownEntry(entry, operation));
  const isTruncated = leaf(text, 'IsTruncated') === 'true';
  const prefixes = text.slice(text.indexOf('<CommonPrefixes>'));
  return {
    entries,
    commonPrefixes: text.includes('<CommonPrefixes>')
      ? [...prefixes.matchAll(/<Prefix>(.*?)<\/Prefix>/gs)].map(([, prefix = '']) => prefix)
      : [],
    isTruncated,
    next: isTruncated ? NEXT[operation](text, entries.at(-1)) : undefined,
  };
}

function shownEntry(entry: string, operation: Listing): string {
  const key = leaf(entry, 'Key') ?? '';
  if (operation !== 'ListObjectVersions') return key;
  const marker = entry.startsWith('<DeleteMarker>') ? ' marker' : '';
  return shownVersion(key, `${leaf(entry, 'VersionId')}${marker}`, leaf(entry, 'IsLatest') === 'true');
}

export const shownVersion = (key: string, what: string, isLatest: boolean): string =>
  `${key} ${what}${isLatest ? ' latest' : ''}`;

const leaf = (text: string, name: string): string | undefined => {
  const at = text.indexOf(`<${name}>`);
  return at < 0 ? undefined : text.slice(at + name.length + 2, text.indexOf(`</${name}>`, at));
};

const present = (query: Readonly<Record<string, string | undefined>>): Query =>
  Object.fromEntries(Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

/** As S3 tells clients to go on: without NextMarker it is the last key. */
const NEXT: Readonly<Record<Listing, (text: string, last: string | undefined) => Query>> = {
  ListObjects: (text, last) => present({ marker: leaf(text, 'NextMarker') ?? last }),
  ListObjectsV2: (text) => present({ 'continuation-token': leaf(text, 'NextContinuationToken') }),
  ListObjectVersions: (text) =>
    present({ 'key-marker': leaf(text, 'NextKeyMarker'), 'version-id-marker': leaf(text, 'NextVersionIdMarker') }),
};

// ------------------------------------------------------------------------------------------------------- the bucket

async function createBucket({ rows }: Engine): Promise<Bucket> {
  const account = {
    id: OWNER,
    name: OWNER,
    canonicalId: OWNER,
    role: 'tenant',
    state: 'active',
    createdAt: 0,
  } as const;
  await rows.commit({ type: 'putAccount', account, replace: false });
  const named = { id: 'bucket', name: 'bucket', owner: OWNER, ownerCanonicalId: OWNER, region: 'us-east-1' };
  const bucket = { ...named, createdAt: 0, versioning: 'unversioned', acl: ACL, configuration: {} } as const;
  const { revision } = await rows.commit({ type: 'createBucket', bucket });
  return { ...bucket, revision };
}

async function putStack(engine: Engine, bucket: Bucket, key: string, stack: Stack): Promise<readonly StagedVersion[]> {
  const { rows, blobs } = engine;
  const versions: StagedVersion[] = [];
  for (const [at, letter] of [...stack].entries()) {
    const kind = letter === 'm' ? 'delete-marker' : 'object';
    const versioning = letter === 'n' ? 'suspended' : 'enabled';
    await setVersioning(engine, versioning);
    const body = kind === 'object' ? { body: await blobs.write(NOTHING(), 0) } : {};
    const draft: VersionDraft = { ...DRAFT, kind, ...body };
    const made = await rows.commit({ type: 'putVersion', bucketId: bucket.id, key, versioning, draft });
    const versionId = made.isNull === true ? 'null' : (made.versionId ?? '');
    versions.unshift({ key, versionId, kind, isCurrent: at === stack.length - 1 });
  }
  return versions;
}

async function* NOTHING(): AsyncGenerator<Uint8Array> {}

const DRAFT = {
  etag: '',
  size: 0,
  modifiedAt: 0,
  owner: OWNER,
  ownerCanonicalId: OWNER,
  acl: ACL,
  headers: { userMetadata: new Map<string, string>() },
};

async function setVersioning({ rows }: Engine, versioning: Versioning): Promise<void> {
  const { bucket } = await rows.getTarget({ bucket: 'bucket' });
  assert.ok(bucket !== undefined);
  const { revision: expect, ...rest } = bucket;
  if (rest.versioning === versioning) return;
  await rows.commit({ type: 'updateBucket', bucket: { ...rest, versioning }, expect });
}
