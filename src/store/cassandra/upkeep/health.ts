/**
 * How many copies there are, from which nodes are up: no question asked, so what the driver has not noticed yet is not told.
 *
 * Each rack of a region's data centres holds at most one copy of each row (NetworkTopologyStrategy places them so), spread
 * over its nodes. So a rack is told as one copy, and is whole when all its nodes are up. With as many racks as copies, as
 * `moraine cassandra init` wants it, racks and copies are the same; with more, a rack that is down lacks some copies only.
 */

import type { Health, StoreCopy } from '../../port.ts';
import type { Node, Session } from '../database/types.ts';
import type { Tools } from '../types.ts';

/** Any key does: the number of copies is the keyspace's. */
const SOME_BODY = '00000000-0000-4000-8000-000000000000';
/** Nodes named in one reason. */
const NAMED = 3;

/** `minimum`: in each region; below it that region acknowledges nothing. */
export function healthOf({ sessions }: Pick<Tools, 'sessions'>): Health {
  const all = sessions.regions.map((region) => sessions.of(region));
  const copies = all.flatMap((session) => racksOf(session));
  const kept = all.map((session) => session.replicas('$region.chunk', [SOME_BODY, 0]).nodes.length);
  const quorums = kept.map((count) => Math.floor(count / 2) + 1);
  return { wanted: copies.length, minimum: Math.max(1, ...quorums), copies };
}

function racksOf(session: Session): readonly StoreCopy[] {
  const nodes = session.nodes();
  if (nodes.length === 0) {
    return [{ place: session.region, state: 'down', reason: 'none of its nodes has been reached' }];
  }
  const racks = Map.groupBy(nodes, ({ dataCentre, rack }) => `${session.region}: ${dataCentre} ${rack}`);
  return [...racks].map(([place, members]) => rackOf(place, members));
}

function rackOf(place: string, nodes: readonly Node[]): StoreCopy {
  const down = nodes.filter(({ up }) => !up);
  if (down.length === 0) return { place, state: 'up', reason: '' };
  const named = down.slice(0, NAMED).map(({ address }) => address);
  const more = down.length > NAMED ? ' and others' : '';
  const reason = `${down.length} of ${nodes.length} nodes are down: ${named.join(', ')}${more}`;
  return { place, state: 'down', reason };
}
