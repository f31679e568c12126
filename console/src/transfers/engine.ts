/**
 * Does what the machine of `state.ts` says: signs and sends, waits, remembers, and tells the machine what came of it. Each request is
 * signed when it is sent, so that it does not matter how long an upload takes.
 */

import type { S3 } from '../s3/client.ts';
import { S3Failure } from '../s3/failure.ts';
import { type CrcOf, Unreadable } from './checksums.ts';
import { failureOf, howOf, waitOf } from './failures.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { rangeOf } from './plan.ts';
import type { Send, Sent } from './send.ts';
import {
  EMPTY,
  type Event,
  isOver,
  nextTask,
  type Part,
  type Row,
  reduce,
  rowOf,
  type State,
  type Task,
  toStop,
  wakeAt,
} from './state.ts';

/** A file to send, and where the browser has it. */
export interface ToUpload {
  /** Below the folder it goes to. */
  readonly path: string;
  readonly file: File;
  readonly handle?: FileSystemFileHandle | undefined;
  /** It could not be read: a row that says so. */
  readonly failure?: unknown;
}

export interface Place {
  readonly bucket: string;
  readonly prefix: string;
}

/** About what is in the way: write over it (a new version where they are kept), leave it, or write beside it. */
export type Decision = 'replace' | 'skip' | { readonly key: string };

export interface Uploads {
  subscribe(changed: () => void): () => void;
  state(): State;
  /** Begins; answers with the batch's name. */
  add(to: Place, files: readonly ToUpload[], replace?: boolean): string;
  pause(id?: string): void;
  resume(id?: string): void;
  cancel(id?: string): void;
  retry(id: string): void;
  decide(id: string, as: Decision): void;
  /** Takes rows that are over out of sight. */
  tidy(): void;
  /** Whether the browser has a network. */
  line(offline: boolean): void;
  /** What was under way before the page was loaded anew. */
  recall(account: string): Promise<void>;
  /** Goes on with one of those: from its handle, or with the file chosen again. Rejects when it is another file. */
  revive(id: string, file?: File): Promise<void>;
  /** Whether the browser kept a handle of an interrupted one's file. */
  hasHandle(id: string): boolean;
  /** Something became an object. */
  onDone(heard: (row: Row) => void): () => void;
}

export interface UploadServices {
  readonly s3: S3;
  readonly send: Send;
  readonly crcOf: CrcOf;
  readonly journal: Journal;
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Names rows. */
  readonly newId: () => string;
  /** Canonical id of whoever is signed in. */
  readonly account: () => string | undefined;
}

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
    this.#each(id, (one) => this.#tell({ type: 'decided', id: one, as }));
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

  async recall(account: string): Promise<void> {
    const entries = await this.#services.journal.all(account);
    const known = new Set([...this.#state.rows.values()].map(({ uploadId }) => uploadId));
    const rows = entries.flatMap((entry) => {
      const { name, bucket, key, size, replace, partSize, uploadId } = entry;
      if (known.has(uploadId)) return [];
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
    this.#sources.set(id, { file, handle: entry.handle });
    const parts = await partsThere(this.#services, entry, file);
    this.#recalled.delete(id);
    if (parts !== undefined) this.#tell({ type: 'revived', id, parts });
    else {
      await this.#services.journal.remove(entry.uploadId);
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
    } catch (failure) {
      const until = now() + waitOf(failure, row?.tries ?? 0, random);
      if (stopper.signal.aborted) this.#tell({ type: 'stopped', task });
      else this.#tell({ type: 'failed', task, failure, how: howOf(failure), until });
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
    const { task } = doing;
    const file = this.#source(task.id);
    await this.#put(doing, file, await this.#services.crcOf(file));
    this.#sources.delete(task.id);
    return { type: 'finished', task };
  }

  async #create({ task, row, signal }: Doing): Promise<Event> {
    const { s3, journal, account } = this.#services;
    const { bucket, key, name, size, partSize = size, replace } = row;
    const source = this.#sources.get(task.id);
    const headers = { 'x-amz-checksum-algorithm': 'CRC32C' };
    const file = this.#source(task.id);
    const uploadId = await s3.createMultipartUpload({ bucket, key, ...typed(file), headers }, { signal });
    const whose = account();
    const what = { uploadId, bucket, key, partSize, name, size, modified: file.lastModified, replace };
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
    const { s3, journal } = this.#services;
    const { bucket, key, uploadId = '', replace } = row;
    const parts = [...row.parts].sort((left, right) => left.number - right.number);
    await s3.completeMultipartUpload({ bucket, key, uploadId, parts, ifAbsent: !replace }, { signal });
    await journal.remove(uploadId);
    this.#sources.delete(task.id);
    return { type: 'finished', task };
  }

  async #abort({ task, row, signal }: Doing): Promise<Event> {
    const { s3, journal } = this.#services;
    const { bucket, key, uploadId = '' } = row;
    await s3.abortMultipartUpload({ bucket, key, uploadId }, { signal }).catch((failure: unknown) => {
      if (!(failure instanceof S3Failure && failure.code === 'NoSuchUpload')) throw failure;
    });
    await journal.remove(uploadId);
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

/** By name and size. Whether the bytes are the same is seen part by part. */
const isSameFile = ({ name, size }: JournalEntry, file: File): boolean =>
  file.size === size && file.name === name.slice(name.lastIndexOf('/') + 1);

/** From its handle; asks for the permission that a reload took away. `undefined`: it has to be chosen again. */
async function fileOf({ handle }: JournalEntry): Promise<File | undefined> {
  if (handle === undefined) return undefined;
  const asks = handle as FileSystemFileHandle & {
    requestPermission?(what: { readonly mode: 'read' }): Promise<PermissionState>;
  };
  if ((await asks.requestPermission?.({ mode: 'read' })) === 'denied') return undefined;
  return handle.getFile();
}

type Comparing = Pick<UploadServices, 's3' | 'crcOf'>;

/** The parts that are in the store and whose bytes are the file's; others are sent anew. `undefined`: the upload is no longer known. */
async function partsThere(services: Comparing, entry: JournalEntry, file: File): Promise<readonly Part[] | undefined> {
  return comparedParts(services, entry, file).catch((failure: unknown) => {
    if (failure instanceof S3Failure && failure.code === 'NoSuchUpload') return undefined;
    throw failure;
  });
}

async function comparedParts({ s3, crcOf }: Comparing, entry: JournalEntry, file: File): Promise<readonly Part[]> {
  const { bucket, key, uploadId, partSize, size } = entry;
  const same: Part[] = [];
  let after: number | undefined;
  do {
    const page = await s3.listParts({ bucket, key, uploadId, after });
    for (const { number, etag, crc32c, size: bytes } of page.parts) {
      const { start, end } = rangeOf(size, partSize, number);
      if (bytes !== end - start || crc32c === undefined) continue;
      if ((await crcOf(file.slice(start, end))) === crc32c) same.push({ number, etag, crc32c });
    }
    after = page.next;
  } while (after !== undefined);
  return same;
}
