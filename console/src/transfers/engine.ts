/**
 * Does what the machine of `state.ts` says: sends, waits, remembers, and tells the machine what came of it. What is remembered is shared
 * by all pages of the browser; each keeps to its own.
 */

import { failureToShow } from './checksums.ts';
import { howOf, waitOf } from './failures.ts';
import type { JournalEntry } from './journal.ts';
import { nextTask, toStop, wakeAt } from './next.ts';
import { perform, type Source } from './requests.ts';
import { Elsewhere, fileOf, isSameFile, OtherFile, partsThere } from './resuming.ts';
import { isClear, isOver, type Row, rowOf } from './row.ts';
import { EMPTY, type Event, reduce, type State, type Task } from './state.ts';
import type { Decision, Place, ToUpload, UploadServices, Uploads } from './uploads.ts';

export const createUploads = (services: UploadServices): Uploads => new Engine(services);

class Engine implements Uploads {
  readonly #services: UploadServices;
  readonly #listeners = new Set<() => void>();
  readonly #finished = new Set<(row: Row) => void>();
  readonly #sources = new Map<string, Source>();
  readonly #recalled = new Map<string, JournalEntry>();
  readonly #stoppers = new Map<Task, AbortController>();
  #state: State = EMPTY;
  #calm: () => void = () => undefined;

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
    const rows = files.map(({ path, file, handles, failure }) => {
      const id = newId();
      const row = rowOf({ id, batch, name: path, bucket: to.bucket, key: to.prefix + path, size: file.size, replace });
      if (failure !== undefined) return { ...row, phase: 'failed' as const, failure: failureToShow(failure) };
      this.#sources.set(id, { file, handles });
      return row;
    });
    this.#tell({ type: 'added', rows });
    this.#go();
    return batch;
  }

  pause(ids?: readonly string[]): void {
    this.#press('paused', ids);
  }

  resume(ids?: readonly string[]): void {
    this.#press('resumed', ids);
  }

  cancel(ids?: readonly string[]): void {
    const interrupted = (id: string): boolean => this.#state.rows.get(id)?.phase === 'interrupted';
    // Those of before a reload are not meant by "all": there is no way back.
    for (const id of ids?.filter(interrupted) ?? []) void this.#giveUp(id);
    const others = (ids ?? [...this.#state.rows.keys()]).filter((id) => !interrupted(id));
    this.#press('cancelled', others);
  }

  retry(ids?: readonly string[]): void {
    this.#press('retried', ids);
  }

  decide(id: string, as: Decision): void {
    this.#tell({ type: 'decided', id, as });
    this.#go();
  }

  tidy(): void {
    const busy = new Set(this.#state.running.map(({ id }) => id));
    const over = [...this.#state.rows.values()].filter((row) => isOver(row) && isClear(row) && !busy.has(row.id));
    this.#drop(over.map(({ id }) => id));
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
    const { claims } = this.#services;
    for (const { uploadId } of this.#state.rows.values()) if (uploadId !== undefined) claims.release(uploadId);
    this.#tell({ type: 'emptied' });
    this.#sources.clear();
    this.#recalled.clear();
  }

  async recall(account: string): Promise<void> {
    const { journal, claims, newId } = this.#services;
    const before = await journal.all(account);
    // What another page is sending is none of ours.
    const elsewhere = await claims.taken();
    // What was finished elsewhere in between is held no longer, and not in the journal either.
    const still = new Set((await journal.all(account)).map(({ uploadId }) => uploadId));
    const known = new Set([...this.#state.rows.values()].map(({ uploadId }) => uploadId));
    const rows = before.flatMap((entry) => {
      const { name, bucket, key, size, replace, partSize, uploadId } = entry;
      if (known.has(uploadId) || elsewhere.has(uploadId) || !still.has(uploadId)) return [];
      const id = newId();
      this.#recalled.set(id, entry);
      const begun = rowOf({ id, batch: id, name, bucket, key, size, replace });
      return [{ ...begun, partSize, uploadId, phase: 'interrupted' as const }];
    });
    this.#tell({ type: 'added', rows });
  }

  async revive(id: string, chosen?: File): Promise<void> {
    const { claims, journal } = this.#services;
    const entry = this.#recalled.get(id);
    const row = this.#state.rows.get(id);
    if (entry === undefined || row?.phase !== 'interrupted') return;
    // First of all: the browser asks for a permission only soon after a click.
    const file = chosen ?? (await fileOf(entry));
    if (file === undefined || !isSameFile(entry, file)) throw new OtherFile(entry.name);
    if (!(await claims.claim(entry.uploadId))) throw new Elsewhere(entry.name);
    this.#tell({ type: 'checking', id });
    const handles = entry.handle === undefined ? undefined : { handle: entry.handle, root: entry.root };
    this.#sources.set(id, { file, handles: async () => handles });
    const parts = await partsThere(this.#services, entry, file).catch((failure: unknown) => {
      this.#tell({ type: 'unchecked', id });
      throw failure;
    });
    if (this.#state.rows.get(id)?.phase !== 'checking') return;
    this.#recalled.delete(id);
    if (parts !== undefined) this.#tell({ type: 'revived', id, parts });
    else {
      await journal.remove(entry.uploadId);
      claims.release(entry.uploadId);
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

  /** An interrupted one is ours to abort only while no other page has taken it up: it is that page's then. */
  async #giveUp(id: string): Promise<void> {
    const uploadId = this.#state.rows.get(id)?.uploadId;
    if (uploadId !== undefined && (await this.#services.claims.claim(uploadId))) this.#press('cancelled', [id]);
    else this.#drop([id]);
  }

  #drop(ids: readonly string[]): void {
    this.#tell({ type: 'dismissed', ids });
    for (const id of ids) {
      this.#sources.delete(id);
      this.#recalled.delete(id);
    }
  }

  #press(
    type: 'paused' | 'resumed' | 'cancelled' | 'retried',
    ids: readonly string[] = [...this.#state.rows.keys()],
  ): void {
    this.#tell({ type, ids });
    this.#go();
  }

  #tell(event: Event): void {
    this.#state = reduce(this.#state, event);
    for (const task of toStop(this.#state)) this.#stoppers.get(task)?.abort();
    for (const listener of this.#listeners) listener();
  }

  #go(): void {
    const { now, later } = this.#services;
    for (let task = nextTask(this.#state, now()); task !== undefined; task = nextTask(this.#state, now())) {
      this.#tell({ type: 'started', task });
      void this.#run(task);
    }
    this.#calm();
    const at = wakeAt(this.#state, now());
    this.#calm = at === undefined ? () => undefined : later(Math.max(0, at - now()), () => this.#go());
  }

  async #run(task: Task): Promise<void> {
    const stopper = new AbortController();
    this.#stoppers.set(task, stopper);
    const row = this.#state.rows.get(task.id);
    if (row === undefined) return;
    const source = this.#sources.get(task.id);
    const onProgress = (bytes: number): void => this.#tell({ type: 'moved', task, bytes });
    try {
      const event = await perform(this.#services, { task, row, source, signal: stopper.signal, onProgress });
      this.#tell(event);
      if (event.type === 'finished' && task.kind !== 'abort') this.#done(row);
    } catch (failure) {
      this.#tell(stopper.signal.aborted ? { type: 'stopped', task } : this.#failed(task, failure));
    } finally {
      this.#stoppers.delete(task);
    }
    this.#go();
  }

  /** Once the machine has it: whoever hears of it may look. */
  #done(row: Row): void {
    this.#sources.delete(row.id);
    for (const heard of this.#finished) heard(row);
  }

  #failed(task: Task, failure: unknown): Event {
    const { now, random } = this.#services;
    // As it is now: others of its requests may have failed meanwhile.
    const waits = this.#state.rows.get(task.id)?.waits ?? 0;
    const until = now() + waitOf(failure, waits, random);
    return { type: 'failed', task, failure: failureToShow(failure), how: howOf(failure), until };
  }
}
