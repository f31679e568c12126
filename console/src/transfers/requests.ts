/**
 * The requests of uploads: one task of the machine, done. Each is signed when it is sent, so that it does not matter how long an upload
 * takes. An object that is in the way after an answer was lost may be ours: it is looked at before anybody is asked about it.
 */

import type { S3 } from '../s3/client.ts';
import { S3Failure } from '../s3/failure.ts';
import { type Checksums, Unreadable } from './checksums.ts';
import type { Claims } from './claims.ts';
import { failureOf, howOf } from './failures.ts';
import type { Journal } from './journal.ts';
import { rangeOf } from './plan.ts';
import type { Row } from './row.ts';
import { etagOfParts, isSame } from './same.ts';
import type { Send, Sent } from './send.ts';
import type { Event, Task } from './state.ts';

export interface RequestServices extends Checksums {
  readonly s3: S3;
  readonly send: Send;
  readonly journal: Journal;
  readonly claims: Claims;
  /** Canonical id of whoever is signed in. */
  readonly account: () => string | undefined;
}

/** A way to find a file again after a reload: the browser's handle of it, and of the folder it was dropped with. */
export interface Handles {
  readonly handle: FileSystemFileHandle;
  readonly root?: FileSystemDirectoryHandle | undefined;
}

export interface Source {
  readonly file: File;
  readonly handles?: (() => Promise<Handles | undefined>) | undefined;
}

/** One task, and what it needs of the row and the file it is for. */
export interface Doing {
  readonly task: Task;
  readonly row: Row;
  readonly source: Source | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number) => void;
}

const typed = (file: Blob): { readonly contentType?: string } => (file.type === '' ? {} : { contentType: file.type });

export async function perform(services: RequestServices, doing: Doing): Promise<Event> {
  switch (doing.task.kind) {
    case 'whole':
      return whole(services, doing);
    case 'create':
      return create(services, doing);
    case 'part':
      return part(services, doing, doing.task.number);
    case 'complete':
      return complete(services, doing);
    case 'abort':
      return abort(services, doing.task, doing);
  }
}

function fileOf({ source }: Doing): File {
  if (source === undefined) throw new Unreadable('');
  return source.file;
}

async function whole(services: RequestServices, doing: Doing): Promise<Event> {
  const file = fileOf(doing);
  const crc32c = await services.crcOf(file);
  doing.signal.throwIfAborted();
  await put(services, doing, { body: file, crc32c }).catch((failure: unknown) =>
    unlessOurs(services, doing, { failure, etag: () => services.md5Of(file) }),
  );
  return { type: 'finished', task: doing.task };
}

async function create(services: RequestServices, doing: Doing): Promise<Event> {
  const { s3, journal, claims, account } = services;
  const { task, row, signal, source } = doing;
  const { bucket, key, name, size, partSize = size, replace } = row;
  const file = fileOf(doing);
  const whose = account();
  const handles = await source?.handles?.().catch(() => undefined);
  const headers = { 'x-amz-checksum-algorithm': 'CRC32C' };
  const uploadId = await s3.createMultipartUpload({ bucket, key, ...typed(file), headers }, { signal });
  // Held before it is written down: another page never sees it without its holder.
  await claims.claim(uploadId, true);
  const what = { uploadId, bucket, key, partSize, name, size, modified: file.lastModified, replace };
  if (whose !== undefined) await journal.put({ ...what, account: whose, ...handles });
  return { type: 'created', task, uploadId };
}

async function part(services: RequestServices, doing: Doing, number: number): Promise<Event> {
  const { task, row, signal } = doing;
  const { start, end } = rangeOf(row.size, row.partSize ?? row.size, number);
  const body = fileOf(doing).slice(start, end);
  const crc32c = await services.crcOf(body);
  signal.throwIfAborted();
  const answer = await put(services, doing, { body, crc32c });
  return { type: 'sent', task, part: { number, crc32c, etag: (answer.header('etag') ?? '').replaceAll('"', '') } };
}

async function complete(services: RequestServices, doing: Doing): Promise<Event> {
  const { task, row, signal } = doing;
  const { bucket, key, uploadId = '', replace } = row;
  const parts = [...row.parts].sort((left, right) => left.number - right.number);
  await services.s3
    .completeMultipartUpload({ bucket, key, uploadId, parts, ifAbsent: !replace }, { signal })
    .catch((failure: unknown) =>
      unlessOurs(services, doing, { failure, etag: () => etagOfParts(parts, services.md5Of) }),
    );
  await forget(services, uploadId);
  return { type: 'finished', task };
}

async function abort(services: RequestServices, task: Extract<Task, { kind: 'abort' }>, doing: Doing): Promise<Event> {
  const { uploadId, key } = task;
  const { row, signal } = doing;
  await services.s3
    .abortMultipartUpload({ bucket: row.bucket, key, uploadId }, { signal })
    .catch((failure: unknown) => {
      if (!(failure instanceof S3Failure && failure.code === 'NoSuchUpload')) throw failure;
    });
  await forget(services, uploadId);
  return { type: 'finished', task };
}

async function forget({ journal, claims }: RequestServices, uploadId: string): Promise<void> {
  await journal.remove(uploadId);
  claims.release(uploadId);
}

interface Lost {
  readonly failure: unknown;
  /** What the object's ETag is when it is the one that was sent. */
  readonly etag: () => Promise<string | undefined>;
}

/** An answer was lost before, and now the object is there, or its upload is not: whether it is the one we sent is seen by its ETag. */
async function unlessOurs({ s3 }: RequestServices, { row }: Doing, { failure, etag }: Lost): Promise<void> {
  const how = howOf(failure);
  if (!row.unsure || (how !== 'exists' && how !== 'gone')) throw failure;
  const { bucket, key } = row;
  const there = await s3.headObject({ bucket, key }).catch(() => undefined);
  if (there === undefined || !(await isSame(there, row.size, etag))) throw failure;
}

/** Sends bytes; once more when the credentials that signed for them had run out, or the clock was wrong. */
async function put(
  { s3, send }: RequestServices,
  { task, row, signal, onProgress }: Doing,
  { body, crc32c }: { readonly body: Blob; readonly crc32c: string },
): Promise<Sent> {
  const { bucket, key, uploadId = '' } = row;
  const operation = task.kind === 'part' ? 'UploadPart' : 'PutObject';
  const headers = { 'x-amz-checksum-crc32c': crc32c };
  const sign = (anew: boolean) =>
    task.kind === 'part'
      ? s3.signPart({ bucket, key, uploadId, number: task.number, headers }, anew)
      : s3.signPut({ bucket, key, ...typed(body), ifAbsent: !row.replace, headers }, anew);
  const first = await send({ ...(await sign(false)), body, signal, onProgress });
  if (first.status < 300) return first;
  const failure = failureOf(first, operation);
  const stale = failure.code === 'ExpiredToken' || failure.code === 'InvalidToken';
  if (!stale && !(failure.status === 403 && s3.learnTime(first.header('date') ?? null))) throw failure;
  const second = await send({ ...(await sign(stale)), body, signal, onProgress });
  if (second.status < 300) return second;
  throw failureOf(second, operation);
}
