/**
 * A change as it was elected: the effect with the shard in which it was decided, as bytes. Kept in the claim row of its key
 * (and in an upload's row), so that anybody can finish it, with the same bytes at the same tags.
 *
 * The shard belongs to it: an effect is carried from there to wherever the shard moved, or is known not to count because
 * the bucket's versioning state changed before it was stored.
 */

import type { Versioning } from '../../../model/entities.ts';
import { Corrupt } from '../../port.ts';
import type { Session, Uuid } from '../database/types.ts';
import type { Effect, Election, Home, KeyView, Shard, VersionEffect, VersionPlace } from '../types.ts';
import { RecordReader, RecordWriter } from './codec.ts';
import { READ_CLAIM } from './statements.ts';

export interface Elected {
  readonly shard: Shard;
  readonly effect: Effect;
  /** The key had a current version when it was decided. */
  readonly onLive: boolean;
}

const FORMAT = 1;
const MODES: readonly Versioning[] = ['unversioned', 'enabled', 'suspended'];
const FLAG = { head: 1, alive: 2, high: 4, onLive: 8 } as const;

export function writeElected({ shard, effect, onLive }: Elected): Buffer {
  const { head } = effect;
  const row = new RecordWriter().byte(FORMAT);
  row.byte(
    (head === undefined ? 0 : FLAG.head) |
      (head?.payload === undefined ? 0 : FLAG.alive) |
      (shard.high === undefined ? 0 : FLAG.high) |
      (onLive ? FLAG.onLive : 0),
  );
  row.uuid(shard.id).byte(MODES.indexOf(shard.mode)).time(shard.floor).bytes(shard.low);
  if (shard.high !== undefined) row.bytes(shard.high);
  row.bytes(effect.key);
  if (head !== undefined) row.tag(head.tag);
  if (head?.payload !== undefined) row.bytes(head.payload);
  row.uint(effect.versions.length);
  for (const { place, tag, payload } of effect.versions) {
    row
      .byte(place.z + 1)
      .time(place.t)
      .uint(place.n)
      .uuid(place.id)
      .tag(tag);
    row.byte(payload === undefined ? 0 : 1);
    if (payload !== undefined) row.bytes(payload);
  }
  return Buffer.from(row.take());
}

/** Throws `Corrupt`. */
export function readElected(home: Home, bytes: Buffer): Elected {
  const row = new RecordReader(bytes);
  if (row.byte() !== FORMAT) throw new Corrupt('a claim of a format that this release does not know');
  const flags = row.byte();
  const id = row.uuid();
  const mode = MODES[row.byte()];
  if (mode === undefined) throw new Corrupt('a claim of a versioning state that this release does not know');
  const floor = row.time();
  const low = row.bytes();
  const high = flags & FLAG.high ? row.bytes() : undefined;
  const key = row.bytes();
  const tag = flags & FLAG.head ? row.tag() : undefined;
  const payload = flags & FLAG.alive ? row.bytes() : undefined;
  const versions = Array.from({ length: row.uint() }, () => readVersion(row));
  row.end();
  const effect = tag === undefined ? { key, versions } : { key, versions, head: { tag, payload } };
  return { shard: { home, id, state: 'live', low, high, mode, floor }, effect, onLive: (flags & FLAG.onLive) !== 0 };
}

function readVersion(row: RecordReader): VersionEffect {
  const z = row.byte() - 1;
  if (z !== -1 && z !== 0 && z !== 1) throw new Corrupt('a claim with a kind of row that this release does not know');
  const place: VersionPlace = { z, t: row.time(), n: row.uint(), id: row.uuid() };
  const tag = row.tag();
  return { place, tag, payload: row.byte() === 0 ? undefined : row.bytes() };
}

/** What lets the change be completed below a floor: `id` is its claim row's. */
export function electionOf(session: Session, id: Uuid, { shard: { home }, effect, onLive }: Elected): Election {
  const isStanding = async () => (await session.read(READ_CLAIM, [home.bucketId, effect.key]))[0]?.id === id;
  return { onLive, isStanding };
}

/** Nothing to store: the row only stands for that the key was looked at. */
export function isEmpty({ head, versions }: Effect): boolean {
  return head === undefined && versions.length === 0;
}

/** As `Shards.store` wants it: the shard is what counts there. */
export function viewOf({ shard, effect }: Elected): KeyView {
  return { shard, tag: effect.head?.tag ?? { time: shard.floor, count: 0 }, head: undefined };
}
