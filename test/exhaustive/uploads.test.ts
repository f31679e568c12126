/**
 * ListMultipartUploads in all small cases, through its handler and read from its documents: every way to have none, one or
 * two uploads of a few keys × prefix × delimiter × markers × max-uploads, page after page to the end, beside an oracle that
 * takes everything, folds, sorts and cuts.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/base/limits.ts';
import { type Bucket, OPEN_PLATFORM } from '../../src/model/entities.ts';
import type { Call, Services } from '../../src/ops/types.ts';
import { listMultipartUploads } from '../../src/ops/uploads-list.ts';
import { createMemoryEngine } from '../support/memory-engine.ts';
import { requestOf } from '../support/request.ts';

/** A key that is a prefix of others, one that ends with the delimiter, empty names between two of them. */
const KEYS = ['a', 'a/', 'a/b', 'b//c'];
const UPLOADS_MAX = 2;
const PREFIXES = ['', 'a', 'a/', 'b/'];
const DELIMITERS = ['', '/', '//'];
/** Before, at and behind keys, and within common prefixes. */
const KEY_MARKERS = ['A', 'a', 'a/', 'a/a', 'a/b', 'b/', 'b//d'];
/** Ids are `2-…`, begun first, and `1-…`: the order is that of their beginning. */
const ID_MARKERS = [undefined, '2', '1'];

interface Staged {
  readonly key: string;
  readonly uploadId: string;
}

interface Page {
  readonly uploads: readonly string[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
}

type Query = Readonly<Record<string, string>>;

const OWNER = 'owner';
const ACL = Object.freeze({ owner: OWNER, grants: [] });
const NAMED = { id: 'bucket', name: 'bucket', owner: OWNER, ownerCanonicalId: OWNER, region: 'us-east-1' };
const NEVER = new AbortController().signal;

class Stage {
  readonly #services: Services;
  readonly #bucket: Bucket;
  readonly uploads: readonly Staged[];

  private constructor(services: Services, bucket: Bucket, uploads: readonly Staged[]) {
    this.#services = services;
    this.#bucket = bucket;
    this.uploads = uploads;
  }

  /** `counts[i]` uploads of `KEYS[i]`. */
  static async of(counts: readonly number[], few: boolean): Promise<Stage> {
    const { rows, capabilities } = createMemoryEngine();
    const account = {
      id: OWNER,
      name: OWNER,
      canonicalId: OWNER,
      role: 'tenant',
      state: 'active',
      createdAt: 0,
    } as const;
    await rows.commit({ type: 'putAccount', account, replace: false });
    const bucket = { ...NAMED, createdAt: 0, versioning: 'unversioned', acl: ACL, configuration: {} } as const;
    const { revision } = await rows.commit({ type: 'createBucket', bucket });
    const uploads: Staged[] = [];
    for (const [index, key] of KEYS.entries()) {
      for (let nth = 0; nth < (counts[index] ?? 0); nth += 1) {
        const uploadId = `${UPLOADS_MAX - nth}-${index}`;
        const headers = { userMetadata: new Map<string, string>() };
        const whose = { owner: OWNER, ownerCanonicalId: OWNER, acl: ACL, headers };
        await rows.commit({
          type: 'createUpload',
          upload: { bucketId: 'bucket', key, uploadId, initiatedAt: nth, ...whose },
        });
        uploads.push({ key, uploadId });
      }
    }
    const scans = few ? { scanFirstRows: 1, scanRows: 2 } : { scanFirstRows: 16, scanRows: 1024 };
    // All that the listing uses of them.
    const services = { rows, capabilities: { ...capabilities, ...scans }, limits: LIMITS, access: OPEN_PLATFORM };
    return new Stage(services as Partial<Services> as Services, { ...bucket, revision }, uploads);
  }

  async list(query: Query): Promise<Page & { readonly next: Query }> {
    const parameters = Object.entries(query).map(([name, value]) => `&${name}=${encodeURIComponent(value)}`);
    const call = {
      operation: 'ListMultipartUploads',
      request: requestOf('GET', `/bucket?uploads${parameters.join('')}`),
      target: { bucket: this.#bucket, version: undefined, revision: '' },
      signal: NEVER,
    } as Call;
    const { body } = await listMultipartUploads(call, this.#services);
    assert.ok(typeof body === 'string');
    const one = (name: string): string => new RegExp(`<${name}>(.*?)</${name}>`).exec(body)?.[1] ?? '';
    return {
      uploads: [...body.matchAll(/<Key>(.*?)<\/Key><UploadId>(.*?)<\/UploadId>/g)].map(([, key, id]) => `${key} ${id}`),
      commonPrefixes: [...body.matchAll(/<CommonPrefixes><Prefix>(.*?)<\/Prefix>/g)].map(([, prefix = '']) => prefix),
      isTruncated: one('IsTruncated') === 'true',
      next: { 'key-marker': one('NextKeyMarker'), 'upload-id-marker': one('NextUploadIdMarker') },
    };
  }
}

/** A line of the whole list: an upload or a common prefix. */
interface Element {
  readonly name: string;
  readonly uploadId: string | undefined;
}

const order = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What S3 documents, without a thought for cost. */
function elementsOf(uploads: readonly Staged[], prefix: string, delimiter: string): readonly Element[] {
  const elements: Element[] = [];
  for (const { key, uploadId } of uploads) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const name = at < 0 ? key : key.slice(0, at + delimiter.length);
    if (at < 0) elements.push({ name, uploadId });
    else if (!elements.some((each) => each.uploadId === undefined && each.name === name)) {
      elements.push({ name, uploadId: undefined });
    }
  }
  // The sort is stable: uploads of one key stay in the order in which they began.
  return elements.sort((a, b) => order(a.name, b.name));
}

/** Elements behind a marker. An upload that is not there, of a key that is, leaves all uploads of the key. */
function behind(elements: readonly Element[], key: string, uploadId: string | undefined): readonly Element[] {
  const at = elements.findIndex((each) => each.name === key && each.uploadId === uploadId);
  return elements.filter((each, index) => {
    const compared = order(each.name, key);
    if (compared !== 0 || uploadId === undefined || each.uploadId === undefined) return compared > 0;
    return index > at;
  });
}

function wanted(elements: readonly Element[], most: number): Page {
  const page = elements.slice(0, most);
  return {
    uploads: page.flatMap(({ name, uploadId }) => (uploadId === undefined ? [] : [`${name} ${uploadId}`])),
    commonPrefixes: page.flatMap(({ name, uploadId }) => (uploadId === undefined ? [name] : [])),
    isTruncated: most > 0 && elements.length > most,
  };
}

function check({ uploads, commonPrefixes, isTruncated }: Page, expected: Page, context: object): void {
  const got = JSON.stringify({ uploads, commonPrefixes, isTruncated });
  if (got !== JSON.stringify(expected)) assert.equal(got, JSON.stringify(expected), JSON.stringify(context));
}

function* everyCount(): Generator<readonly number[]> {
  const base = UPLOADS_MAX + 1;
  for (let state = 0; state < base ** KEYS.length; state += 1) {
    yield KEYS.map((_, index) => Math.floor(state / base ** index) % base);
  }
}

test('ListMultipartUploads: every few uploads are listed as the oracle lists them, by pages and from every marker', async () => {
  let few = false;
  for (const counts of everyCount()) {
    few = !few;
    const stage = await Stage.of(counts, few);
    for (const prefix of PREFIXES) {
      for (const delimiter of DELIMITERS) {
        const asked = { prefix, delimiter };
        const elements = elementsOf(stage.uploads, prefix, delimiter);
        for (const most of [1, 2, 1000]) await checkPages(stage, asked, elements, most);
        check(await stage.list({ ...asked, 'max-uploads': '0' }), wanted([], 0), { counts, asked });
        for (const key of KEY_MARKERS) {
          for (const nth of ID_MARKERS) {
            const uploadId = nth === undefined ? undefined : `${nth}-${KEYS.indexOf(key)}`;
            const markers = { 'key-marker': key, ...(uploadId !== undefined && { 'upload-id-marker': uploadId }) };
            const rest = behind(elements, key, uploadId);
            check(await stage.list({ ...asked, ...markers }), wanted(rest, 1000), { counts, asked, markers });
          }
        }
      }
    }
  }
});

async function checkPages(stage: Stage, asked: Query, elements: readonly Element[], most: number): Promise<void> {
  let rest = elements;
  for (let markers: Query | undefined = {}; markers !== undefined; rest = rest.slice(most)) {
    const page = await stage.list({ ...asked, ...markers, 'max-uploads': String(most) });
    check(page, wanted(rest, most), { uploads: stage.uploads, asked, markers, most });
    markers = page.isTruncated ? page.next : undefined;
  }
  assert.equal(rest.length, 0, 'the last page ends the list');
}
