/**
 * CompleteMultipartUpload: decides what the upload becomes (a transaction on its row), has that elected (`completion.ts`),
 * ends the upload. After the decision every step is anybody's: who meets an upload that is completing finishes it, and then
 * finds it ended, or open again when the version could not be stored.
 *
 * Conflicts are looked for in the port's order before the decision. One that only shows in the election (somebody changed
 * the key meanwhile) opens the upload again, and then it is found in the next round.
 */

import { strict as assert } from 'node:assert';
import type { PartInfo } from '../../../model/entities.ts';
import { fitsBody } from '../../../model/stored-size.ts';
import { type Committed, Conflict, type Mutation, Unavailable } from '../../port.ts';
import { effectOfPut } from '../keys/effects.ts';
import { isUnknown, mayBeApplied } from '../keys/outcomes.ts';
import { revisionOf, versionIdOf } from '../keys/record.ts';
import { requireMode, requireRevision } from '../keys/rooms.ts';
import type { Claimed, Claims, Home, KeyView, Owners, Shards, Tools } from '../types.ts';
import { newUuid } from '../uuid.ts';
import { Completions, type Outcome } from './completion.ts';
import { type Ending, requireUpload, type Stores } from './ending.ts';
import { ownerOf, type PartRow, placeOf, type UploadOwner } from './parts.ts';
import type { Completion } from './records.ts';
import type { UploadRow } from './state.ts';

type Complete = Extract<Mutation, { type: 'completeUpload' }>;

export interface CompleterContext extends Stores {
  readonly shards: Shards;
  readonly claims: Claims;
  readonly keys: { readonly owners: Owners };
  readonly ending: Ending;
}

/** Part rows read at a time. */
const PAGE = 1000;

export class Completer {
  readonly #tools: Tools;
  readonly #context: CompleterContext;
  readonly #completions: Completions;

  constructor(tools: Tools, context: CompleterContext) {
    this.#tools = tools;
    this.#context = context;
    this.#completions = new Completions(tools, context);
  }

  // ---------------------------------------------------------------------------------------------------- completing

  async complete(home: Home, mutation: Complete): Promise<Committed> {
    for (let attempt = 0; attempt < this.#tools.limits.commitAttempts; attempt++) {
      const committed = await this.#attempt(home, mutation);
      if (committed !== undefined) return committed;
    }
    throw new Unavailable('the upload or its key keeps being changed by others: try again', { mayHaveApplied: false });
  }

  /** Undefined: somebody came first, with what is to be seen now. */
  async #attempt(home: Home, mutation: Complete): Promise<Committed | undefined> {
    const { key, uploadId, versioning, expect } = mutation;
    const bytes = Buffer.from(key);
    const view = await this.#context.shards.readKey(home, bytes, { answer: true });
    requireMode(view, versioning);
    const row = requireUpload(await this.#context.states.see(home, uploadId), home, key);
    if (row.state.type !== 'open') {
      await this.finish(home, row);
      return undefined;
    }
    const parts = await this.#chosen(ownerOf(home, row.upload), mutation);
    requireRevision(view, bytes, expect);
    const owner = { home, key: bytes };
    const claimed = await this.#context.bodies.compose(
      owner,
      parts.map(({ part }) => part.naming),
      parts.map(({ part }) => infoOf(part)),
    );
    return await this.#decide(row, { mutation, view, claimed });
  }

  /** The parts that are named, as they are stored. Throws `Conflict('part')`. */
  async #chosen(owner: UploadOwner, { parts }: Complete): Promise<readonly PartRow[]> {
    const stored = new Map<number, PartRow>();
    const last = parts.at(-1)?.number ?? 0;
    for (let after = 0; after < last; ) {
      const page = await this.#context.parts.list(placeOf(owner), after, PAGE);
      for (const row of page) stored.set(row.part.number, row);
      after = page.length < PAGE ? last : (page.at(-1)?.part.number ?? last);
    }
    let before = 0;
    return parts.map(({ number, etag }) => {
      assert(number > before, 'parts are named in ascending order');
      before = number;
      const row = stored.get(number);
      if (row?.part.etag !== etag) throw new Conflict('part', String(number));
      return row;
    });
  }

  async #decide(
    row: UploadRow,
    what: { readonly mutation: Complete; readonly view: KeyView; readonly claimed: Claimed },
  ): Promise<Committed | undefined> {
    const { claimed, view } = what;
    const { home } = view.shard;
    let sent: { readonly completion: Completion; readonly outcome: Outcome | undefined };
    try {
      const completion = this.#completionOf(what);
      const takeBack = await this.#context.bodies.note(ownerOf(home, row.upload), [completion.naming]);
      const moved = await this.#context.states.move(home, row, { type: 'completing', completion });
      const outcome = moved && (await mayBeApplied(() => this.#carryOut(home, moved, completion)));
      takeBack();
      sent = { completion, outcome };
    } catch (error) {
      claimed.settle(isUnknown(error) ? 'unknown' : 'dropped');
      throw error;
    }
    return this.#answer(sent.outcome, sent.completion, claimed);
  }

  #completionOf({
    mutation,
    view,
    claimed,
  }: {
    readonly mutation: Complete;
    readonly view: KeyView;
    readonly claimed: Claimed;
  }): Completion {
    const { versioning, draft, expect, key } = mutation;
    const { naming, latest } = claimed;
    assert(naming.place.type === 'list' && latest !== undefined, 'parts are composed into a list');
    const stored = naming.place.end - naming.place.start;
    assert(fitsBody(draft.size, stored, draft.attributes), 'the size of the object is that of its parts');
    const exact = expect !== undefined;
    const tag = this.#completions.tag(view, { exact, latest });
    const id = newUuid(this.#tools.random);
    const put = effectOfPut({ key: Buffer.from(key), versioning, draft, naming, id }, tag);
    const payload = put.effect.head?.payload;
    assert(payload !== undefined, 'an object has a record');
    return { naming, latest, versioning, place: put.place, payload, exact };
  }

  #answer(outcome: Outcome | undefined, completion: Completion, claimed: Claimed): Committed | undefined {
    if (outcome?.type !== 'stored') {
      claimed.settle('dropped');
      if (outcome?.type === 'gone') throw new Conflict('bucket');
      return undefined;
    }
    claimed.settle('named');
    if (this.#completions.isLate(completion.latest) || claimed.isLate()) {
      throw new Unavailable('the upload was completed too slowly: look whether it was', { mayHaveApplied: true });
    }
    const { place } = completion;
    return {
      versionId: versionIdOf(place),
      isNull: place.z === 0,
      revision: revisionOf(outcome.tag, place.id),
    };
  }

  // ----------------------------------------------------------------------------------------------------- finishing

  /** Finishes what was decided for an upload that is not open. */
  async finish(home: Home, row: UploadRow): Promise<'open' | 'ended'> {
    if (row.state.type === 'ending') await this.#context.ending.end(home, row);
    if (row.state.type !== 'completing') return row.state.type === 'open' ? 'open' : 'ended';
    const outcome = await this.#carryOut(home, row, row.state.completion);
    return outcome.type === 'failed' ? 'open' : 'ended';
  }

  /** Whether the upload is open, after what was decided for it is done. */
  async isOpen({ home, uploadId }: UploadOwner): Promise<boolean> {
    const row = await this.#context.states.read(home, uploadId);
    return row !== undefined && (row.state.type === 'open' || (await this.finish(home, row)) === 'open');
  }

  async #carryOut(home: Home, row: UploadRow, completion: Completion): Promise<Outcome> {
    const { states, keys, ending, bodies } = this.#context;
    const key = Buffer.from(row.upload.key);
    const outcome = await this.#completions.elect(home, key, completion);
    if (outcome.type === 'failed') {
      // Its list is let go of by who composed it, or when that died by the collector.
      await states.move(home, row, { type: 'open' });
      return outcome;
    }
    if (outcome.type === 'gone') await bodies.release(completion.naming, { home, key });
    // Null versions that it replaced.
    else if (completion.place.z === 0) await keys.owners.tidy(home, key);
    const last = await states.move(home, row, { type: 'ending' });
    if (last !== undefined) await ending.end(home, last);
    return outcome;
  }
}

function infoOf({ number, size, checksum }: PartRow['part']): PartInfo {
  return { number, size, ...(checksum === undefined ? {} : { checksum }) };
}
