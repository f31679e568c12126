/**
 * Opening a store on several drives: which of them belong to it, who leads, and whether it may be used without the rest.
 *
 * A first start makes the store when all drives are empty, or puts others beside a drive that holds a store already. A
 * drive of another store, or a whole store where an empty drive is expected, is refused and left as it is.
 */

import { realpath } from 'node:fs/promises';
import type { Clock } from '../../../base/clock.ts';
import type { Limits } from '../../../base/limits.ts';
import type { Log } from '../../../base/log.ts';
import type { Random } from '../../../base/random.ts';
import { openDirectory, STORE_FORMAT } from '../directory.ts';
import { type Drive, emptyDrive, type Label, look, openDrive, readLabel, writeLabel } from './drive.ts';
import { elect } from './lead.ts';
import {
  type Found,
  furthest,
  type Member,
  type Members,
  missingOf,
  refusal,
  upOf,
  withLead,
  withState,
} from './members.ts';

export interface DrivesOptions {
  /** One directory per drive. */
  readonly paths: readonly string[];
  /** Copies below which nothing is acknowledged. */
  readonly minCopies: number;
  /** Paths of drives whose last writes the operator parts with. */
  readonly giveUp?: readonly string[];
}

export interface OpenContext {
  readonly drives: DrivesOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: Pick<Limits, 'blobGraceMs'>;
  readonly log: Log | undefined;
  readonly readOnly: boolean;
}

export interface OpenedDrives {
  readonly drives: readonly Drive[];
  readonly lead: Drive;
}

/** What is at each path: a label, or why there is none. */
interface Probe {
  readonly path: string;
  readonly label: Label | 'blank' | 'single' | undefined;
  readonly problem: string;
}

/** Throws an `Error` that says what to do when the store cannot, or must not, be used with what is there. */
export async function openDrives(context: OpenContext): Promise<OpenedDrives> {
  const probes = await Promise.all(context.drives.paths.map(probe));
  for (const { path, label, problem } of probes) {
    if (label === undefined) context.log?.error('a drive is missing', { drive: path, problem });
  }
  const labelled = probes.flatMap(({ path, label }) => (typeof label === 'object' ? [{ path, label }] : []));
  await refuseStrangers(labelled);
  const drives: Drive[] = [];
  const failures: unknown[] = [];
  for (const { path, label } of labelled) {
    try {
      drives.push(await openDrive(path, label.drive, context.readOnly));
      if (!context.readOnly && label.format !== STORE_FORMAT) await writeLabel(path, label);
    } catch (error) {
      failures.push(error);
      context.log?.error('a drive cannot be opened', { drive: path }, error);
    }
  }
  const best = furthest(drives.map(look));
  if (best !== undefined) return settle(context, drives, best);
  if (drives.some((drive) => look(drive).members !== undefined) || failures.length > 0) {
    throw new Error('none of the drives that are there holds a whole copy: bring back the others');
  }
  return found(context, probes, drives);
}

/** A disk that does not answer is missing; so is one with something of somebody else's, which is left as it is. */
async function probe(path: string): Promise<Probe> {
  try {
    return { path, label: await readLabel(path), problem: '' };
  } catch (error) {
    return { path, label: undefined, problem: error instanceof Error ? error.message : String(error) };
  }
}

async function refuseStrangers(drives: readonly { readonly path: string; readonly label: Label }[]): Promise<void> {
  const [first] = drives;
  const ids = new Map<string, string>();
  for (const { path, label } of drives) {
    if (first !== undefined && label.store !== first.label.store) {
      throw new Error(`${first.path} and ${path} belong to different stores: name the drives of one`);
    }
    const twin = ids.get(label.drive);
    if (twin !== undefined) throw new Error(`${twin} and ${path} are the same drive, or copies of one: name it once`);
    ids.set(label.drive, path);
  }
  const places = await Promise.all(drives.map(({ path }) => realpath(path)));
  if (new Set(places).size < places.length) throw new Error('two drives are the same directory: each needs its own');
}

/** A store that is there: its lead, or the next one, without those that are missing. */
async function settle(
  context: OpenContext,
  drives: readonly Drive[],
  best: Found & { readonly members: Members },
): Promise<OpenedDrives> {
  const { minCopies, giveUp = [], paths } = context.drives;
  const lead = drives.find(({ id }) => id === best.id);
  if (lead === undefined) throw new Error('the drive that is furthest on is not open');
  if (context.readOnly) return { drives, lead };
  if (best.members.epoch === 1 && best.head === 1) {
    // The first start was cut short. Nothing was ever acknowledged.
    for (const drive of drives) if (look(drive).members === undefined) await elect(context, drive, best.members, 0);
  }
  const missing = missingOf(best.members, drives.map(look));
  const refused = refusal(best.members, missing, giveUp);
  if (refused !== undefined) throw new Error(refused);
  const left = upOf(best.members).length - missing.length;
  if (left < Math.min(minCopies, best.members.minCopies)) {
    const gone = missing.map(({ path }) => path).join(', ');
    throw new Error(
      `only ${left} of the ${minCopies} copies that min-copies wants are there (missing: ${gone}): bring one back, or ` +
        'set min-copies lower and accept that what is acknowledged then has fewer copies',
    );
  }
  const rivals = drives.some((drive) => {
    const known = look(drive).members;
    return known?.reign === best.members.reign && known.lead !== best.members.lead;
  });
  const members = changed(best, { rivals, drives, missing, minCopies, paths });
  if (members !== undefined) await elect(context, lead, members, best.members.epoch);
  return { drives, lead };
}

/** What the members have to become, if anything. */
function changed(
  best: Found & { readonly members: Members },
  wanted: {
    readonly drives: readonly Drive[];
    /** Two were elected at the same moment; neither had anything acknowledged. */
    readonly rivals: boolean;
    readonly missing: readonly Member[];
    readonly minCopies: number;
    readonly paths: readonly string[];
  },
): Members | undefined {
  const { drives, rivals, missing, minCopies, paths } = wanted;
  let members = best.members;
  // A drive that moved is the same drive.
  const places = new Map(drives.map(({ id, path }) => [id, path]));
  const moved = members.drives.map((one) => ({ ...one, path: places.get(one.id) ?? one.path }));
  if (moved.some(({ path }, at) => path !== members.drives[at]?.path)) {
    members = { ...members, epoch: members.epoch + 1, drives: moved };
  }
  const ids = missing.map(({ id }) => id);
  if (ids.length > 0) members = withState(members, ids, 'down', 'it was missing at the start');
  const least = Math.min(minCopies, Math.max(members.minCopies, upOf(members).length));
  if (members.minCopies !== least) members = { ...members, epoch: members.epoch + 1, minCopies: least };
  const dropped = members.drives.filter(({ path, state }) => state === 'down' && !paths.includes(path));
  if (dropped.length > 0) {
    members = { ...members, epoch: members.epoch + 1, drives: members.drives.filter((one) => !dropped.includes(one)) };
  }
  if (rivals || members.lead !== best.id) members = withLead(members, best.id, best.head);
  return members === best.members ? undefined : members;
}

/** A new store on empty drives, or new drives beside a store that has had one. */
async function found(
  context: OpenContext,
  probes: readonly Probe[],
  labelled: readonly Drive[],
): Promise<OpenedDrives> {
  const { drives: options, random, readOnly } = context;
  if (readOnly) throw new Error(`there is no store in ${options.paths.join(', ')}`);
  const gone = probes.find(({ label }) => label === undefined);
  if (gone !== undefined)
    throw new Error(`the drive ${gone.path} cannot be used, and a first start needs all of them: ${gone.problem}`);
  const stores = probes.filter(({ label }) => label === 'single');
  if (stores.length > 1) {
    throw new Error(`${stores.map(({ path }) => path).join(' and ')} each hold a store of their own: name one of them`);
  }
  const store = random.bytes(8).toString('hex');
  const drives: Drive[] = [];
  for (const { path, label } of probes) {
    const known = labelled.find((drive) => drive.path === path);
    const id = known?.id ?? random.bytes(8).toString('hex');
    if (label === 'single') await openDirectory(path, false);
    else if (known === undefined) await emptyDrive(path);
    await writeLabel(path, { store, drive: id });
    drives.push(known ?? (await openDrive(path, id, false)));
  }
  const lead = drives.find(({ path }) => path === stores[0]?.path) ?? drives[0];
  if (lead === undefined) throw new Error('a store needs at least one drive');
  const isNew = stores.length === 0;
  const members: Members = {
    store,
    epoch: 1,
    lead: lead.id,
    reign: 1,
    reignFrom: 0,
    minCopies: isNew ? options.minCopies : 1,
    drives: drives.map(({ id, path }) => {
      const up = isNew || id === lead.id;
      return { id, path, state: up ? 'up' : 'down', reason: up ? '' : 'it is new' };
    }),
  };
  // The same first entry on each, so that none of them is behind.
  for (const drive of [...drives.filter(({ id }) => id !== lead.id && isNew), lead]) {
    await elect(context, drive, members, 0);
  }
  return { drives, lead };
}
