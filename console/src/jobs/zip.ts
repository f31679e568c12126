/**
 * Many objects as one zip, made while it is written: of the content only what is on its way is in memory. What cannot be read is left out
 * and told; a line that breaks for good in the middle of an object ends the zip, which would not be whole.
 */

import { makeZip } from 'client-zip';
import type { S3 } from '../s3/client.ts';
import type { createLocalNames } from './local-names.ts';
import { contentOf, type Reading } from './reading.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export interface Member {
  readonly key: string;
  /** Bytes, as the list said. */
  readonly size: number;
}

export interface ZipOf {
  readonly bucket: string;
  /** Keys that end in `/` become folders. */
  readonly members: readonly Member[];
  readonly names: ReturnType<typeof createLocalNames>;
  /** Its turn is over: it is in the zip, or could not be read. */
  readonly told: (key: string, failure?: unknown) => void;
}

/** Small objects are asked for before their turn: else each would cost a way there and back. */
const SMALL_BYTES = 2 ** 20;
const AHEAD = 4;

export const createZip = (s3: S3, of: ZipOf, reading: Reading): ReadableStream<Uint8Array> =>
  makeZip(entries(s3, of, reading));

const isFolder = (key: string): boolean => key.endsWith('/');

interface Begun {
  readonly lastModified?: Date;
  readonly input: AsyncGenerator<Bytes>;
}

async function* entries(s3: S3, { bucket, members, names, told }: ZipOf, reading: Reading) {
  const begun = new Map<Member, Promise<Begun | { readonly failure: unknown }>>();
  const begin = (member: Member): Promise<Begun | { readonly failure: unknown }> => {
    const there =
      begun.get(member) ?? beginReading(s3, { bucket, key: member.key }, reading).catch((failure) => ({ failure }));
    begun.set(member, there);
    return there;
  };
  for (const [index, member] of members.entries()) {
    const { key } = member;
    const name = names.of(key).join('/');
    // The folder that is downloaded has no place in itself.
    if (isFolder(key) && name !== '') yield { name: `${name}/` };
    if (isFolder(key)) {
      told(key);
      continue;
    }
    for (const next of members.slice(index + 1, index + AHEAD))
      if (!isFolder(next.key) && next.size <= SMALL_BYTES) void begin(next);
    const content = await begin(member);
    begun.delete(member);
    if ('failure' in content) {
      if (reading.signal.aborted) throw content.failure;
      told(key, content.failure);
      continue;
    }
    yield { name, ...content };
    told(key);
  }
}

/** Resolves when S3 has answered. */
async function beginReading(
  s3: S3,
  source: { readonly bucket: string; readonly key: string },
  reading: Reading,
): Promise<Begun> {
  let modified = '';
  const content = contentOf(s3, source, reading, (answer) => {
    modified = answer.headers.get('last-modified') ?? '';
  });
  const first = await content.next();
  async function* input(): AsyncGenerator<Bytes> {
    if (first.done === true) return;
    yield first.value;
    yield* content;
  }
  const at = Date.parse(modified);
  return { input: input(), ...(Number.isNaN(at) ? {} : { lastModified: new Date(at) }) };
}
