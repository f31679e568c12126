/**
 * Brings the drives of a store back to what the configuration wants: files that lack a copy, drives that came back, drives
 * that begin empty. One bounded round per call; one process does it.
 *
 * A drive that is not up gets a new id and becomes `rebuilding`: from then on all processes write new files to it. Then
 * it is given every file that rows name, every row, and loses what nothing names; last, when no file is known to lack a
 * copy, one commit makes it `up`. A round that a crash ends is made again: what is there already is only verified.
 */

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../../base/log.ts';
import type { Random } from '../../../base/random.ts';
import type { Batcher } from '../batcher.ts';
import type { BlobFile } from '../blob-file.ts';
import { isKnownBlob } from '../check.ts';
import { readU48 } from '../keys.ts';
import { type Drive, emptyDrive, mustBeThere, openDrive, readLabel, writeLabel } from './drive.ts';
import type { Lead } from './lead.ts';
import { type Member, type Members, stateOf, upOf, withState } from './members.ts';
import type { MirrorFiles } from './mirror-files.ts';
import { Apart, Follower } from './oplog.ts';
import { fillStep } from './reconcile.ts';

/** A drive that failed is tried again after this long. */
const AGAIN_MS = 10 * 60_000;

export interface MenderContext {
  readonly lead: Lead;
  readonly files: MirrorFiles;
  readonly batcher: Batcher;
  readonly random: Random;
  readonly clock: { monotonic(): number };
  readonly log: Log | undefined;
  /** Where drives are to be. */
  readonly paths: readonly string[];
  /** Kept from the moment on at which there are so many. */
  readonly minCopies: number;
}

export interface Round {
  /** Files and steps done. */
  readonly mended: number;
  /** Nothing left that could be done now. */
  readonly done: boolean;
}

export class Mender {
  readonly #context: MenderContext;
  readonly #tried = new Map<string, number>();
  /** Of each drive that is being rebuilt: the number of the next file to look at; `rows`: files are done. */
  readonly #progress = new Map<string, number | 'rows'>();

  constructor(context: MenderContext) {
    this.#context = context;
  }

  async mend(limit: number): Promise<Round> {
    const { lead } = this.#context;
    await this.#missTheMissing();
    await this.#revive();
    let mended = await this.#repair(limit);
    for (const { id, state } of lead.currentMembers().drives) {
      const drive = state === 'rebuilding' ? lead.drive(id) : undefined;
      if (drive === undefined || mended >= limit) continue;
      mended += await this.#rebuild(drive, limit - mended);
    }
    const members = lead.currentMembers();
    return { mended, done: members.drives.every(({ state }) => state !== 'rebuilding') && !this.#hasRepairs() };
  }

  // ------------------------------------------------------------------------------------------------- drives that join

  /** A drive that was taken out is noticed even when nothing is written to it: its open files still answer. */
  async #missTheMissing(): Promise<void> {
    const { lead } = this.#context;
    for (const { id, path, state } of lead.currentMembers().drives) {
      if (state === 'down') continue;
      try {
        await mustBeThere({ id, path });
      } catch (error) {
        await lead.fail([id], error);
      }
    }
  }

  /** Drives that are wanted and not there, or down: tried at once, then now and then. */
  async #revive(): Promise<void> {
    const { lead, paths, clock, log } = this.#context;
    const { drives } = lead.currentMembers();
    for (const path of paths) {
      const member = drives.find((one) => one.path === path);
      const tried = this.#tried.get(path);
      if (member !== undefined && member.state !== 'down') continue;
      if (tried !== undefined && clock.monotonic() - tried < AGAIN_MS) continue;
      this.#tried.set(path, clock.monotonic());
      try {
        await this.#join(path, member);
      } catch (error) {
        log?.warn('a drive cannot be used, it is tried again later', { drive: path }, error);
      }
    }
  }

  async #join(path: string, member: Member | undefined): Promise<void> {
    const { lead, random, log } = this.#context;
    const { store, drives } = lead.currentMembers();
    const label = await readLabel(path);
    if (label === 'single' || (label !== 'blank' && label.store !== store)) {
      throw new Error(`${path} holds another store: empty it, or choose another directory`);
    }
    if (label !== 'blank' && drives.some(({ id, state }) => id === label.drive && state !== 'down')) {
      throw new Error(`${path} is a drive that is in use under another name`);
    }
    if (label === 'blank') await emptyDrive(path);
    const id = random.bytes(8).toString('hex');
    await writeLabel(path, { store, drive: id });
    await openDrive(path, id, false);
    const joining: Member = { id, path, state: 'rebuilding', reason: 'it is being rebuilt' };
    await lead.update((members) => joined(members, member?.id, joining));
    this.#progress.set(id, 0);
    log?.warn('a drive is being rebuilt', { drive: path, blank: label === 'blank' });
  }

  // ------------------------------------------------------------------------------------------------------ rebuilding

  async #rebuild(drive: Drive, limit: number): Promise<number> {
    const { lead } = this.#context;
    const from = this.#progress.get(drive.id) ?? 0;
    if (from !== 'rows') return this.#giveFiles(drive, from, limit);
    for (let step = 1; step <= limit; step++) {
      if (!(await fillStep(lead.lead(), drive))) continue;
      await this.#finish(drive);
      return step;
    }
    return limit;
  }

  async #giveFiles(drive: Drive, from: number, limit: number): Promise<number> {
    const { files, lead } = this.#context;
    const page = files.namedFrom(from, limit);
    for (const file of page) {
      if (stateOf(lead.currentMembers(), drive.id) !== 'rebuilding') return page.length;
      await this.#give(file, drive);
      this.#progress.set(drive.id, file.blob + 1);
    }
    if (page.length < limit) this.#progress.set(drive.id, 'rows');
    return Math.max(1, page.length);
  }

  async #give(file: BlobFile, drive: Drive): Promise<boolean> {
    const { files, log } = this.#context;
    if ((await files.inspect(file, drive, true)) === undefined) return true;
    if (await files.mend(file, drive)) return true;
    if (files.named(file.blob) === undefined) return true;
    log?.error('a body has no good copy left', { blob: file.blob });
    return false;
  }

  /** What nothing names goes, then the drive is up, unless a file is known to lack a copy. */
  async #finish(drive: Drive): Promise<void> {
    const { lead, log } = this.#context;
    await removeUnknown(lead.lead(), drive);
    await rm(drive.mendingPath, { recursive: true, force: true });
    try {
      await new Follower(drive).catchUp(lead.lead());
    } catch (error) {
      if (error instanceof Apart) return;
      throw error;
    }
    let up = false;
    await lead.update((members, transaction) => {
      up = stateOf(members, drive.id) === 'rebuilding' && !hasRows(transaction.tables.repairs);
      if (!up) return undefined;
      const now = withState(members, [drive.id], 'up', '');
      const least = Math.min(this.#context.minCopies, Math.max(now.minCopies, upOf(now).length));
      return { ...now, minCopies: least };
    });
    if (!up) return;
    this.#progress.delete(drive.id);
    log?.info('a drive is rebuilt', { drive: drive.path });
  }

  // --------------------------------------------------------------------------------------- files that may lack a copy

  async #repair(limit: number): Promise<number> {
    const { lead, files, batcher } = this.#context;
    const { tables } = lead.lead();
    tables.env.fresh();
    const rows = [...tables.repairs.scan({ start: Buffer.of(0), end: undefined, limit })];
    const repaired: Buffer[] = [];
    for (const { key } of rows) {
      const file = files.named(readU48(key, 0));
      let whole = true;
      for (const drive of file === undefined ? [] : lead.writable()) {
        if (file !== undefined) whole = (await this.#give(file, drive)) && whole;
      }
      if (whole) repaired.push(key);
    }
    if (repaired.length > 0) {
      await batcher.run((transaction) => {
        for (const key of repaired) transaction.remove('repairs', key);
      });
    }
    return repaired.length;
  }

  #hasRepairs(): boolean {
    const { tables } = this.#context.lead.lead();
    tables.env.fresh();
    return hasRows(tables.repairs);
  }
}

const hasRows = (table: Drive['tables']['repairs']): boolean =>
  table.first({ start: Buffer.of(0), end: undefined }) !== undefined;

function joined(members: Members, replaces: string | undefined, joining: Member): Members {
  const others = members.drives.filter(({ id }) => id !== replaces);
  return { ...members, epoch: members.epoch + 1, drives: [...others, joining] };
}

/** Files of this drive that rows of the lead do not name and that nobody is writing. */
async function removeUnknown(lead: Drive, drive: Drive): Promise<void> {
  const entries = await readdir(drive.blobsPath, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile() || !/^[0-9a-f]{12}$/.test(entry.name)) continue;
    if (!isKnownBlob(lead.tables, Number.parseInt(entry.name, 16))) await rm(join(entry.parentPath, entry.name));
  }
}
