/**
 * Ids of bodies, reserved in blocks of 64 by one row of the ledger before they are used: a body that nobody names is found by
 * its block. One ledger write for 64 puts, and none that waits for it: when half of a block is given out, the next is
 * reserved.
 *
 * The ids of a block are its own with another last byte. Which of them are settled is kept in memory; the row goes when all
 * are, and is written again with what is settled when the process stops before that.
 *
 * A block is used for a part of `commitWithinMs`, and the first chunk of a body is stored within all of it, so that the
 * collector, which looks at blocks after `unsettledMs`, never meets an id that is still to be written.
 */

import { strict as assert } from 'node:assert';
import type { RegionName, Uuid } from '../database/types.ts';
import type { Tools } from '../types.ts';
import { newUuid } from '../uuid.ts';
import type { Background } from './background.ts';
import { stopwatch } from './elapsed.ts';
import type { Filed, Ledger } from './ledger.ts';

export const BLOCK_IDS = 64;
const ALL = (1n << BigInt(BLOCK_IDS)) - 1n;
/** Half of the time within which bodies are begun: the other half is for the first chunk. */
const USED_PART = 2;
const LAST_BYTE = 34;

/** The id of a block's row, and of its first body. */
export const blockId = (id: Uuid): Uuid => `${id.slice(0, LAST_BYTE)}00`;
export const idInBlock = (block: Uuid, index: number): Uuid =>
  block.slice(0, LAST_BYTE) + index.toString(16).padStart(2, '0');

/** An id that may be written under. */
export interface Reserved {
  readonly region: RegionName;
  readonly id: Uuid;
  /** Too long ago for a body of which nothing is stored yet. */
  isStale(): boolean;
  /** It needs the collector no more: named and tidied, handed to the trash, or gone. */
  settle(): void;
}

interface Block {
  filed: Filed;
  readonly due: number;
  /** Milliseconds, from before the row was written. */
  readonly age: () => number;
  next: number;
  settled: bigint;
}

interface Supply {
  current: Block | undefined;
  spare: Promise<Block> | undefined;
}

export class Blocks {
  readonly #tools: Tools;
  readonly #ledger: Ledger;
  readonly #background: Background;
  readonly #supplies = new Map<RegionName, Supply>();
  /** Those with ids that are not settled. */
  readonly #open = new Set<Block>();

  constructor(tools: Tools, ledger: Ledger, background: Background) {
    this.#tools = tools;
    this.#ledger = ledger;
    this.#background = background;
  }

  /** Throws `Unavailable` when no block could be reserved. */
  async take(region: RegionName): Promise<Reserved> {
    const supply = this.#supplies.get(region) ?? { current: undefined, spare: undefined };
    this.#supplies.set(region, supply);
    let block = this.#usable(supply);
    while (block === undefined) {
      supply.spare ??= this.#reserve(region);
      const waited = supply.spare;
      try {
        const reserved = await waited;
        // Of several that waited the first makes it the current one.
        if (supply.spare === waited) this.#change(supply, reserved);
      } finally {
        if (supply.spare === waited) supply.spare = undefined;
      }
      block = this.#usable(supply);
    }
    const index = block.next++;
    if (block.next >= BLOCK_IDS / 2) this.#reserveAhead(region, supply);
    return this.#reserved(block, index);
  }

  /** Gives back what is too old to be used. */
  async retireOld(): Promise<void> {
    for (const supply of this.#supplies.values()) {
      this.#usable(supply);
      const { spare } = supply;
      const block = await spare?.catch(() => undefined);
      if (block === undefined || supply.spare !== spare || this.#isYoung(block)) continue;
      supply.spare = undefined;
      this.#giveUp(block);
    }
  }

  /** Gives back what was not used, and writes down what is settled. Nothing may be taken afterwards. */
  async close(): Promise<void> {
    for (const supply of this.#supplies.values()) {
      const spare = await supply.spare?.catch(() => undefined);
      if (spare !== undefined) this.#giveUp(spare);
      if (supply.current !== undefined) this.#giveUp(supply.current);
    }
    this.#supplies.clear();
    for (const block of this.#open) {
      const { due, settled, filed } = block;
      this.#background.run('writing down what is settled', async () => {
        if (settled !== 0n) await this.#ledger.change(filed, { type: 'block', due, settled });
      });
    }
    this.#open.clear();
  }

  #usable(supply: Supply): Block | undefined {
    const { current } = supply;
    if (current === undefined) return undefined;
    if (current.next < BLOCK_IDS && this.#isYoung(current)) return current;
    this.#giveUp(current);
    supply.current = undefined;
    return undefined;
  }

  #change(supply: Supply, block: Block): void {
    if (supply.current !== undefined) this.#giveUp(supply.current);
    supply.current = block;
  }

  #reserveAhead(region: RegionName, supply: Supply): void {
    if (supply.spare !== undefined) return;
    const spare = this.#reserve(region);
    supply.spare = spare;
    // Whoever needs it sees the failure; until then nobody does.
    spare.catch(() => {
      if (supply.spare === spare) supply.spare = undefined;
    });
  }

  async #reserve(region: RegionName): Promise<Block> {
    const { clock, random, tuning } = this.#tools;
    const age = stopwatch(clock);
    const due = clock.now() + tuning.unsettledMs;
    const filed = await this.#ledger.add(region, { type: 'block', due, settled: 0n }, blockId(newUuid(random)));
    const block: Block = { filed, due, age, next: 0, settled: 0n };
    this.#open.add(block);
    return block;
  }

  #reserved(block: Block, index: number): Reserved {
    assert(index < BLOCK_IDS, 'an id of the block');
    return Object.freeze({
      region: block.filed.region,
      id: idInBlock(block.filed.id, index),
      isStale: () => block.age() >= this.#tools.tuning.commitWithinMs,
      settle: () => this.#settle(block, 1n << BigInt(index)),
    });
  }

  /** No further id of it will be used. */
  #giveUp(block: Block): void {
    const unused = ALL ^ ((1n << BigInt(block.next)) - 1n);
    block.next = BLOCK_IDS;
    this.#settle(block, unused);
  }

  #settle(block: Block, ids: bigint): void {
    block.settled |= ids;
    if (block.settled !== ALL || !this.#open.delete(block)) return;
    this.#background.run('removing a settled block', () => this.#ledger.remove(block.filed));
  }

  #isYoung(block: Block): boolean {
    return block.age() < this.#tools.tuning.commitWithinMs / USED_PART;
  }
}
