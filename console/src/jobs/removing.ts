/**
 * Deleting many keys in one request, key by key: what S3 refuses for a moment is asked for again by itself, what it refuses for good
 * is told with its reason, and the rest counts as deleted, so that Undo covers exactly that.
 */

import type { S3 } from '../s3/client.ts';
import { isPassing, S3Failure } from '../s3/failure.ts';
import { type Failed, PartlyDone } from './jobs.ts';
import { batched, type Version } from './objects.ts';

/** What a request deleted, and the markers that it laid. */
export interface Gone {
  readonly keys: readonly string[];
  readonly markers: readonly Version[];
}

/** As many as one request deletes. Whoever tries again asks for what is left of it. */
export class Batch {
  readonly first: string;
  readonly #refused: Failed[] = [];
  #left: readonly Version[];
  #done = 0;

  constructor(objects: readonly Version[]) {
    this.first = objects[0]?.key ?? '';
    this.#left = objects;
  }

  /** Answers how many were deleted in all tries. Rejects with what passes, or at the end with `PartlyDone`. */
  async remove(
    s3: S3,
    bucket: string,
    { signal, gone }: { readonly signal: AbortSignal; readonly gone: (what: Gone) => void },
  ): Promise<number> {
    const { deleted, failed } = await s3.deleteObjects({ bucket, objects: this.#left }, { signal });
    this.#done += deleted.length;
    gone({
      keys: deleted.map(({ key }) => key),
      markers: deleted.flatMap(({ key, markerVersionId, marker }) =>
        marker && markerVersionId !== undefined ? [{ key, versionId: markerVersionId }] : [],
      ),
    });
    const told = failed.map(({ key, versionId, code, message }) => ({
      version: { key, versionId },
      failure: new S3Failure(message, { ...REFUSED, code }),
    }));
    const again = told.filter(({ failure }) => isPassing(failure));
    this.#left = again.map(({ version }) => version);
    for (const { version, failure } of told)
      if (!isPassing(failure)) this.#refused.push({ name: version.key, failure });
    if (again[0] !== undefined) throw again[0].failure;
    if (this.#refused.length > 0) throw new PartlyDone(this.#done, this.#refused);
    return this.#done;
  }

  /** What came of it when nobody tries any more because of `failure`. */
  over(failure: unknown): PartlyDone {
    return new PartlyDone(this.#done, [...this.#refused, ...this.#left.map(({ key }) => ({ name: key, failure }))]);
  }
}

/** The request itself was answered: each key has a code of its own. */
const REFUSED = { status: 200, operation: 'DeleteObjects', requestId: undefined, retryAfter: undefined } as const;

export async function* batchesOf(objects: AsyncIterable<Version> | Iterable<Version>): AsyncGenerator<Batch> {
  for await (const batch of batched(objects)) yield new Batch(batch);
}
