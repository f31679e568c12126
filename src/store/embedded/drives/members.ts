/**
 * Which drives a store consists of, who leads, and who may be missing: one row, on every drive, and pure rules over it.
 *
 * The lead decides commits; the others that are up follow it. Each change of this row raises `epoch`; it is made on the
 * lead, or, to replace a lead, on the next one. A commit is acknowledged when all drives that are up have it, and a drive
 * is left out only by a change that the rest, at least `minCopies`, have. So any set of drives that lacks fewer than
 * `minCopies` of those that were up has one that knows of every acknowledged commit: the one furthest on. Reasons and what
 * is given up: docs/decisions/0004-drives.md.
 */

import type { RowReader, RowWriter } from '../codec.ts';
import { textKey } from '../keys.ts';

const STATES = ['up', 'rebuilding', 'down'] as const;
/** `rebuilding`: takes what is new and is being given what is old. Counts as no copy until it is done. */
export type DriveState = (typeof STATES)[number];

export interface Member {
  /** Made anew whenever a drive begins empty or comes back: whoever knows an id knows what is on it. */
  readonly id: string;
  readonly path: string;
  readonly state: DriveState;
  /** Why it is not up; for the operator. */
  readonly reason: string;
}

export interface Members {
  readonly store: string;
  readonly epoch: number;
  /** Id of the drive that decides. */
  readonly lead: string;
  /** The epoch in which it began to, and the last change it had taken from the lead before. */
  readonly reign: number;
  readonly reignFrom: number;
  /** Copies below which nothing is acknowledged. */
  readonly minCopies: number;
  readonly drives: readonly Member[];
}

export const MEMBERS = textKey('drives');
/** Number of the last entry of the oplog. */
export const HEAD = textKey('oplog');
/** On a follower that is being made equal to the lead and is not a state of the store meanwhile: how far that is. */
export const PARTIAL = textKey('partial');

export function writeMembers(row: RowWriter, members: Members): void {
  const { store, epoch, lead, reign, reignFrom, minCopies, drives } = members;
  row.text(store).uint(epoch).text(lead).uint(reign).uint(reignFrom).uint(minCopies).uint(drives.length);
  for (const { id, path, state, reason } of drives) {
    row.text(id).text(path).byte(STATES.indexOf(state)).text(reason);
  }
}

export function readMembers(row: RowReader): Members {
  const [store, epoch, lead] = [row.text(), row.uint(), row.text()];
  const [reign, reignFrom, minCopies] = [row.uint(), row.uint(), row.uint()];
  const drives = Array.from({ length: row.uint() }, (): Member => {
    const [id, path] = [row.text(), row.text()];
    return { id, path, state: STATES[row.byte()] ?? 'down', reason: row.text() };
  });
  return { store, epoch, lead, reign, reignFrom, minCopies, drives };
}

export const upOf = ({ drives }: Members): readonly Member[] => drives.filter(({ state }) => state === 'up');
export const stateOf = ({ drives }: Members, id: string): DriveState | undefined =>
  drives.find((drive) => drive.id === id)?.state;

/** The same with these drives in another state. */
export function withState(members: Members, ids: readonly string[], state: DriveState, reason: string): Members {
  const drives = members.drives.map((drive) => (ids.includes(drive.id) ? { ...drive, state, reason } : drive));
  return { ...members, epoch: members.epoch + 1, drives };
}

/** The same, led by `lead` from its change `head` on. */
export function withLead(members: Members, lead: string, head: number): Members {
  const epoch = members.epoch + 1;
  return { ...members, epoch, lead, reign: epoch, reignFrom: head };
}

/** What was found on a drive that can be reached. */
export interface Found {
  readonly id: string;
  readonly path: string;
  /** Undefined: nothing was ever written to it. */
  readonly members: Members | undefined;
  readonly head: number;
  /** It was being made equal to the lead. */
  readonly partial: boolean;
}

/** The drive that knows most, and may lead; `undefined` when none of them ever was a whole copy. */
export function furthest(found: readonly Found[]): (Found & { readonly members: Members }) | undefined {
  let best: (Found & { readonly members: Members }) | undefined;
  for (const one of found) {
    const { members, partial } = one;
    if (members === undefined || partial || stateOf(members, one.id) !== 'up') continue;
    const further =
      best === undefined ||
      members.reign > best.members.reign ||
      (members.reign === best.members.reign &&
        (one.head > best.head || (one.head === best.head && members.lead === one.id)));
    if (further) best = { ...one, members };
  }
  return best;
}

/** Drives that were up and are not among `found`, or no copy any more. */
export function missingOf(members: Members, found: readonly Found[]): readonly Member[] {
  const whole = new Set(found.filter((one) => !one.partial && one.members !== undefined).map(({ id }) => id));
  return upOf(members).filter(({ id }) => !whole.has(id));
}

/** Why these drives may not be used without the missing ones, or nothing. `givenUp`: paths the operator parts with. */
export function refusal(members: Members, missing: readonly Member[], givenUp: readonly string[]): string | undefined {
  const feared = missing.filter(({ path }) => !givenUp.includes(path));
  if (feared.length < members.minCopies) return undefined;
  const paths = feared.map(({ path }) => path).join(', ');
  return (
    `the drives ${paths} are missing, and only they may have the last writes that were acknowledged: ` +
    `bring one of them back, or part with those writes: moraine drives --give-up PATH for each that is lost`
  );
}
