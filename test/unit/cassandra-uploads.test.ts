/** What uploads keep as bytes, and the order in which they are listed, without a ring. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Upload } from '../../src/model/entities.ts';
import type { Row, Session } from '../../src/store/cassandra/database/types.ts';
import type { Home, Tools } from '../../src/store/cassandra/types.ts';
import {
  behindOf,
  compareHints,
  type Hint,
  Hints,
  hintOf,
  START,
  slotOf,
} from '../../src/store/cassandra/uploads/hints.ts';
import {
  type Completion,
  type PartRecord,
  sealPart,
  sealUpload,
  type UploadRecord,
  unsealPart,
  unsealUpload,
} from '../../src/store/cassandra/uploads/records.ts';
import { READ_HINTS, REMOVE_HINT } from '../../src/store/cassandra/uploads/statements.ts';
import { Corrupt } from '../../src/store/port.ts';
import { CANONICAL } from '../contract/engine/world.ts';

const ID = '11111111-2222-4333-8444-555555555555';

const upload: Upload = {
  bucketId: 'bucket',
  key: 'schlüssel\0/☃',
  uploadId: 'upload',
  initiatedAt: 1_700_000_000_123,
  owner: 'alice',
  ownerCanonicalId: CANONICAL,
  acl: {
    owner: CANONICAL,
    grants: [
      { grantee: { type: 'account', canonicalId: CANONICAL }, permission: 'FULL_CONTROL' },
      { grantee: { type: 'group', group: 'AllUsers' }, permission: 'READ' },
    ],
  },
  headers: { contentType: 'a/b', expires: 'never', userMetadata: new Map([['__proto__', 'x']]) },
  checksumAlgorithm: 'CRC64NVME',
  checksumType: 'FULL_OBJECT',
};

const naming = {
  place: { type: 'list', region: 'r', id: ID, start: 0, end: 5 * 2 ** 40, size: 5 * 2 ** 40 },
  reference: undefined,
} as const;

test('an upload is read back as it was written, in every state', () => {
  const completion: Completion = {
    ...{ naming, latest: 2n ** 62n, versioning: 'enabled', payload: Buffer.of(0, 255, 7), exact: true },
    place: { z: 1, t: 2n ** 61n + 1n, n: 3, id: ID },
  };
  const records: readonly UploadRecord[] = [
    { upload, state: { type: 'open' } },
    { upload, state: { type: 'completing', completion } },
    { upload: { ...upload, headers: { userMetadata: new Map() } }, state: { type: 'ending' } },
  ];
  for (const record of records) assert.deepEqual(unsealUpload('upload', sealUpload(record)), record);
});

test('a part is read back as it was written, and not as another', () => {
  const reference = '99999999-2222-4333-8444-555555555555';
  const blob = { type: 'blob', region: 'r', id: ID, start: 10, end: 20, size: 30, chunkBytes: 7 } as const;
  const parts: readonly PartRecord[] = [
    { number: 1, size: 10, etag: 'e', modifiedAt: 5, naming: { place: blob, reference } },
    { number: 2, size: 0, etag: 'e', modifiedAt: 5, naming: { place: { type: 'empty' }, reference: undefined } },
    {
      ...{ number: 10_000, size: naming.place.size, etag: 'e', modifiedAt: 5, naming },
      checksum: { algorithm: 'SHA256', value: 'abc=', type: 'COMPOSITE' },
    },
  ];
  for (const part of parts) {
    const bytes = sealPart('upload', part);
    assert.deepEqual(unsealPart('upload', part.number, bytes), part);
    assert.throws(() => unsealPart('upload', part.number + 1, bytes), Corrupt);
    assert.throws(() => unsealPart('another', part.number, bytes), Corrupt);
  }
});

// ----------------------------------------------------------------------------------------------------------------- hints

/** The index of one bucket in memory. Counts its statements. */
class Index {
  reads = 0;
  readonly removed: string[] = [];
  readonly rows: readonly { readonly hint: Hint; readonly slot: number; readonly upload: Upload }[];

  constructor(uploads: readonly Upload[]) {
    this.rows = uploads
      .map((one) => ({ hint: hintOf(one), slot: slotOf(one.uploadId), upload: one }))
      .sort((a, b) => compareHints(a.hint, b.hint));
  }

  hints(now: number): Hints {
    const session: Pick<Session, 'read' | 'write'> = {
      read: async (statement, [, slot, key, at, id, limit]) => {
        assert.equal(statement, READ_HINTS);
        assert(Buffer.isBuffer(key) && typeof at === 'bigint');
        this.reads++;
        const found = this.rows.filter(
          (one) => one.slot === slot && compareHints(one.hint, { key, at, id: String(id) }) > 0,
        );
        return found.slice(0, Number(limit)).map(({ hint }): Row => ({ k: hint.key, at: hint.at, id: hint.id }));
      },
      write: async (statement, values) => {
        assert.equal(statement, REMOVE_HINT);
        this.removed.push(String(values[4]));
      },
    };
    const clock = { now: () => now, monotonic: () => now };
    const tools = { sessions: { of: () => session }, clock, tuning: { unsettledMs: 1000 } };
    return new Hints(tools as unknown as Tools);
  }

  row(id: string) {
    const found = this.rows.find((one) => one.upload.uploadId === id);
    return found && { upload: found.upload, state: { type: 'open' } as const, rev: ID };
  }
}

const HOME: Home = { region: 'r', bucketId: 'bucket' };
const many = (count: number, key: (index: number) => string): readonly Upload[] =>
  Array.from({ length: count }, (_, index) => ({
    ...upload,
    key: key(index),
    uploadId: `u${index}`,
    initiatedAt: (index * 7) % 13,
  }));

test('uploads come by key, start and id whatever slot they are in, page by page, each once', async () => {
  const index = new Index(many(120, (number) => `key${number % 20}`));
  const hints = index.hints(0);
  const wanted = index.rows.map(({ hint }) => hint.id);
  for (const limit of [1, 7, 100, 1000]) {
    const found: string[] = [];
    let behind = START;
    for (;;) {
      const page = await hints.list(HOME, { behind, limit }, async (id) => index.row(id));
      found.push(...page.map((row) => row.upload.uploadId));
      const last = page.at(-1);
      if (last === undefined || page.length < limit) break;
      behind = hintOf(last.upload);
    }
    assert.deepEqual(found, wanted, `pages of ${limit}`);
  }
});

test('a page costs a bounded number of statements, however many uploads there are', async () => {
  const index = new Index(many(5000, (number) => `key${number}`));
  await index.hints(0).list(HOME, { behind: START, limit: 100 }, async (id) => index.row(id));
  assert(index.reads <= 32, `${index.reads} reads of hints`);
});

test('a listing begins at a key or behind it', async () => {
  const index = new Index(many(20, (number) => (number % 2 === 0 ? 'a' : 'a\0')));
  const list = async (inclusive: boolean) => {
    const behind = behindOf({ key: 'a', inclusive });
    return (await index.hints(0).list(HOME, { behind, limit: 100 }, async (id) => index.row(id))).length;
  };
  assert.equal(await list(true), 20);
  assert.equal(await list(false), 10);
});

test('a hint without an upload is passed over, and removed when whoever made it is long gone', async () => {
  const index = new Index(many(40, () => 'k'));
  const gone = new Set(['u3', 'u4']);
  const read = async (id: string) => (gone.has(id) ? undefined : id === 'u5' ? ('ended' as const) : index.row(id));
  const young = await index.hints(500).list(HOME, { behind: START, limit: 100 }, read);
  assert.equal(young.length, 37);
  assert.deepEqual(index.removed, [], 'it may be just being made');
  await index.hints(5000).list(HOME, { behind: START, limit: 100 }, read);
  assert.deepEqual(index.removed.sort(), ['u3', 'u4']);
});
