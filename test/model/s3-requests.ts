/**
 * What the random lists are made of: commands (plain data that means the same to every store), and the requests that they become
 * once versions and uploads are named. The model and Moraine are asked the same requests and give outcomes of one shape.
 */

import { createHash } from 'node:crypto';
import fc from 'fast-check';

const BUCKETS = ['first', 'second'] as const;
const KEYS = ['a', 'a/b', 'a/b/c', 'a/c', 'b ü+', '\u{1f600}'] as const;
export const BODIES = ['', 'x', 'hello', '0123456789', 'a longer text'] as const;
/** So that small parts make an object, and some are too small. */
export const PART_BYTES_MIN = 5;

export const md5 = (data: string | Uint8Array): string => createHash('md5').update(data).digest('hex');

const bucket = fc.constantFrom(...BUCKETS);
const key = fc.constantFrom(...KEYS);
const body = fc.constantFrom(...BODIES);
const number = fc.integer({ min: 1, max: 3 });
const nth = fc.nat({ max: 7 });
const limit = fc.constantFrom(1, 2, 3, 1000);
const type = fc.constantFrom('text/plain', 'image/png');
/** The nth version that was seen, the null version, or none named. */
const version = fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.constant('null' as const), {
  weight: 2,
  arbitrary: nth,
});
/** What of an object is read: all, a range, or a part. */
interface Piece {
  readonly range?: string;
  readonly part?: number;
}
const ranges = fc.constantFrom('bytes=0-1', 'bytes=2-', 'bytes=-3', 'bytes=1-100', 'bytes=50-', 'bytes=3-1');
const piece = fc.oneof<fc.WeightedArbitrary<Piece>[]>(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.record({ range: ranges }) },
  { weight: 1, arbitrary: fc.record({ part: number }) },
);
const etags = fc.constantFrom('*', ...BODIES.map((text) => `"${md5(text)}"`));
const second = fc.nat({ max: 60 });

/** Conditions of a read. Dates are seconds since the list began. */
const reading = fc.record(
  { match: etags, noneMatch: etags, modifiedSince: second, unmodifiedSince: second },
  { requiredKeys: [] },
);
export type ReadConditions = typeof reading extends fc.Arbitrary<infer C> ? C : never;
const sometimes = fc.oneof({ weight: 2, arbitrary: fc.constant<ReadConditions>({}) }, reading);
export interface WriteConditions {
  readonly match?: string;
  readonly noneMatch?: string;
}
const writing = fc.oneof<fc.WeightedArbitrary<WriteConditions>[]>(
  { weight: 4, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constant({ noneMatch: '*' }) },
  { weight: 1, arbitrary: fc.record({ match: etags }) },
);
const canned = fc.constantFrom('private' as const, 'public-read' as const);
/** As a header has them. */
const tags = fc.constantFrom('', '', 'a=1', 'a=1&b=2');
/** With the master key, as any store may and none must. */
const encrypted = fc.boolean();
const mode = fc.constantFrom('GOVERNANCE' as const, 'GOVERNANCE' as const, 'COMPLIANCE' as const);
/** Retention until a second of the list, or of the next list: many end while it runs. */
const until = fc.nat({ max: 120 });
const source = fc.record({ bucket, key, version });

const command = fc.oneof(
  fc.record({ do: fc.constant('createBucket'), bucket }),
  fc.record({ do: fc.constant('deleteBucket'), bucket }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('versioning'),
      bucket,
      to: fc.constantFrom('Enabled' as const, 'Enabled' as const, 'Suspended' as const),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('put'), bucket, key, body, type, tags, encrypted, if: writing }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('read'),
      method: fc.constantFrom('GET' as const, 'HEAD' as const),
      bucket,
      key,
      version,
      piece,
      if: sometimes,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('delete'),
      bucket,
      key,
      version,
      match: fc.option(etags, { nil: undefined, freq: 1 }),
      bypass: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('deleteMany'),
      bucket,
      entries: fc.uniqueArray(fc.record({ key, version }), {
        minLength: 1,
        maxLength: 3,
        selector: (entry) => entry.key,
      }),
      quiet: fc.boolean(),
      bypass: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('copy'),
      bucket,
      key,
      source,
      replace: fc.option(type, { nil: undefined }),
      tags: fc.option(tags, { nil: undefined }),
      encrypted,
      if: writing,
      sourceIf: sometimes,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('begin'), bucket, key, type, tags, encrypted }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('part'), upload: nth, number, body }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('partCopy'),
      upload: nth,
      number,
      source,
      range: fc.constantFrom(undefined, 'bytes=0-4', 'bytes=2-9'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('complete'),
      upload: nth,
      choose: fc.constantFrom(
        'all' as const,
        'all' as const,
        'all' as const,
        'last' as const,
        'swapped' as const,
        'wrong' as const,
      ),
      if: writing,
    }),
  },
  fc.record({ do: fc.constant('abort'), upload: nth }),
  fc.record({ do: fc.constant('listParts'), upload: nth, limit }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('list'),
      bucket,
      kind: fc.constantFrom('V1' as const, 'V2' as const, 'versions' as const, 'uploads' as const),
      prefix: fc.constantFrom('', '', 'a', 'a/', 'b'),
      delimiter: fc.constantFrom('', '/', '/'),
      after: fc.constantFrom<(string | undefined)[]>(undefined, undefined, undefined, 'a', 'a/', 'a/b', 'b'),
      limit,
    }),
  },
  fc.record({ do: fc.constant('putTags'), bucket, key, version, tags }),
  fc.record({ do: fc.constant('getTags'), bucket, key, version }),
  fc.record({ do: fc.constant('deleteTags'), bucket, key, version }),
  fc.record({ do: fc.constant('lock'), bucket, mode: fc.option(mode, { nil: undefined, freq: 1 }) }),
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('retain'), bucket, key, version, mode, until, bypass: fc.boolean() }),
  },
  fc.record({ do: fc.constant('hold'), bucket, key, version, on: fc.boolean() }),
  fc.record({ do: fc.constant('putAcl'), bucket, key, version, canned }),
  fc.record({ do: fc.constant('getAcl'), bucket, key, version }),
);
export type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;
export const commands = fc.array(command, { minLength: 15, maxLength: 75, size: 'max' });

/** An upload that was seen, and the ETags of its parts as they were answered. */
export interface SeenUpload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly parts: ReadonlyMap<number, string>;
}

/** A command with its versions and uploads by their ids. */
type Named<T> = T extends readonly (infer E)[]
  ? readonly Named<E>[]
  : T extends object
    ? {
        readonly [K in keyof T]: K extends 'version'
          ? string | undefined
          : K extends 'upload'
            ? SeenUpload
            : Named<T[K]>;
      }
    : T;
export type Request = Named<Command>;
export type Of<D extends Request['do']> = Extract<Request, { readonly do: D }>;

/** The essential answer. Ids are under `version`, `upload` and `etag`, wherever they are. */
export interface Outcome {
  readonly status: number;
  readonly code?: string | undefined;
  readonly [field: string]: unknown;
}

export interface Store {
  ask(request: Request): Promise<Outcome>;
}

/** The parts that a completion names. */
export function chosenParts({ upload, choose }: Of<'complete'>): readonly (readonly [number: number, etag: string])[] {
  const all = [...upload.parts].sort(([a], [b]) => a - b);
  const [first = [1, md5('no part')] as const, ...rest] = all;
  switch (choose) {
    case 'all':
      return [first, ...rest];
    case 'last':
      return [all.at(-1) ?? first];
    case 'swapped':
      return [first, ...rest].reverse();
    case 'wrong':
      return [[first[0], md5('another part')], ...rest];
  }
}

/** What has been seen of one store: it turns commands into requests, and outcomes into ones that all stores share. */
export class Seen {
  readonly #versions: string[] = [];
  readonly #etags: string[] = [];
  readonly #uploads: { id: string; bucket: string; key: string; parts: Map<number, string> }[] = [];

  /** Undefined when the command is about an upload and none was ever seen. */
  request(command: Command): Request | undefined {
    if ('upload' in command && this.#uploads.length === 0) return undefined;
    return this.#named(command) as Request;
  }

  #named(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.#named(each));
    if (typeof value !== 'object' || value === null) return value;
    const fields = Object.entries(value).map(([name, field]) => {
      if (name === 'version') return [name, typeof field === 'number' ? this.#version(field) : field];
      if (name === 'upload') return [name, this.#uploads[field % this.#uploads.length]];
      return [name, this.#named(field)];
    });
    return Object.fromEntries(fields);
  }

  #version(nth: number): string {
    return this.#versions[nth % Math.max(1, this.#versions.length)] ?? 'no-such-version';
  }

  /** The outcome with what the store made up named by when it was first seen. */
  outcome(request: Request, outcome: Outcome): unknown {
    if (request.do === 'begin' && typeof outcome.upload === 'string') {
      const { bucket, key } = request;
      this.#uploads.push({ id: outcome.upload, bucket, key, parts: new Map() });
    }
    if ((request.do === 'part' || request.do === 'partCopy') && typeof outcome.etag === 'string') {
      this.#uploads.find(({ id }) => id === request.upload.id)?.parts.set(request.number, outcome.etag);
    }
    return this.#shared(outcome);
  }

  #shared(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.#shared(each));
    if (typeof value !== 'object' || value === null) return value;
    const fields = Object.entries(value).flatMap(([name, field]) => {
      if (field === undefined) return [];
      if (typeof field !== 'string') return [[name, this.#shared(field)]];
      if (name === 'version') return [[name, field === 'null' ? field : nameIn(this.#versions, field, 'version')]];
      if (name === 'upload') return [[name, `upload ${this.#uploads.findIndex(({ id }) => id === field)}`]];
      if (name === 'etag') return [[name, PLAIN.has(field) ? field : nameIn(this.#etags, field, 'etag')]];
      return [[name, field]];
    });
    return Object.fromEntries(fields);
  }
}

/** ETags that everybody can compute. */
const PLAIN: ReadonlySet<string> = new Set(BODIES.map(md5));

function nameIn(seen: string[], value: string, what: string): string {
  if (!seen.includes(value)) seen.push(value);
  return `${what} ${seen.indexOf(value)}`;
}
