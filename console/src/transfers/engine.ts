/**
 * Does what the machine of `state.ts` says: signs and sends, waits, remembers, and tells the machine what came of it. Each request is
 * signed when it is sent, so that it does not matter how long an upload takes.
 */

import { S3Failure } from '../s3/failure.ts';
import { Unreadable } from './checksums.ts';
import { failureOf, howOf, waitOf } from './failures.ts';
import type { JournalEntry } from './journal.ts';
import { rangeOf } from './plan.ts';
import { fileOf, isSameFile, partsThere } from './resuming.ts';
import type { Sent } from './send.ts';
import {
  EMPTY,
  type Event,
  isOver,
  nextTask,
  type Row,
  reduce,
  rowOf,
  type State,
  type Task,
  toStop,
  wakeAt,
} from './state.ts';
import type { Decision, Place, ToUpload, UploadServices, Uploads } from './uploads.ts';

interface Source {
  readonly file: File;
  readonly handle?: FileSystemFileHandle | undefined;
}

/** It is not the file that was begun with. */
export class OtherFile extends Error {
  override readonly name = 'OtherFile';
  readonly code = 'OtherFile';
}

/** What the machine's requests need of the file and the row they are for. */
interface Doing {
  readonly task: Task;
  readonly row: Row;
  readonly signal: AbortSignal;
}

export const createUploads = (services: UploadServices): Uploads => new Engine(services);

class Engine implements Uploads {
  readonly #services: UploadServices;
  readonly #listeners = new Set<() => void>();
  readonly #finished = new Set<(row: Row) => void>();
  readonly #sources = new Map<string, Source>();
  readonly #recalled = new Map<string, JournalEntry>();
  readonly #stoppers = new Map<Task, AbortController>();
  /** Rows whose last request may have been done although no answer came. */
  readonly #unsure = new Set<string>();
  /** Rows that go on as others: they leave when their upload is aborted. */
  readonly #superseded = new Set<string>();
  #state: State = EMPTY;
  #alarm: ReturnType<typeof setTimeout> | undefined;

  constructor(services: UploadServices) {
    this.#services = services;
  }

  readonly subscribe = (changed: () => void): (() => void) => {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  };

  readonly state = (): State => this.#state;

  add(to: Place, files: readonly ToUpload[], replace = false): string {
    const { newId } = this.#services;
    const batch = newId();
    const rows = files.map(({ path, file, handle, failure }) => {
      const id = newId();
      const row = rowOf({ id, batch, name: path, bucket: to.bucket, key: to.prefix + path, size: file.size, replace });
      if (failure !== undefined) return { ...row, phase: 'failed' as const, failure };
      this.#sources.set(id, { file, handle });
      return row;
    });
    this.#tell({ type: 'added', rows });
    this.#go();
    return batch;
  }

  pause(id?: string): void {
    this.#each(id, (one) => this.#tell({ type: 'paused', id: one }));
  }

  resume(id?: string): void {
    this.#each(id, (one) => this.#tell({ type: 'resumed', id: one }));
  }

  cancel(id?: string): void {
    this.#each(id, (one) => this.#tell({ type: 'cancelled', id: one }));
  }

  retry(id: string): void {
    this.#each(id, (one) => this.#tell({ type: 'retried', id: one }));
  }

  decide(id: string, as: Decision): void {
    const row = this.#state.rows.get(id);
    // An upload in parts has its key for good: under another it is another upload, and this one is aborted.
    if (typeof as === 'object' && row?.phase === 'exists' && row.uploadId !== undefined) this.#beginAnew(row, as.key);
    else this.#tell({ type: 'decided', id, as });
    this.#go();
  }

  tidy(): void {
    this.#each(undefined, (id) => {
      const row = this.#state.rows.get(id);
      const busy = this.#state.running.some((task) => task.id === id);
      if (row !== undefined && isOver(row) && !busy) this.#tell({ type: 'dismissed', id });
    });
  }

  line(offline: boolean): void {
    this.#tell({ type: 'line', offline });
    this.#go();
  }

  session(signedOut: boolean): void {
    this.#tell({ type: 'session', signedOut });
    this.#go();
  }

  leave(): void {
    for (const { id, uploadId } of [...this.#state.rows.values()]) {
      if (uploadId !== undefined) this.#services.claims.release(uploadId);
      this.#sources.delete(id);
      this.#recalled.delete(id);
      this.#tell({ type: 'dismissed', id });
    }
  }

  async recall(account: string): Promise<void> {
    const { journal, claims } = this.#services;
    const [entries, others] = [await journal.all(account), await claims.taken()];
    const known = new Set([...this.#state.rows.values()].map(({ uploadId }) => uploadId));
    const rows = entries.flatMap((entry) => {
      const { name, bucket, key, size, replace, partSize, uploadId } = entry;
      // Another page of this browser is at it.
      if (known.has(uploadId) || others.has(uploadId)) return [];
      const id = this.#services.newId();
      this.#recalled.set(id, entry);
      const begun = rowOf({ id, batch: id, name, bucket, key, size, replace });
      return [{ ...begun, partSize, uploadId, phase: 'interrupted' as const }];
    });
    this.#tell({ type: 'added', rows });
  }

  async revive(id: string, chosen?: File): Promise<void> {
    const entry = this.#recalled.get(id);
    const row = this.#state.rows.get(id);
    if (entry === undefined || row === undefined) return;
    const file = chosen ?? (await fileOf(entry));
    if (file === undefined || !isSameFile(entry, file)) throw new OtherFile(entry.name);
    // Another page has taken it up meanwhile.
    if (!(await this.#services.claims.claim(entry.uploadId))) return this.#tell({ type: 'dismissed', id });
    this.#sources.set(id, { file, handle: entry.handle });
    const parts = await partsThere(this.#services, entry, file);
    this.#recalled.delete(id);
    if (parts !== undefined) this.#tell({ type: 'revived', id, parts });
    else {
      await this.#forget(entry.uploadId);
      this.#tell({ type: 'added', rows: [rowOf(row)] });
    }
    this.#go();
  }

  hasHandle(id: string): boolean {
    return this.#recalled.get(id)?.handle !== undefined;
  }

  onDone(heard: (row: Row) => void): () => void {
    this.#finished.add(heard);
    return () => void this.#finished.delete(heard);
  }

  #beginAnew(row: Row, key: string): void {
    const id = this.#services.newId();
    const source = this.#sources.get(row.id);
    if (source !== undefined) this.#sources.set(id, source);
    const { batch, bucket, size } = row;
    const name = row.name.slice(0, row.name.lastIndexOf('/') + 1) + key.slice(key.lastIndexOf('/') + 1);
    this.#tell({ type: 'added', rows: [rowOf({ id, batch, name, bucket, key, size, replace: false })] });
    this.#superseded.add(row.id);
    this.#tell({ type: 'decided', id: row.id, as: 'skip' });
  }

  /** The upload is an object, or no more. */
  async #forget(uploadId: string): Promise<void> {
    await this.#services.journal.remove(uploadId);
    this.#services.claims.release(uploadId);
  }

  #each(id: string | undefined, act: (id: string) => void): void {
    for (const one of id === undefined ? [...this.#state.rows.keys()] : [id]) act(one);
    this.#go();
  }

  #tell(event: Event): void {
    this.#state = reduce(this.#state, event);
    for (const task of toStop(this.#state)) this.#stoppers.get(task)?.abort();
    for (const listener of this.#listeners) listener();
  }

  #go(): void {
    const { now } = this.#services;
    for (let task = nextTask(this.#state, now()); task !== undefined; task = nextTask(this.#state, now())) {
      this.#tell({ type: 'started', task });
      void this.#run(task);
    }
    clearTimeout(this.#alarm);
    const at = wakeAt(this.#state, now());
    if (at !== undefined) this.#alarm = setTimeout(() => this.#go(), Math.max(0, at - now()));
  }

  async #run(task: Task): Promise<void> {
    const { now, random } = this.#services;
    const stopper = new AbortController();
    this.#stoppers.set(task, stopper);
    const row = this.#state.rows.get(task.id);
    try {
      if (row === undefined) throw new Unreadable('it is no longer listed');
      const event = await this.#do({ task, row, signal: stopper.signal });
      this.#tell(event);
      // After the machine has it: whoever hears of it may look.
      if (event.type === 'finished' && task.kind !== 'abort') for (const heard of this.#finished) heard(row);
      if (task.kind === 'abort' && this.#superseded.delete(task.id)) this.#tell({ type: 'dismissed', id: task.id });
    } catch (failure) {
      const at = now();
      const until = at + waitOf(failure, this.#state.rows.get(task.id)?.tries ?? 0, random);
      if (stopper.signal.aborted) this.#tell({ type: 'stopped', task });
      else this.#tell({ type: 'failed', task, failure, how: howOf(failure), at, until });
    } finally {
      this.#stoppers.delete(task);
    }
    this.#go();
  }

  #do(doing: Doing): Promise<Event> {
    switch (doing.task.kind) {
      case 'whole':
        return this.#whole(doing);
      case 'create':
        return this.#create(doing);
      case 'part':
        return this.#part(doing, doing.task.number);
      case 'complete':
        return this.#complete(doing);
      case 'abort':
        return this.#abort(doing);
    }
  }

  #source(id: string): File {
    const source = this.#sources.get(id);
    if (source === undefined) throw new Unreadable('its file is gone');
    return source.file;
  }

  async #whole(doing: Doing): Promise<Event> {
    const { task, row } = doing;
    const file = this.#source(task.id);
    const crc32c = await this.#services.crcOf(file);
    await this.#sure(doing, () => this.#put(doing, file, crc32c), crc32c);
    this.#sources.delete(row.id);
    return { type: 'finished', task };
  }

  /**
   * What is in the way may be what was sent before: when an earlier request may have been done although its answer was lost, it is
   * looked whether the object is this very file.
   */
  async #sure({ row, signal }: Doing, write: () => Promise<unknown>, crc32c: string): Promise<void> {
    const { id, bucket, key, size } = row;
    try {
      await write();
    } catch (failure) {
      const how = howOf(failure);
      if (how === 'passing' || signal.aborted) this.#unsure.add(id);
      if (how !== 'exists' || !this.#unsure.has(id)) throw failure;
      const there = await this.#services.s3.getObjectAttributes({ bucket, key }, { signal });
      if (there.size !== size || there.checksums.CRC32C !== crc32c) throw failure;
    }
    this.#unsure.delete(id);
  }

  async #create({ task, row, signal }: Doing): Promise<Event> {
    const { s3, journal, account, claims } = this.#services;
    const { bucket, key, name, size, partSize = size, replace } = row;
    const source = this.#sources.get(task.id);
    const headers = { 'x-amz-checksum-algorithm': 'CRC32C' };
    const file = this.#source(task.id);
    const uploadId = await s3.createMultipartUpload({ bucket, key, ...typed(file), headers }, { signal });
    const whose = account();
    const what = { uploadId, bucket, key, partSize, name, size, modified: file.lastModified, replace };
    await claims.claim(uploadId);
    if (whose !== undefined) await journal.put({ ...what, account: whose, handle: source?.handle });
    return { type: 'created', task, uploadId };
  }

  async #part(doing: Doing, number: number): Promise<Event> {
    const { task, row, signal } = doing;
    const { start, end } = rangeOf(row.size, row.partSize ?? row.size, number);
    const bytes = this.#source(task.id).slice(start, end);
    const crc32c = await this.#services.crcOf(bytes);
    signal.throwIfAborted();
    const answer = await this.#put(doing, bytes, crc32c);
    return { type: 'sent', task, part: { number, crc32c, etag: (answer.header('etag') ?? '').replaceAll('"', '') } };
  }

  async #complete({ task, row, signal }: Doing): Promise<Event> {
    const { s3 } = this.#services;
    const { bucket, key, uploadId = '', replace } = row;
    const parts = [...row.parts].sort((left, right) => left.number - right.number);
    await s3.completeMultipartUpload({ bucket, key, uploadId, parts, ifAbsent: !replace }, { signal });
    await this.#forget(uploadId);
    this.#sources.delete(task.id);
    return { type: 'finished', task };
  }

  async #abort({ task, row, signal }: Doing): Promise<Event> {
    const { s3 } = this.#services;
    const { bucket, key, uploadId = '' } = row;
    await s3.abortMultipartUpload({ bucket, key, uploadId }, { signal }).catch((failure: unknown) => {
      if (!(failure instanceof S3Failure && failure.code === 'NoSuchUpload')) throw failure;
    });
    await this.#forget(uploadId);
    return { type: 'finished', task };
  }

  /** Sends bytes; once more when the credentials that signed for them had run out, or the clock was wrong. */
  async #put({ task, row, signal }: Doing, body: Blob, crc32c: string): Promise<Sent> {
    const { s3, send } = this.#services;
    const { bucket, key, uploadId = '' } = row;
    const operation = task.kind === 'part' ? 'UploadPart' : 'PutObject';
    const headers = { 'x-amz-checksum-crc32c': crc32c };
    const sign = (anew: boolean) =>
      task.kind === 'part'
        ? s3.signPart({ bucket, key, uploadId, number: task.number, headers }, anew)
        : s3.signPut({ bucket, key, ...typed(body), ifAbsent: !row.replace, headers }, anew);
    const onProgress = (bytes: number): void => this.#tell({ type: 'moved', task, bytes });
    const first = await send({ ...(await sign(false)), body, signal, onProgress });
    if (first.status < 300) return first;
    const failure = failureOf(first, operation);
    const stale = failure.code === 'ExpiredToken' || failure.code === 'InvalidToken';
    if (!stale && !(failure.status === 403 && s3.learnTime(first.header('date') ?? null))) throw failure;
    const second = await send({ ...(await sign(stale)), body, signal, onProgress });
    if (second.status < 300) return second;
    throw failureOf(second, operation);
  }
}

const typed = (file: Blob): { readonly contentType?: string } => (file.type === '' ? {} : { contentType: file.type });
