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
  /** It was asked for and no answer came: it may have happened. */
  #unanswered = false;

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
    const { deleted, failed } = await this.#ask(s3, bucket, signal);
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

  /** Asks again only for what is still there, or a second marker would lie on the first, and Undo take back one of them. */
  async #ask(s3: S3, bucket: string, signal: AbortSignal): Promise<Answer> {
    const again = this.#unanswered;
    this.#unanswered = true;
    const objects = this.#left.map((one) => (again && one.versionId === undefined ? { ...one, etag: '*' } : one));
    const answer = await s3.deleteObjects({ bucket, objects }, { signal });
    this.#unanswered = false;
    return again ? understood(s3, bucket, answer, signal) : answer;
  }

  /** What came of it when nobody tries any more because of `failure`. */
  over(failure: unknown): PartlyDone {
    return new PartlyDone(this.#done, [...this.#refused, ...this.#left.map(({ key }) => ({ name: key, failure }))]);
  }
}

type Answer = Awaited<ReturnType<S3['deleteObjects']>>;

const NOT_THERE: ReadonlySet<string> = new Set(['PreconditionFailed', 'NoSuchKey']);

/** Of a request that was asked twice: what was not there any more, the first one deleted. */
async function understood(s3: S3, bucket: string, answer: Answer, signal: AbortSignal): Promise<Answer> {
  const gone = answer.failed.filter(({ versionId, code }) => versionId === undefined && NOT_THERE.has(code));
  const deleted = [...answer.deleted];
  for (const { key } of gone) {
    const markerVersionId = await markerOf(s3, bucket, key, signal);
    deleted.push({ key, versionId: undefined, markerVersionId, marker: markerVersionId !== undefined });
  }
  return { deleted, failed: answer.failed.filter((one) => !gone.includes(one)) };
}

/** The marker that hides the key. Undefined where there is none, and for whoever may not look. */
async function markerOf(s3: S3, bucket: string, key: string, signal: AbortSignal): Promise<string | undefined> {
  const page = await s3.listObjectVersions({ bucket, prefix: key, maxKeys: 1 }, { signal }).catch(() => undefined);
  const [newest] = page?.versions ?? [];
  return newest?.key === key && newest.marker && newest.latest ? newest.versionId : undefined;
}

/** The request itself was answered: each key has a code of its own. */
const REFUSED = { status: 200, operation: 'DeleteObjects', requestId: undefined, retryAfter: undefined } as const;

export async function* batchesOf(objects: AsyncIterable<Version> | Iterable<Version>): AsyncGenerator<Batch> {
  for await (const batch of batched(objects)) yield new Batch(batch);
}
