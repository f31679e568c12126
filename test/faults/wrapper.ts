/**
 * A faulty engine around any engine: calls fail before they do anything, fail after they did everything, are late, and
 * bodies break off in the middle. Seeded, so that a run can be repeated. With `rate` 0 it changes nothing.
 */

import type { Body } from '../../src/model/entities.ts';
import { type Blobs, type Engine, type Rows, Unavailable } from '../../src/store/port.ts';

export interface Faults {
  /** Of all calls, how many fail or are late: 0 to 1. May be changed between calls. */
  rate: number;
  readonly seed: number;
}

export function createFaulty(engine: Engine, faults: Faults): Engine {
  const dice = createDice(faults);
  return {
    capabilities: engine.capabilities,
    rows: faultyRows(engine.rows, dice),
    blobs: faultyBlobs(engine.blobs, dice),
    upkeep: {
      sweep: (options) => dice.call(() => engine.upkeep.sweep(options), true),
      check: (options) => engine.upkeep.check(options),
      usage: () => dice.call(() => engine.upkeep.usage(), false),
      scrub: () => engine.upkeep.scrub(),
      mend: (options) => dice.call(() => engine.upkeep.mend(options), true),
      health: () => dice.call(() => engine.upkeep.health(), false),
      copies: (body) => dice.call(() => engine.upkeep.copies(body), false),
    },
    close: () => engine.close(),
  };
}

interface Dice {
  /** Calls, or fails before, or, if it `changes` something, after. */
  call<T>(act: () => Promise<T>, changes: boolean): Promise<T>;
  /** Whether this one is to break, and a number of 0 to 1 for where. */
  roll(): number | undefined;
}

const before = (): Unavailable => new Unavailable('injected: failed before', { mayHaveApplied: false });
const after = (): Unavailable => new Unavailable('injected: failed after', { mayHaveApplied: true });

function createDice(faults: Faults): Dice {
  let state = faults.seed >>> 0 || 1;
  // xorshift32: all that is asked of it is to be the same again.
  const random = (): number => {
    state = (state ^ (state << 13)) >>> 0;
    state = (state ^ (state >>> 17)) >>> 0;
    state = (state ^ (state << 5)) >>> 0;
    return state / 0x1_0000_0000;
  };
  const roll = () => (random() < faults.rate ? random() : undefined);
  return {
    roll,
    async call(act, changes) {
      const fault = roll();
      if (fault === undefined) return act();
      if (fault < 1 / 3) throw before();
      if (fault < 2 / 3) await new Promise((resolve) => setTimeout(resolve, fault * 10));
      const result = await act();
      if (changes && fault >= 2 / 3) throw after();
      return result;
    },
  };
}

function faultyRows(rows: Rows, dice: Dice): Rows {
  return {
    getIdentity: (id) => dice.call(() => rows.getIdentity(id), false),
    getTarget: (query) => dice.call(() => rows.getTarget(query), false),
    getAccount: (query) => dice.call(() => rows.getAccount(query), false),
    scanAccounts: (after, limit) => dice.call(() => rows.scanAccounts(after, limit), false),
    scanKeys: (account, after, limit) => dice.call(() => rows.scanKeys(account, after, limit), false),
    getKeyUses: (ids) => dice.call(() => rows.getKeyUses(ids), false),
    getKeyClients: (ids) => dice.call(() => rows.getKeyClients(ids), false),
    noteKeyUses: (uses, clients) => dice.call(() => rows.noteKeyUses(uses, clients), true),
    scanAudit: (query) => dice.call(() => rows.scanAudit(query), false),
    scanActivity: (query) => dice.call(() => rows.scanActivity(query), false),
    noteActivity: (trail, events) => dice.call(() => rows.noteActivity(trail, events), true),
    getRefusal: (id) => dice.call(() => rows.getRefusal(id), false),
    noteRefusals: (refusals) => dice.call(() => rows.noteRefusals(refusals), true),
    scanBuckets: (query) => dice.call(() => rows.scanBuckets(query), false),
    scanCurrent: (bucket, from, limit) => dice.call(() => rows.scanCurrent(bucket, from, limit), false),
    scanVersions: (bucket, from, limit) => dice.call(() => rows.scanVersions(bucket, from, limit), false),
    getUpload: (bucket, key, id) => dice.call(() => rows.getUpload(bucket, key, id), false),
    scanUploads: (bucket, from, limit) => dice.call(() => rows.scanUploads(bucket, from, limit), false),
    scanParts: (id, after, limit) => dice.call(() => rows.scanParts(id, after, limit), false),
    commit: (mutation, audit) => dice.call(() => rows.commit(mutation, audit), true),
  };
}

function faultyBlobs(blobs: Blobs, dice: Dice): Blobs {
  return {
    slice: (body, start, end) => blobs.slice(body, start, end),
    discard: (body) => blobs.discard(body),
    read: (body, start, end) => brokenOff(blobs.read(body, start, end), { dice, size: end - start }),
    async write(source, sizeHint, owner) {
      const fault = dice.roll();
      if (fault === undefined) return blobs.write(source, sizeHint, owner);
      if (fault < 1 / 3) throw before();
      // Breaks in the middle, or after all of it was kept: then nobody will ever name it.
      const broken = () => brokenOff(source, { dice, size: sizeHint ?? 0, always: true });
      if (fault < 2 / 3) return blobs.write(broken(), sizeHint, owner);
      const body: Body = await blobs.write(source, sizeHint, owner);
      throw new Unavailable(`injected: lost a body of ${body.size}`, { mayHaveApplied: false });
    },
  };
}

async function* brokenOff(
  source: AsyncIterable<Uint8Array>,
  how: { readonly dice: Dice; readonly size: number; readonly always?: boolean },
): AsyncGenerator<Uint8Array> {
  const fault = how.always === true ? 0.5 : how.dice.roll();
  let left = fault === undefined ? Number.POSITIVE_INFINITY : Math.floor(fault * how.size);
  for await (const piece of source) {
    if (piece.length > left) throw before();
    left -= piece.length;
    yield piece;
  }
  if (fault !== undefined && left === 0) throw before();
}
