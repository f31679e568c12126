/**
 * Verifies the whole store: every row, every index both ways, every reference counted anew, every blob file, and files
 * that nothing knows of. On a store in use it finds nothing that is not so: rows are looked at in one snapshot, and what is
 * found wrong with a file counts only if the rows still want that file.
 */

import { join } from 'node:path';
import type { Finding } from '../port.ts';
import { inspectFile } from './blob-file.ts';
import { checkAudit, checkRefusals } from './check-audit.ts';
import { checkAccounts, checkBuckets, checkUploads } from './check-directory.ts';
import { checkManifests, checkObjects, checkParts } from './check-objects.ts';
import { checkReferences, nameOfBlob } from './check-references.ts';
import { CheckView } from './check-view.ts';
import { RowReader } from './codec.ts';
import type { Disk } from './disk.ts';
import { numberKey, readU48 } from './keys.ts';
import { readRange } from './ledger.ts';
import { type BlobRecord, readBlob } from './references.ts';
import type { Tables } from './tables.ts';

/** Files looked at per snapshot: a short one each, so that a long check does not hold back the reuse of pages. */
const FILES_AT_ONCE = 256;
const STEPS = [
  checkAccounts,
  checkBuckets,
  checkAudit,
  checkRefusals,
  checkObjects,
  checkUploads,
  checkParts,
  checkManifests,
  checkReferences,
] as const;

export interface CheckerContext {
  readonly tables: Tables;
  readonly disk: Disk;
  /** Where the files are: each place holds all of them. Its name is for the operator, when there are several. */
  readonly places: () => readonly { readonly root: string; readonly name: string }[];
}

export class Checker {
  readonly #context: CheckerContext;

  constructor(context: CheckerContext) {
    this.#context = context;
  }

  async *check({ bodies }: { readonly bodies: boolean }): AsyncGenerator<Finding> {
    const snapshot = this.#context.tables.env.hold();
    try {
      const view = new CheckView(this.#context.tables, snapshot);
      await view.nameBuckets();
      for (const step of STEPS) yield* step(view);
    } finally {
      snapshot.done();
    }
    yield* this.#files(bodies);
    yield* this.#orphans();
  }

  /** Files that rows name. */
  async *#files(contents: boolean): AsyncGenerator<Finding> {
    for (let next = 0; ; ) {
      const page = this.#fileBlobs(next);
      if (page.length === 0) return;
      for (const { blob, record } of page) {
        next = blob + 1;
        const { size, chunkBytes } = record;
        for (const { root, name } of this.#context.places()) {
          const problem = await inspectFile(this.#context.disk, root, { blob, size, chunkBytes }, contents);
          if (problem === undefined || !this.#isNamed(blob)) continue;
          const where = name === '' ? '' : ` on ${name}`;
          yield { kind: 'body', subject: await this.nameOf(blob), problem: `${problem} (blob ${blob}${where})` };
        }
      }
    }
  }

  #fileBlobs(from: number): { readonly blob: number; readonly record: BlobRecord }[] {
    const { tables } = this.#context;
    const page: { readonly blob: number; readonly record: BlobRecord }[] = [];
    tables.env.fresh();
    for (const { key, row } of tables.blobs.scanRaw({ start: numberKey(from), end: undefined })) {
      if (page.length === FILES_AT_ONCE) break;
      const record = readable(() => readBlob(new RowReader(tables.blobs.open(key, row))));
      if (record?.kind === 'file' && record.references > 0) page.push({ blob: readU48(key, 0), record });
    }
    return page;
  }

  #isNamed(blob: number): boolean {
    const { tables } = this.#context;
    tables.env.fresh();
    const record = readable(() => {
      const row = tables.blobs.get(numberKey(blob));
      return row === undefined ? undefined : readBlob(row);
    });
    return record !== undefined && record.references > 0;
  }

  /** The object, for an operator, that this blob belongs to. */
  async nameOf(blob: number): Promise<string> {
    const snapshot = this.#context.tables.env.hold();
    try {
      const view = new CheckView(this.#context.tables, snapshot);
      await view.nameBuckets();
      return await nameOfBlob(view, blob);
    } finally {
      snapshot.done();
    }
  }

  /** Files that no row names and no process is about to name. */
  async *#orphans(): AsyncGenerator<Finding> {
    const { disk } = this.#context;
    for (const { root, name: place } of this.#context.places()) {
      const where = place === '' ? '' : ` of ${place}`;
      for (const outer of await disk.list(root)) {
        for (const inner of await disk.list(join(root, outer))) {
          for (const name of await disk.list(join(root, outer, inner))) {
            const problem = await this.#orphan(join(root, outer, inner), name);
            const subject = `file ${name} in blobs/${outer}/${inner}${where}`;
            if (problem !== undefined) yield { kind: 'orphan', subject, problem };
          }
        }
      }
    }
  }

  async #orphan(directory: string, name: string): Promise<string | undefined> {
    if (!/^[0-9a-f]{12}$/.test(name)) return 'its name is not that of a blob';
    const blob = Number.parseInt(name, 16);
    if (isKnownBlob(this.#context.tables, blob)) return undefined;
    // It may have been swept between the listing and the look at the rows.
    return (await this.#context.disk.list(directory)).includes(name) ? 'no row names it' : undefined;
  }
}

/** Whether a row names this blob, or a process may be about to. */
export function isKnownBlob(tables: Tables, blob: number): boolean {
  tables.env.fresh();
  if (tables.blobs.has(numberKey(blob))) return true;
  for (const { key, payload } of tables.ledger.scan({ start: Buffer.of(0), end: undefined })) {
    const first = readU48(key, 0);
    if (blob >= first && blob < first + readRange(new RowReader(payload)).count) return true;
  }
  return false;
}

/** Damaged rows have been reported before. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
