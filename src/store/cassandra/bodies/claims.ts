/**
 * Claiming: making a body ready to be named by a row, and what becomes of it afterwards (`Claimed` of ../types.ts).
 *
 * - A body that this process wrote and nobody named is claimed by its header: the row becomes its first owner.
 * - Any other gets a reference, in the order of decision 0006: ledger, reference, look for dooms.
 * - One that lives in another region is copied first.
 */

import { Conflict } from '../../port.ts';
import type { Claimed, Naming, Owner, Tools } from '../types.ts';
import { newUuid } from '../uuid.ts';
import type { Background } from './background.ts';
import { stopwatch } from './elapsed.ts';
import type { Fresh } from './fresh.ts';
import type { Filed, Ledger } from './ledger.ts';
import type { Stored } from './ranges.ts';
import { type Entry, type Trash, trashOf } from './records.ts';
import type { References } from './references.ts';

export interface ClaimContext {
  readonly tools: Tools;
  readonly ledger: Ledger;
  readonly references: References;
  readonly background: Background;
}

/** Nothing to hold: a body of no bytes. */
export function claimNothing(naming: Naming): Claimed {
  return Object.freeze({ naming, latest: undefined, isLate: () => false, settle: () => {} });
}

/** Uses up the first ownership. Throws `Conflict('source')` when it was given up, or is too old. */
export async function claimFresh(fresh: Fresh, place: Stored, owner: Owner, context: ClaimContext): Promise<Claimed> {
  if (fresh.state !== 'free' || fresh.isLate()) throw new Conflict('source');
  fresh.state = 'taken';
  if (!fresh.suits(owner)) {
    try {
      await fresh.renew(owner);
    } catch (error) {
      fresh.state = 'free';
      throw error;
    }
  }
  return claimedFresh(fresh, { place, reference: undefined }, context);
}

export function claimedFresh(fresh: Fresh, naming: Naming, context: ClaimContext): Claimed {
  return Object.freeze({
    naming,
    latest: fresh.latest(),
    isLate: () => fresh.isLate(),
    settle: once((outcome) => {
      if (outcome === 'named') fresh.reserved.settle();
      if (outcome !== 'dropped') return;
      // A list was composed for this one commit; a blob may be committed again, or be discarded.
      if (fresh.type === 'blob') fresh.state = 'free';
      else context.background.run('giving up a composed body', () => giveUp(fresh, naming, context));
    }),
  });
}

/** What is settled stays so: a second word on one claim would speak of the next. */
function once(settle: Claimed['settle']): Claimed['settle'] {
  let isSettled = false;
  return (outcome) => {
    if (isSettled) return;
    isSettled = true;
    settle(outcome);
  };
}

/** Nobody names a fresh body (as first owner) any more: left to the collector, with what may refer to it. */
export async function giveUp(fresh: Fresh, { place }: Naming, context: ClaimContext): Promise<void> {
  if (place.type === 'empty') return;
  fresh.state = 'given-up';
  await context.references.free(place.region, place.id);
  await trash(context, place.region, [trashOf(place)]);
  fresh.reserved.settle();
}

/** Holds a body that others hold too. Throws `Conflict('source')` when nobody does any more. */
export async function claimByReference(
  place: Stored,
  owner: Owner,
  context: ClaimContext,
): Promise<Claimed | 'doomed'> {
  const { tools, ledger, references } = context;
  const { clock, tags, tuning, random } = tools;
  const age = stopwatch(clock);
  const naming = { place, reference: newUuid(random) };
  const latest = tags.at(clock.now() + tuning.commitWithinMs);
  const entry: Entry = { type: 'reference', due: clock.now() + tuning.unsettledMs, owner, naming, latest };
  const filed = await ledger.add(place.region, entry);
  const held = await references.hold(place.region, place, naming.reference);
  if (held !== 'held') {
    const isFree = held === 'gone' || (await references.isFree(place.region, place.id, naming.reference));
    await retreat(naming, filed, context);
    if (isFree) throw new Conflict('source');
    return 'doomed';
  }
  return Object.freeze({
    naming,
    latest,
    isLate: () => age() >= tuning.commitWithinMs,
    settle: once((outcome) => {
      if (outcome === 'named') context.background.run('settling a reference', () => ledger.remove(filed));
      if (outcome === 'dropped') context.background.run('dropping a reference', () => retreat(naming, filed, context));
    }),
  });
}

/** The trash is told after the reference is gone (else it finds it), and the ledger last. */
async function retreat(
  { place, reference }: { readonly place: Stored; readonly reference: string },
  filed: Filed,
  context: ClaimContext,
): Promise<void> {
  await context.references.drop(place.region, place.id, reference);
  await trash(context, place.region, [trashOf(place)]);
  await context.ledger.remove(filed);
}

/** A row does not name it any more: the first owner lets go, or a reference ends; then the trash is told. Idempotent. */
export async function letGo(context: Omit<ClaimContext, 'background'>, { place, reference }: Naming): Promise<void> {
  if (place.type === 'empty') return;
  const { region, id } = place;
  if (reference === undefined) await context.references.free(region, id);
  else await context.references.drop(region, id, reference);
  await trash(context, region, [trashOf(place)]);
}

/** Has bodies looked at after the time that their readers get. `now`: milliseconds since 1970. */
export async function trash(
  { tools, ledger }: Pick<ClaimContext, 'tools' | 'ledger'>,
  region: string,
  bodies: readonly Trash[],
  now: number = tools.clock.now(),
): Promise<void> {
  if (bodies.length > 0) await ledger.add(region, { type: 'trash', due: now + tools.tuning.trashMs, bodies });
}
