/** What an act is about: the rows that are selected, put in terms that jobs understand, and what is known of how much that is. */

import type { Targets } from '../../jobs/objects.ts';
import type { Entry } from './entries.ts';
import { isSelected, type Selection } from './selection.ts';

export interface Amount {
  readonly objects: number;
  readonly bytes: number;
  /** Folders, of which nobody has counted what is in them. */
  readonly folders: number;
  /** All of a folder, of which not everything is loaded. */
  readonly atLeast: boolean;
}

export const chosen = (entries: readonly Entry[], selection: Selection): readonly Entry[] =>
  selection.kind === 'some' && selection.keys.size === 0 ? [] : entries.filter(({ key }) => isSelected(selection, key));

export const targetsOf = (entries: readonly Entry[]): Targets => ({
  keys: entries.flatMap((entry) => (entry.kind === 'folder' ? [] : [entry.key])),
  prefixes: entries.flatMap((entry) => (entry.kind === 'folder' ? [entry.key] : [])),
  except: [],
});

export const selectedTargets = (entries: readonly Entry[], selection: Selection): Targets =>
  selection.kind === 'some'
    ? targetsOf(chosen(entries, selection))
    : { keys: [], prefixes: [selection.prefix], except: Array.from(selection.except) };

export function amountOf(entries: readonly Entry[], selection: Selection, whole: boolean): Amount {
  const rows = chosen(entries, selection);
  const objects = rows.filter((entry) => entry.kind !== 'folder');
  return {
    objects: objects.length,
    bytes: objects.reduce((sum, entry) => sum + (entry.kind === 'object' ? entry.size : 0), 0),
    folders: rows.length - objects.length,
    atLeast: selection.kind === 'allUnder' && !whole,
  };
}
