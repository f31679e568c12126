/**
 * S3 as its documentation has it, in arrays: obvious, slow, and without a line of `src`. Requests of one owner only; what
 * a store answers is what its `Outcome` says.
 *
 * Where the documentation leaves room it does what Moraine says it does: a copy keeps ETag and parts of its source, an
 * ETag of a part that was copied in pieces is any, a completion that is repeated succeeds again, and a copy of what is
 * encrypted is encrypted.
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
import {
  checkRemoval,
  checkRetention,
  checkWrite,
  failedCondition,
  partOf,
  Refused,
  rangeOf,
  type Version,
} from './s3-rules.ts';
import { type Bucket, keptOf, listing, newest, pagesOf, shown, type Upload } from './s3-state.ts';

const DAY = 86_400;

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
      case 'versioning': {
        const bucket = this.#bucket(request.bucket);
        if (request.to === 'Suspended' && bucket.lock !== undefined) throw new Refused(409, 'InvalidBucketState');
        bucket.versioning = request.to;
        return { status: 200 };
      }
      case 'lock': {
        const bucket = this.#bucket(request.bucket);
        if (bucket.versioning !== 'Enabled') throw new Refused(409, 'InvalidBucketState');
        bucket.lock = { mode: request.mode };
        return { status: 200 };
      }
      case 'putTags':
      case 'getTags':
      case 'deleteTags':
        return this.#tags(request);
      case 'retain':
      case 'hold':
        return this.#keep(request);
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
    const at = this.#now();
    const mode = version.isMarker ? undefined : bucket.lock?.mode;
    const written: Version = { ...version, id, at, ...(mode && { retention: { mode, until: at + DAY } }) };
    bucket.versions.push(written);
    return written;
  }

  #remove(bucket: Bucket, key: string, id: string): Version | undefined {
    const found = bucket.versions.find((one) => one.key === key && one.id === id);
    bucket.versions = bucket.versions.filter((one) => one !== found);
    return found;
  }

  #put({ bucket: name, key, body, type, tags, encrypted, if: conditions }: Of<'put'>): Outcome {
    const bucket = this.#bucket(name);
    checkWrite(conditions, newest(bucket, key));
    const version = this.#write(bucket, {
      key,
      isMarker: false,
      body,
      etag: md5(body),
      type,
      tags,
      encrypted,
      grants: 1,
    });
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
    const common = { etag, modified, version: shown(bucket, version), ...keptOf(version) };
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
    asked: {
      readonly key: string;
      readonly version: string | undefined;
      readonly match?: string | undefined;
      readonly bypass: boolean;
    },
  ): { readonly version?: string; readonly marker?: true } {
    const { key, version: id, match, bypass } = asked;
    if (match !== undefined && id !== undefined) throw new Refused(501, 'NotImplemented');
    if (id !== undefined) {
      const named = bucket.versions.find((one) => one.key === key && one.id === id);
      if (named !== undefined) checkRemoval(named, bypass, this.#now());
      const removed = this.#remove(bucket, key, id);
      return { version: id, ...(removed?.isMarker === true && { marker: true as const }) };
    }
    if (match !== undefined) checkWrite({ match }, newest(bucket, key));
    if (bucket.versioning === '') {
      this.#remove(bucket, key, 'null');
      return {};
    }
    const made = this.#write(bucket, {
      key,
      isMarker: true,
      body: '',
      etag: '',
      type: '',
      tags: '',
      encrypted: false,
      grants: 0,
    });
    return { version: made.id, marker: true };
  }

  /** Each for itself; those that failed come last, and are all that a quiet answer has. */
  #deleteMany({ bucket: name, entries, quiet, bypass }: Of<'deleteMany'>): Outcome {
    const bucket = this.#bucket(name);
    const done: unknown[] = [];
    const failed: unknown[] = [];
    for (const { key, version: named } of entries) {
      try {
        const { marker, version } = this.#delete(bucket, { key, version: named, bypass });
        done.push({ key, version: named, ...(marker === true && { marker: { version } }) });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        failed.push({ key, version: named, code: error.outcome.code });
      }
    }
    return { status: 200, results: [...(quiet ? [] : done), ...failed] };
  }

  #copy({ bucket: name, key, source, replace, tags, encrypted, if: conditions, sourceIf }: Of<'copy'>): Outcome {
    const bucket = this.#bucket(name);
    checkWrite(conditions, newest(bucket, key));
    const isItself = source.bucket === name && source.key === key && source.version === undefined;
    // It must change something: the metadata, or how it is encrypted.
    if (isItself && replace === undefined && !encrypted) throw new Refused(400, 'InvalidRequest');
    const [from, version] = this.#source(source, sourceIf);
    const { body, etag, type, parts } = version;
    const copied = { key, isMarker: false, body, etag, type: replace ?? type, parts, tags: tags ?? version.tags };
    const made = this.#write(bucket, { ...copied, encrypted: encrypted || version.encrypted, grants: 1 });
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

  #tags(request: Of<'putTags'> | Of<'getTags'> | Of<'deleteTags'>): Outcome {
    const bucket = this.#bucket(request.bucket);
    const version = this.#object(bucket, request.key, request.version);
    if (request.do === 'putTags') version.tags = request.tags;
    if (request.do === 'deleteTags') version.tags = '';
    const status = request.do === 'deleteTags' ? 204 : 200;
    return { status, version: shown(bucket, version), ...(request.do === 'getTags' && { tags: version.tags }) };
  }

  /** Retention and legal hold. */
  #keep(request: Of<'retain'> | Of<'hold'>): Outcome {
    const bucket = this.#bucket(request.bucket);
    if (request.do === 'retain' && request.until <= this.#now()) throw new Refused(400, 'InvalidArgument');
    const version = this.#object(bucket, request.key, request.version);
    if (bucket.lock === undefined) throw new Refused(400, 'InvalidRequest');
    if (request.do === 'hold') {
      version.hold = request.on;
    } else {
      const { mode, until, bypass } = request;
      checkRetention(version.retention, { mode, until }, bypass, this.#now());
      version.retention = { mode, until };
    }
    return { status: 200, version: shown(bucket, version) };
  }

  // ------------------------------------------------------------------------------------------------------ uploads

  #doUpload(request: Of<'begin' | 'part' | 'partCopy' | 'complete' | 'abort' | 'listParts'>): Outcome {
    if (request.do === 'begin') {
      const bucket = this.#bucket(request.bucket);
      this.#made += 1;
      const { key, type, tags, encrypted } = request;
      const upload = { id: `upload-${this.#made}`, key, at: this.#now(), type, tags, encrypted, parts: new Map() };
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
    const { type, tags, encrypted, id } = upload;
    const sizes = chosen.map(([number], at) => [number, parts[at]?.length ?? 0] as const);
    const made = {
      key,
      isMarker: false,
      body: parts.join(''),
      etag,
      type,
      tags,
      encrypted,
      parts: sizes,
      grants: 1,
      upload: id,
    };
    return { status: 200, etag, version: shown(bucket, this.#write(bucket, made)) };
  }

  // ------------------------------------------------------------------------------------------------------ listings

  #list({ bucket: name, ...asked }: Of<'list'>): Outcome {
    return { status: 200, pages: listing(this.#bucket(name), asked) };
  }
}
