/** The `upload` row of an upload: its states, each reached from the one before by a transaction. */

import { Corrupt, Unavailable } from '../../port.ts';
import type { Row, Session, Uuid } from '../database/types.ts';
import type { Home, Tools } from '../types.ts';
import { newUuid } from '../uuid.ts';
import { sealUpload, type UploadRecord, type UploadState, unsealUpload } from './records.ts';
import { INSERT_UPLOAD, MOVE_UPLOAD, READ_UPLOAD, REMOVE_UPLOAD, SEE_UPLOAD } from './statements.ts';

export interface UploadRow extends UploadRecord {
  /** Of this state, and of no other ever. */
  readonly rev: Uuid;
}

export class UploadStates {
  readonly #tools: Tools;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  /** As of every acknowledged change. */
  async read(home: Pick<Home, 'region'>, uploadId: string): Promise<UploadRow | undefined> {
    const [row] = await this.#session(home).read(READ_UPLOAD, [uploadId]);
    return row && uploadRow(uploadId, row);
  }

  /** As of every change that was decided, acknowledged or not. */
  async see(home: Pick<Home, 'region'>, uploadId: string): Promise<UploadRow | undefined> {
    const [row] = await this.#session(home).read(SEE_UPLOAD, [uploadId]);
    return row && uploadRow(uploadId, row);
  }

  /** The row; undefined when there is one with that id already. */
  async insert(home: Pick<Home, 'region'>, record: UploadRecord): Promise<UploadRow | undefined> {
    const rev = newUuid(this.#tools.random);
    const values = [record.upload.uploadId, rev, sealUpload(record)];
    const { applied } = await this.#session(home).cas(INSERT_UPLOAD, values, (row) => row.rev === rev);
    return applied ? { ...record, rev } : undefined;
  }

  /** The row in its next state; undefined when it was not in the one given any more. */
  async move(home: Pick<Home, 'region'>, from: UploadRow, state: UploadState): Promise<UploadRow | undefined> {
    const rev = newUuid(this.#tools.random);
    const next: UploadRow = { upload: from.upload, state, rev };
    const { uploadId } = from.upload;
    const values = [rev, sealUpload(next), uploadId, from.rev];
    const { applied } = await this.#session(home).cas(MOVE_UPLOAD, values, (row) => row.rev === rev);
    return applied ? next : undefined;
  }

  /** Removes the row in the state given, if it is still there. */
  async remove(home: Pick<Home, 'region'>, { upload, rev }: UploadRow): Promise<void> {
    try {
      await this.#session(home).cas(REMOVE_UPLOAD, [upload.uploadId, rev], () => false);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      // A removal has no row that would show whose it was: gone is gone.
      if ((await this.see(home, upload.uploadId))?.rev === rev) throw error;
    }
  }

  #session(home: Pick<Home, 'region'>): Session {
    return this.#tools.sessions.of(home.region);
  }
}

function uploadRow(uploadId: string, { rev, v }: Row): UploadRow {
  if (typeof rev !== 'string') throw new Corrupt(`upload ${uploadId} has no revision`);
  return { ...unsealUpload(uploadId, v), rev };
}
