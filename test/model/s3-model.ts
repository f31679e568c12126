/**
 * S3 as its documentation has it, in arrays: obvious, slow, and without a line of `src`. Requests of one owner only; what
 * a store answers is what its `Outcome` says.
 *
 * Where the documentation leaves room it does what Moraine says it does: a copy keeps ETag and parts of its source, an
 * ETag of a part that was copied in pieces is any, a completion that is repeated succeeds again.
 */

import {
  chosenParts,
  md5,
  type Of,
  type Outcome,
  PART_BYTES_MIN,
  type ReadConditions,
  type Request,
  type Store,
} from './s3-requests.ts';
import { checkWrite, failedCondition, partOf, Refused, rangeOf, type Version } from './s3-rules.ts';

interface Part {
  readonly body: string;
  readonly etag: string;
  readonly at: number;
}

interface Upload {
  readonly id: string;
  readonly key: string;
  readonly at: number;
  readonly type: string;
  readonly parts: Map<number, Part>;
}

interface Bucket {
  readonly name: string;
  versioning: '' | 'Enabled' | 'Suspended';
  /** Oldest first. */
  versions: Version[];
  uploads: Upload[];
}

const newest = (bucket: Bucket, key: string): Version | undefined => bucket.versions.findLast((one) => one.key === key);
/** Versions have ids for clients once the bucket has had versioning. */
const shown = ({ versioning }: Bucket, { id }: Version) => (versioning === '' ? undefined : id);
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export class S3Model implements Store {
  #buckets: Bucket[] = [];
  #made = 0;
  readonly #now: () => number;

  /** Seconds since the list began. */
  constructor(now: () => number) {
    this.#now = now;
  }

  async ask(request: Request): Promise<Outcome> {
    try {
      return this.#do(request);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { status, code } = error.outcome;
      if (request.do !== 'read') return { status, code };
      // An answer to HEAD has no body to say a code in.
      return request.method === 'HEAD' ? { ...error.outcome, code: undefined } : error.outcome;
    }
  }

  #do(request: Request): Outcome {
    switch (request.do) {
      case 'createBucket':
        // Again by its owner it is a success that changes nothing, as in S3's first region.
        if (!this.#buckets.some(({ name }) => name === request.bucket)) {
          this.#buckets.push({ name: request.bucket, versioning: '', versions: [], uploads: [] });
        }
        return { status: 200 };
      case 'deleteBucket': {
        const bucket = this.#bucket(request.bucket);
        if (bucket.versions.length > 0) throw new Refused(409, 'BucketNotEmpty');
        this.#buckets = this.#buckets.filter((each) => each !== bucket);
        return { status: 204 };
      }
      case 'versioning':
        this.#bucket(request.bucket).versioning = request.to;
        return { status: 200 };
      case 'put':
        return this.#put(request);
      case 'read':
        return this.#read(request);
      case 'delete':
        return { status: 204, ...this.#delete(this.#bucket(request.bucket), request) };
      case 'deleteMany':
        return this.#deleteMany(request);
      case 'copy':
        return this.#copy(request);
      case 'putAcl':
      case 'getAcl':
        return this.#acl(request);
      case 'list':
        return this.#list(request);
      default:
        return this.#doUpload(request);
    }
  }

  #bucket(name: string): Bucket {
    const bucket = this.#buckets.find((each) => each.name === name);
    if (bucket === undefined) throw new Refused(404, 'NoSuchBucket');
    return bucket;
  }

  // ------------------------------------------------------------------------------------------------------ objects

  /** A new version becomes the newest; without versioning, or while it is suspended, in place of the null version. */
  #write(bucket: Bucket, version: Omit<Version, 'id' | 'at'>): Version {
    this.#made += 1;
    const id = bucket.versioning === 'Enabled' ? `version-${this.#made}` : 'null';
    if (id === 'null') this.#remove(bucket, version.key, id);
    const written = { ...version, id, at: this.#now() };
    bucket.versions.push(written);
    return written;
  }

  #remove(bucket: Bucket, key: string, id: string): Version | undefined {
    const found = bucket.versions.find((one) => one.key === key && one.id === id);
    bucket.versions = bucket.versions.filter((one) => one !== found);
    return found;
  }

  #put({ bucket: name, key, body, type, if: conditions }: Of<'put'>): Outcome {
    const bucket = this.#bucket(name);
    checkWrite(conditions, newest(bucket, key));
    const version = this.#write(bucket, { key, isMarker: false, body, etag: md5(body), type, grants: 1 });
    return { status: 200, etag: version.etag, version: shown(bucket, version) };
  }

  /** The object that is named, or current. */
  #object(bucket: Bucket, key: string, id: string | undefined): Version {
    const version = id === undefined ? newest(bucket, key) : bucket.versions.find((v) => v.key === key && v.id === id);
    if (version === undefined) throw new Refused(404, id === undefined ? 'NoSuchKey' : 'NoSuchVersion');
    if (!version.isMarker) return version;
    const marker = { marker: true, version: shown(bucket, version) };
    if (id === undefined) throw new Refused(404, 'NoSuchKey', marker);
    throw new Refused(405, 'MethodNotAllowed', { ...marker, modified: version.at });
  }

  #read({ method, bucket: name, key, version: id, piece, if: conditions }: Of<'read'>): Outcome {
    const bucket = this.#bucket(name);
    const version = this.#object(bucket, key, id);
    const { etag, at: modified, type, body } = version;
    const common = { etag, modified, version: shown(bucket, version) };
    const failed = failedCondition(conditions, version, this.#now());
    if (failed === 'noneMatch' || failed === 'modifiedSince') return { status: 304, ...common };
    if (failed !== undefined) throw new Refused(412, 'PreconditionFailed');
    const [start, end] = partOf(piece.part, version) ?? rangeOf(piece.range, body.length) ?? [0, undefined];
    const bytes = body.slice(start, end);
    const content = { type, size: bytes.length, ...(method === 'GET' && { body: bytes }) };
    const count = piece.part === undefined ? undefined : version.parts?.length;
    if (end === undefined || (piece.part !== undefined && bytes === ''))
      return { status: 200, ...common, ...content, count };
    return { status: 206, ...common, ...content, count, range: `bytes ${start}-${end - 1}/${body.length}` };
  }

  /** Without a version it adds a marker, or removes the object where there is no versioning. */
  #delete(
    bucket: Bucket,
    asked: { readonly key: string; readonly version: string | undefined; readonly match?: string | undefined },
  ): { readonly version?: string; readonly marker?: true } {
    const { key, version: id, match } = asked;
    if (match !== undefined && id !== undefined) throw new Refused(501, 'NotImplemented');
    if (id !== undefined) {
      const removed = this.#remove(bucket, key, id);
      return { version: id, ...(removed?.isMarker === true && { marker: true as const }) };
    }
    if (match !== undefined) checkWrite({ match }, newest(bucket, key));
    if (bucket.versioning === '') {
      this.#remove(bucket, key, 'null');
      return {};
    }
    const made = this.#write(bucket, { key, isMarker: true, body: '', etag: '', type: '', grants: 0 });
    return { version: made.id, marker: true };
  }

  #deleteMany({ bucket: name, entries, quiet }: Of<'deleteMany'>): Outcome {
    const bucket = this.#bucket(name);
    const results = entries.map(({ key, version: named }) => {
      const { marker, version } = this.#delete(bucket, { key, version: named });
      return { key, version: named, ...(marker === true && { marker: { version } }) };
    });
    return { status: 200, results: quiet ? [] : results };
  }

  #copy({ bucket: name, key, source, replace, if: conditions, sourceIf }: Of<'copy'>): Outcome {
    const bucket = this.#bucket(name);
    checkWrite(conditions, newest(bucket, key));
    const isItself = source.bucket === name && source.key === key && source.version === undefined;
    if (isItself && replace === undefined) throw new Refused(400, 'InvalidRequest');
    const [from, version] = this.#source(source, sourceIf);
    const { body, etag, type, parts } = version;
    const made = this.#write(bucket, { key, isMarker: false, body, etag, type: replace ?? type, parts, grants: 1 });
    return {
      status: 200,
      etag,
      modified: made.at,
      version: shown(bucket, made),
      source: { version: shown(from, version) },
    };
  }

  #source({ bucket: name, key, version: id }: Of<'copy'>['source'], conditions: ReadConditions): [Bucket, Version] {
    const bucket = this.#bucket(name);
    const named = id === undefined ? undefined : bucket.versions.find((v) => v.key === key && v.id === id);
    if (named?.isMarker === true) throw new Refused(400, 'InvalidRequest');
    const version = this.#object(bucket, key, id);
    if (failedCondition(conditions, version, this.#now()) !== undefined) throw new Refused(412, 'PreconditionFailed');
    return [bucket, version];
  }

  #acl(request: Of<'putAcl'> | Of<'getAcl'>): Outcome {
    const version = this.#object(this.#bucket(request.bucket), request.key, request.version);
    if (request.do === 'getAcl') return { status: 200, grants: version.grants };
    version.grants = request.canned === 'private' ? 1 : 2;
    return { status: 200 };
  }

  // ------------------------------------------------------------------------------------------------------ uploads

  #doUpload(request: Of<'begin' | 'part' | 'partCopy' | 'complete' | 'abort' | 'listParts'>): Outcome {
    if (request.do === 'begin') {
      const bucket = this.#bucket(request.bucket);
      this.#made += 1;
      const { key, type } = request;
      const upload = { id: `upload-${this.#made}`, key, at: this.#now(), type, parts: new Map() };
      bucket.uploads.push(upload);
      return { status: 200, upload: upload.id };
    }
    const bucket = this.#bucket(request.upload.bucket);
    const upload = bucket.uploads.find(({ id }) => id === request.upload.id);
    if (request.do === 'complete') return this.#complete(request, bucket, upload);
    if (upload === undefined) throw new Refused(404, 'NoSuchUpload');
    switch (request.do) {
      case 'part': {
        const { number, body } = request;
        upload.parts.set(number, { body, etag: md5(body), at: this.#now() });
        return { status: 200, etag: md5(body) };
      }
      case 'partCopy':
        return this.#partCopy(request, upload);
      case 'abort':
        bucket.uploads = bucket.uploads.filter((each) => each !== upload);
        return { status: 204 };
      case 'listParts': {
        const parts = [...upload.parts].sort(([a], [b]) => a - b);
        const entries = parts.map(([number, { body, etag, at }]) => ({
          number,
          etag,
          size: body.length,
          modified: at,
        }));
        return { status: 200, pages: pagesOf(entries, request.limit) };
      }
    }
  }

  #partCopy({ number, source, range }: Of<'partCopy'>, upload: Upload): Outcome {
    const [, version] = this.#source(source, {});
    const [first, last] = (range ?? '').match(/\d+/g)?.map(Number) ?? [0, version.body.length - 1];
    if (last === undefined || (last >= version.body.length && range !== undefined))
      throw new Refused(400, 'InvalidArgument');
    const body = version.body.slice(first, last + 1);
    const isWhole = body.length === version.body.length && !version.etag.includes('-');
    const etag = isWhole ? version.etag : md5(JSON.stringify([version.id, version.at, version.etag, first, last]));
    upload.parts.set(number, { body, etag, at: this.#now() });
    return { status: 200, etag, modified: this.#now() };
  }

  #complete(request: Of<'complete'>, bucket: Bucket, upload: Upload | undefined): Outcome {
    const { key } = request.upload;
    const current = newest(bucket, key);
    if (request.if.match !== undefined) checkWrite({ match: '*' }, current);
    const chosen = chosenParts(request);
    if (chosen.some(([number], at) => number <= (chosen[at - 1]?.[0] ?? 0))) throw new Refused(400, 'InvalidPartOrder');
    const etag = `${md5(Buffer.from(chosen.map(([, each]) => each).join(''), 'hex'))}-${chosen.length}`;
    if (upload === undefined) {
      const made = bucket.versions.find((one) => one.upload === request.upload.id);
      if (made?.etag !== etag) throw new Refused(404, 'NoSuchUpload');
      return { status: 200, etag, version: shown(bucket, made) };
    }
    const parts = chosen.map(([number, each]) => {
      const part = upload.parts.get(number);
      if (part?.etag !== each) throw new Refused(400, 'InvalidPart');
      return part.body;
    });
    if (parts.slice(0, -1).some((part) => part.length < PART_BYTES_MIN)) throw new Refused(400, 'EntityTooSmall');
    checkWrite(request.if, current);
    bucket.uploads = bucket.uploads.filter((each) => each !== upload);
    const { type, id } = upload;
    const sizes = chosen.map(([number], at) => [number, parts[at]?.length ?? 0] as const);
    const made = { key, isMarker: false, body: parts.join(''), etag, type, parts: sizes, grants: 1, upload: id };
    return { status: 200, etag, version: shown(bucket, this.#write(bucket, made)) };
  }

  // ------------------------------------------------------------------------------------------------------ listings

  #list({ bucket: name, kind, prefix, delimiter, after = '', limit }: Of<'list'>): Outcome {
    const bucket = this.#bucket(name);
    const listed =
      kind === 'uploads' ? uploadsOf(bucket) : kind === 'versions' ? versionsOf(bucket) : objectsOf(bucket);
    const elements: unknown[] = [];
    const folded = new Set<string>();
    for (const entry of listed) {
      if (!entry.key.startsWith(prefix)) continue;
      const at = delimiter === '' ? -1 : entry.key.indexOf(delimiter, prefix.length);
      const common = entry.key.slice(0, at + delimiter.length);
      if (byBytes(at < 0 ? entry.key : common, after) <= 0) continue;
      if (at < 0) elements.push(entry);
      else if (!folded.has(common)) elements.push({ prefix: common });
      if (at >= 0) folded.add(common);
    }
    return { status: 200, pages: pagesOf(elements, limit) };
  }
}

const pagesOf = (elements: readonly unknown[], limit: number): readonly unknown[] =>
  elements.length <= limit ? [elements] : [elements.slice(0, limit), ...pagesOf(elements.slice(limit), limit)];

const inOrder = <T extends { readonly key: string }>(rows: readonly T[]): readonly T[] =>
  [...rows].sort((a, b) => byBytes(a.key, b.key));

const objectsOf = (bucket: Bucket) =>
  inOrder(bucket.versions)
    .filter((one) => one === newest(bucket, one.key) && !one.isMarker)
    .map(({ key, etag, body, at }) => ({ key, etag, size: body.length, modified: at }));

const versionsOf = (bucket: Bucket) =>
  inOrder([...bucket.versions].reverse()).map((one) => {
    const { key, id, isMarker, etag, body, at } = one;
    const content = isMarker ? { marker: true } : { etag, size: body.length };
    return { key, version: id, latest: one === newest(bucket, key), ...content, modified: at };
  });

const uploadsOf = (bucket: Bucket) =>
  inOrder(bucket.uploads).map(({ key, id, at }) => ({ key, upload: id, modified: at }));
