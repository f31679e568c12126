/** Rows of the Cassandra engine's keys as bytes: what goes in comes out, damage is noticed, marks name what they should. */

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readElected, writeElected } from '../../src/store/cassandra/keys/elected.ts';
import {
  comparePlaces,
  placeOfVersionId,
  readRecord,
  revisionOf,
  type VersionRecord,
  versionIdOf,
  writeRecord,
} from '../../src/store/cassandra/keys/record.ts';
import type { Effect, Shard, VersionPlace } from '../../src/store/cassandra/types.ts';
import { Corrupt } from '../../src/store/port.ts';
import { CANONICAL, PRIVATE } from '../contract/engine/world.ts';

const KEY = Buffer.from('some/key');
const ID = '01234567-89ab-4cde-8f01-23456789abcd';
const OTHER = 'fedcba98-7654-4321-8fed-cba987654321';
const PLACE: VersionPlace = { z: 1, t: 2n ** 62n + 5n, n: 7, id: ID };

const SMALL: VersionRecord = {
  ...{ kind: 'object', etag: 'd41d8cd98f00b204e9800998ecf8427e', size: 0, modifiedAt: 1_700_000_000_123 },
  ...{ owner: 'alice', ownerCanonicalId: CANONICAL, acl: PRIVATE, headers: { userMetadata: new Map() } },
  ...{ place: PLACE, rev: { time: PLACE.t, count: 7 }, naming: undefined, parts: undefined },
};
const blob = { type: 'blob', region: 'eu', id: OTHER, start: 5, end: 105, size: 2 ** 40, chunkBytes: 524_288 } as const;
const list = { type: 'list', region: 'eu', id: OTHER, start: 0, end: 3, size: 3 } as const;
const checksum = { algorithm: 'CRC64NVME', value: 'q83vEjRWeJA=', type: 'COMPOSITE' } as const;
const RECORDS: readonly VersionRecord[] = [
  SMALL,
  { ...SMALL, kind: 'delete-marker', etag: '', place: { ...PLACE, z: 0, t: 0n, n: 1 } },
  { ...SMALL, naming: { place: { type: 'empty' }, reference: undefined } },
  { ...SMALL, size: 100, naming: { place: blob, reference: ID }, rev: { time: 9n, count: 2 ** 31 - 2 } },
  { ...SMALL, size: 3, naming: { place: list, reference: undefined }, parts: 'listed', uploadId: 'upload-1', checksum },
  {
    ...SMALL,
    naming: { place: blob, reference: undefined },
    parts: [
      { number: 1, size: 5_000_000 },
      { number: 10_000, size: 2, checksum },
    ],
    acl: { owner: CANONICAL, grants: [{ grantee: { type: 'group', group: 'LogDelivery' }, permission: 'WRITE' }] },
    headers: {
      ...{ contentType: 'text/plain', cacheControl: 'no-store', contentDisposition: 'inline', contentEncoding: 'br' },
      ...{ contentLanguage: 'de', expires: 'never', websiteRedirectLocation: '/x', storageClass: 'STANDARD_IA' },
      userMetadata: new Map([
        ['z', 'last'],
        ['a', 'ünïcode'],
        ['__proto__', ''],
      ]),
    },
  },
];

suite('records of versions', () => {
  test('are read as they were written, the same record always as the same bytes', () => {
    for (const record of RECORDS) {
      const bytes = writeRecord(KEY, record);
      assert.deepEqual(readRecord(KEY, bytes), record);
      assert.deepEqual(writeRecord(KEY, record), bytes);
    }
    assert(writeRecord(KEY, SMALL).length < 200, 'a small version is a small row');
  });

  test('of another key, cut short, longer or with any bit flipped are corrupt', () => {
    for (const record of RECORDS) {
      const bytes = writeRecord(KEY, record);
      assert.throws(() => readRecord(Buffer.from('another'), bytes), Corrupt);
      assert.throws(() => readRecord(KEY, Buffer.concat([bytes, Buffer.of(0)])), Corrupt);
      for (let at = 0; at < bytes.length; at++) {
        assert.throws(() => readRecord(KEY, bytes.subarray(0, at)), Corrupt);
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
        assert.throws(() => readRecord(KEY, flipped), Corrupt);
      }
    }
  });
});

suite('marks', () => {
  test('a version id is 39 URL-safe characters and names its place', () => {
    for (const place of [PLACE, { z: 0, t: 0n, n: 0, id: OTHER }] as const) {
      const id = versionIdOf(place);
      assert.match(id, /^[A-Za-z0-9_-]{39}$/);
      assert.deepEqual(placeOfVersionId(id), place);
    }
  });

  test('what this engine did not give out is no version id', () => {
    const id = versionIdOf(PLACE);
    const other = (text: string) => `${id.slice(0, -1)}${text}`;
    const strange = ['', 'null', id.slice(1), `${id}A`, `2${id.slice(1)}`, '_'.repeat(39), other('='), '1.nope'];
    for (const text of strange) assert.equal(placeOfVersionId(text), undefined, text);
    const again = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef'].filter((last) => placeOfVersionId(other(last)) !== undefined);
    assert(again.every((last) => versionIdOf(placeOfVersionId(other(last)) ?? PLACE) === other(last)));
  });

  test('revisions differ with the tag, and with the version', () => {
    const marks = [
      revisionOf({ time: 1n, count: 0 }, ID),
      revisionOf({ time: 1n, count: 1 }, ID),
      revisionOf({ time: 2n, count: 0 }, ID),
      revisionOf({ time: 1n, count: 0 }, OTHER),
    ];
    assert.equal(new Set(marks).size, marks.length);
  });

  test('places order newest first, null versions among the others', () => {
    const places: VersionPlace[] = [
      { z: 1, t: 3n, n: 0, id: ID },
      { z: 0, t: 2n, n: 2, id: ID },
      { z: 1, t: 2n, n: 1, id: ID },
      { z: 1, t: 2n, n: 1, id: OTHER },
      { z: 0, t: 1n, n: 9, id: ID },
    ];
    assert.deepEqual([...places].reverse().sort(comparePlaces), places);
  });
});

test('an elected change is read as it was written, with its shard', () => {
  const home = { region: 'eu', bucketId: 'b' };
  const shard: Shard = {
    ...{ home, id: OTHER, state: 'live', low: Buffer.alloc(0), high: Buffer.from('m'), mode: 'suspended', floor: 77n },
  };
  const payload = writeRecord(KEY, SMALL);
  const tag = { time: 78n, count: 3 };
  const effects: Effect[] = [
    { key: KEY, head: { tag, payload }, versions: [{ place: PLACE, tag, payload }] },
    { key: KEY, head: { tag, payload: undefined }, versions: [{ place: PLACE, tag, payload: undefined }] },
    { key: KEY, versions: [{ place: { z: -1, t: 0n, n: 0, id: ID }, tag, payload: Buffer.of(1) }] },
  ];
  for (const effect of effects) {
    for (const high of [shard.high, undefined]) {
      const elected = { shard: { ...shard, high }, effect, onLive: high === undefined };
      assert.deepEqual(readElected(home, writeElected(elected)), elected);
    }
  }
  assert.throws(() => readElected(home, Buffer.of(2)), Corrupt);
});
