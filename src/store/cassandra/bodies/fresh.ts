/**
 * Bodies that this process wrote and no row names yet. Such a body has a first owner to be: the claim that uses it up needs
 * no reference. Its header says whose it is and until when it may be named; both can be changed while nobody names it.
 */

import type { Uuid } from '../database/types.ts';
import type { Owner, Tools } from '../types.ts';
import type { Reserved } from './blocks.ts';
import { stopwatch } from './elapsed.ts';
import { type Header, sameOwner, sealHeader } from './records.ts';
import { LIST_HEADER } from './references.ts';
import { PUT_HEADER, PUT_PAGE } from './statements.ts';

/** Headers are written again when less than the rest of `commitWithinMs` is left. */
const RENEWED_PART = 4;

/** `free`: for the first who claims it. `taken`: others get references. `given-up`: nobody gets it any more. */
export type FreshState = 'free' | 'taken' | 'given-up';

export class Fresh {
  readonly id: Uuid;
  readonly reserved: Reserved;
  readonly type: 'blob' | 'list';
  state: FreshState = 'free';
  /** There is, or may be, a reference besides. */
  isReferenced = false;
  readonly #tools: Tools;
  #header: Header;
  /** What the stored header says is not known for sure: a write of it failed. */
  #isUnsure = false;
  /** Milliseconds since the moment that `latest` counts from. */
  #age = () => 0;
  #timestamp = 0n;

  constructor(
    tools: Tools,
    reserved: Reserved,
    what: Pick<Header, 'owner' | 'size'> & { readonly type: 'blob' | 'list' },
  ) {
    const { type, ...header } = what;
    this.#tools = tools;
    this.id = reserved.id;
    this.reserved = reserved;
    this.type = type;
    this.#header = { ...header, region: reserved.region, latest: 0n, writtenAt: 0 };
  }

  /** The rows that name it first have tags below this. */
  latest(): bigint {
    return this.#header.latest;
  }

  /** Too long after the header was written to be named. */
  isLate(): boolean {
    return this.#age() >= this.#tools.tuning.commitWithinMs;
  }

  /** The header as it is to be stored now, and at which timestamp. Time counts from here. */
  nextHeader(owner: Owner | undefined = this.#header.owner): { readonly bytes: Buffer; readonly at: bigint } {
    const { clock, tags, tuning } = this.#tools;
    this.#age = stopwatch(clock);
    const writtenAt = Math.floor(clock.now());
    this.#header = { ...this.#header, owner, writtenAt, latest: tags.at(writtenAt + tuning.commitWithinMs) };
    const now = tags.now();
    this.#timestamp = now > this.#timestamp ? now : this.#timestamp + 1n;
    return { bytes: sealHeader(this.id, this.#header), at: this.#timestamp };
  }

  isAging(): boolean {
    return this.#age() >= this.#tools.tuning.commitWithinMs / RENEWED_PART;
  }

  /** Whether the stored header lets this owner name it, for a while yet. */
  suits(owner: Owner): boolean {
    return !this.#isUnsure && !this.isAging() && sameOwner(this.#header.owner, owner);
  }

  /** Stores the header again, for this owner. Throws `Unavailable`. */
  async renew(owner: Owner | undefined = this.#header.owner): Promise<void> {
    const { bytes, at } = this.nextHeader(owner);
    const session = this.#tools.sessions.of(this.reserved.region);
    this.#isUnsure = true;
    if (this.type === 'blob') await session.write(PUT_HEADER, [this.id, bytes, at]);
    else await session.write(PUT_PAGE, [this.id, LIST_HEADER, bytes, at]);
    this.#isUnsure = false;
  }
}
