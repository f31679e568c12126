/**
 * Copies and moves of one object after the other. Nothing is overwritten unasked: every write says "only if nothing is there". Of a
 * move the source goes only when its copy is confirmed, and only while it is still what was copied: what somebody wrote meanwhile stays.
 * An answer that was lost is not taken for a refusal: it is looked whether the copy is there.
 */

import type { S3 } from '../s3/client.ts';
import { addressable } from '../s3/encode.ts';
import { isPassing, S3Failure } from '../s3/failure.ts';
import { besideKey, copyOne } from './objects.ts';

export type How = 'new' | 'replace' | 'beside';

export interface MoveAsked {
  readonly kind: 'copy' | 'move';
  readonly from: string;
  readonly to: string;
}

interface Wish {
  readonly key: string;
  /** Where it is to be; of `beside`, what it is to be beside of. */
  readonly wanted: string;
  readonly how: How;
}

interface Place {
  readonly bucket: string;
  readonly key: string;
}

const BESIDE_MOST = 50;
/** Copies are begun anew so often when the source changes in the middle. */
const TURNS = 3;

/** Somebody wrote the source between its copy and its deletion, or again and again during the copy. It is left where it is. */
export class ChangedMeanwhile extends Error {
  override readonly name = 'ChangedMeanwhile';
  readonly code = 'ChangedMeanwhile';
}

const isTaken = (failure: unknown): boolean => failure instanceof S3Failure && failure.status === 412;

/** Undefined when nothing is there. No browser can ask for each key by its name: those are looked for in the list. */
async function etagOf(s3: S3, { bucket, key }: Place, signal: AbortSignal): Promise<string | undefined> {
  if (!addressable(key)) {
    const { objects } = await s3.listObjectsV2({ bucket, prefix: key, maxKeys: 1 }, { signal });
    return objects[0]?.key === key ? objects[0].etag : undefined;
  }
  try {
    return (await s3.headObject({ bucket, key }, { signal })).etag;
  } catch (failure) {
    if (failure instanceof S3Failure && failure.status === 404) return undefined;
    throw failure;
  }
}

interface Copied {
  /** The key of the copy. */
  readonly key: string;
  /** Of the source, when it was copied. Known of moves. */
  readonly etag: string | undefined;
}

/** For one batch of copies or moves. It remembers what it sent, so each key may be tried as often as needed. */
export class Mover {
  readonly #s3: S3;
  readonly #asked: MoveAsked;
  readonly #copied = new Map<string, Copied>();
  /** Keys of copies whose answer was lost. */
  readonly #lost = new Set<string>();

  constructor(s3: S3, asked: MoveAsked) {
    this.#s3 = s3;
    this.#asked = asked;
  }

  /** Copies or moves `key` to `wanted` or beside it. Answers the key that it has there; 412 when something is in the way. */
  async move(wish: Wish, signal: AbortSignal): Promise<string> {
    const { key } = wish;
    const known = this.#copied.get(key);
    const copied = known ?? (await this.#copy(wish, signal));
    this.#copied.set(key, copied);
    if (this.#asked.kind === 'move') await this.#removeSource(key, copied, known !== undefined, signal);
    return copied.key;
  }

  async #copy(wish: Wish, signal: AbortSignal): Promise<Copied> {
    if (wish.how !== 'beside') return this.#copyTo(wish, signal);
    for (let number = 2; ; number++) {
      try {
        return await this.#copyTo({ ...wish, wanted: besideKey(wish.wanted, number) }, signal);
      } catch (failure) {
        if (!isTaken(failure) || number === BESIDE_MOST) throw failure;
      }
    }
  }

  async #copyTo({ key, wanted: to, how }: Wish, signal: AbortSignal): Promise<Copied> {
    const { kind } = this.#asked;
    const source = { bucket: this.#asked.from, key };
    for (let turn = 1; ; turn++) {
      const etag = kind === 'move' ? await etagOf(this.#s3, source, signal) : undefined;
      try {
        const copy = {
          from: source,
          bucket: this.#asked.to,
          key: to,
          ifAbsent: how !== 'replace',
          sourceIfMatch: etag,
        };
        await copyOne(this.#s3, copy, signal);
        return { key: to, etag };
      } catch (failure) {
        if (isPassing(failure) || signal.aborted) this.#lost.add(to);
        if (!isTaken(failure)) throw failure;
        const now = await etagOf(this.#s3, source, signal);
        if (this.#lost.has(to) && now !== undefined && now === (await this.#etagAt(to, signal)))
          return { key: to, etag: now };
        if (kind === 'copy' || now === etag) throw failure;
        if (turn === TURNS) throw new ChangedMeanwhile();
      }
    }
  }

  #etagAt(key: string, signal: AbortSignal): Promise<string | undefined> {
    return etagOf(this.#s3, { bucket: this.#asked.to, key }, signal);
  }

  /** `again`: it may be gone already, by a request whose answer was lost. */
  async #removeSource(key: string, { etag }: Copied, again: boolean, signal: AbortSignal): Promise<void> {
    const bucket = this.#asked.from;
    const { failed } = await this.#s3.deleteObjects({ bucket, objects: [{ key, etag }] }, { signal });
    const [refused] = failed;
    if (refused === undefined) return;
    const { code, message } = refused;
    if (code !== 'PreconditionFailed' && code !== 'NoSuchKey')
      throw new S3Failure(message, {
        code,
        status: 200,
        operation: 'DeleteObjects',
        requestId: undefined,
        retryAfter: undefined,
      });
    if (again && (await etagOf(this.#s3, { bucket, key }, signal)) === undefined) return;
    throw new ChangedMeanwhile();
  }
}
