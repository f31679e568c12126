/**
 * Checks the keys of a bucket: that the current version is the newest and in its place among the others, and that what
 * versions name is there. Each key is read as requests read it.
 */

import { fitsBody } from '../../../model/stored-size.ts';
import { Corrupt } from '../../port.ts';
import { comparePlaces, samePlace, type VersionRecord } from '../keys/record.ts';
import { currentOf, Versions } from '../keys/versions.ts';
import type { Home, KeyView, Shards } from '../types.ts';
import type { BodyChecks, Problem } from './bodies.ts';

export interface KeyContext {
  readonly shards: Shards;
  readonly bodies: BodyChecks;
}

/** What is wrong with a key at this moment, a change that is under way included. */
export async function keyProblems(
  { shards, bodies }: KeyContext,
  home: Home,
  key: Buffer,
): Promise<readonly Problem[]> {
  try {
    const view = await shards.readKey(home, key, { answer: false });
    if (view === undefined) return [];
    const problems: Problem[] = [];
    const current = currentOf(key, view);
    let newest: VersionRecord | undefined;
    for await (const version of new Versions(shards).all(home, key)) {
      newest ??= version;
      problems.push(...versionProblems(version));
      if (version.naming !== undefined) problems.push(...(await bodies.problems(version.naming)));
    }
    return [...orderProblems(view, current, newest), ...problems];
  } catch (error) {
    if (!(error instanceof Corrupt)) throw error;
    return [{ kind: 'row', problem: error.message }];
  }
}

function orderProblems(
  view: KeyView,
  current: VersionRecord | undefined,
  newest: VersionRecord | undefined,
): readonly Problem[] {
  const row = (problem: string): readonly Problem[] => [{ kind: 'row', problem }];
  if (current === undefined) {
    return newest === undefined ? [] : row('it reads as absent and has a version');
  }
  if (newest === undefined) return row('its current version is not among its versions');
  if (samePlace(current.place, newest.place)) return [];
  const order = comparePlaces(newest.place, current.place) < 0 ? 'older than another' : 'not among its versions';
  return row(`its current version is ${order} (shard ${view.shard.id})`);
}

function versionProblems({ kind, naming, size, attributes }: VersionRecord): readonly Problem[] {
  const row = (problem: string): readonly Problem[] => [{ kind: 'row', problem }];
  if ((naming === undefined) !== (kind === 'delete-marker')) {
    return row('it is an object without a body, or a delete marker with one');
  }
  if (naming === undefined) return [];
  const { place } = naming;
  const length = place.type === 'empty' ? 0 : place.end - place.start;
  return fitsBody(size, length, attributes) ? [] : row('its size is not its body’s');
}
