/** The engine contract: object versions, their order, their conditions and their listings. */

import { strict as assert } from 'node:assert';
import type { Bucket } from '../../../src/model/entities.ts';
import { bytesOf, CANONICAL, conflicts, draftOf, PRIVATE, type Test, type World } from './world.ts';

export function objectContract(test: Test): void {
  test('a version is read back as it was written, also after closing', async (world) => {
    const bucket = await world.bucket();
    const headers = {
      contentType: 'text/plain; charset=utf-8',
      cacheControl: 'no-cache',
      contentDisposition: 'attachment; filename="ä.txt"',
      contentEncoding: 'gzip',
      contentLanguage: 'de',
      expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
      websiteRedirectLocation: '/elsewhere',
      storageClass: 'STANDARD_IA',
      userMetadata: new Map([
        ['z', 'last'],
        ['a', 'ünïcode'],
        ['__proto__', ''],
      ]),
    };
    const acl = {
      owner: CANONICAL,
      grants: [
        { grantee: { type: 'group', group: 'AllUsers' }, permission: 'READ' },
        { grantee: { type: 'account', canonicalId: 'ab'.repeat(32) }, permission: 'WRITE_ACP' },
      ],
    } as const;
    const checksum = { algorithm: 'CRC64NVME', value: 'q83vEjRWeJA=', type: 'FULL_OBJECT' } as const;
    const parts = [
      { number: 1, size: 3 },
      { number: 7, size: 2, checksum },
    ];
    const over = { headers, acl, checksum, parts, uploadId: 'up-1', etag: `${'0f'.repeat(16)}-2` };
    const committed = await world.put(bucket, 'k', Buffer.from('hello'), { draft: over });
    await world.reopen();
    const version = await world.get(bucket, 'k');
    assert(version?.body !== undefined);
    const { body, ...rest } = version;
    const { body: _body, ...draft } = draftOf(body, over);
    const engineSide = { key: 'k', isNull: true, isCurrent: true, ...committed };
    assert.deepEqual({ ...rest }, { ...draft, ...engineSide });
    assert.deepEqual([...version.headers.userMetadata.keys()], ['z', 'a', '__proto__']);
    assert.match(version.versionId, /^[A-Za-z0-9._~-]{1,64}$/);
    assert.equal((await world.read(body)).toString(), 'hello');
  });

  test('what is absent is undefined: bucket, key, version', async (world) => {
    const bucket = await world.bucket();
    const none = await world.engine.rows.getTarget({ bucket: 'none', key: 'k' });
    assert.equal(none.bucket, undefined);
    assert.equal(none.version, undefined);
    const target = await world.engine.rows.getTarget({ bucket: 'bucket', key: 'k' });
    assert.deepEqual(target.bucket, bucket);
    assert.equal(target.version, undefined);
    await world.put(bucket, 'k', Buffer.from('x'));
    for (const versionId of ['nope', '1.nope', 'zzzzzzzz.nope', '']) {
      assert.equal(await world.get(bucket, 'k', versionId), undefined);
    }
  });

  test('without versioning a put replaces and a delete leaves nothing', async (world) => {
    const bucket = await world.bucket();
    const first = await world.put(bucket, 'k', Buffer.from('one'));
    const second = await world.put(bucket, 'k', Buffer.from('second'));
    assert.notEqual(first.versionId, second.versionId);
    assert.equal(first.isNull, true);
    const version = await world.get(bucket, 'k');
    assert.equal((await world.read(version?.body)).toString(), 'second');
    assert.equal(await world.get(bucket, 'k', first.versionId), undefined);
    assert.equal((await world.get(bucket, 'k', 'null'))?.versionId, second.versionId);
    assert.equal((await world.engine.rows.scanVersions(bucket.id, undefined, 10)).length, 1);
    await world.removeNull(bucket, 'k');
    assert.equal(await world.get(bucket, 'k'), undefined);
    assert.deepEqual(await world.keys(bucket), []);
    await world.removeNull(bucket, 'k');
    await world.removeNull(bucket, 'never there');
  });

  test('with versioning versions pile up, newest first, and each can be removed', async (world) => {
    const bucket = await world.bucket('bucket', 'enabled');
    const ids: string[] = [];
    for (const text of ['one', 'two', 'three'])
      ids.push((await world.put(bucket, 'k', Buffer.from(text))).versionId ?? '');
    assert.equal(new Set(ids).size, 3);
    const listed = async () =>
      (await world.engine.rows.scanVersions(bucket.id, undefined, 10)).map(({ versionId, isCurrent, isNull }) => [
        ids.indexOf(versionId),
        isCurrent,
        isNull,
      ]);
    assert.deepEqual(await listed(), [
      [2, true, false],
      [1, false, false],
      [0, false, false],
    ]);
    for (const [index, text] of ['one', 'two', 'three'].entries()) {
      assert.equal((await world.read((await world.get(bucket, 'k', ids[index]))?.body)).toString(), text);
    }
    await remove(world, bucket, 'k', ids[1] ?? '');
    assert.deepEqual(await listed(), [
      [2, true, false],
      [0, false, false],
    ]);
    await remove(world, bucket, 'k', ids[2] ?? '');
    assert.deepEqual(await listed(), [[0, true, false]]);
    assert.equal((await world.read((await world.get(bucket, 'k'))?.body)).toString(), 'one');
    await remove(world, bucket, 'k', ids[0] ?? '');
    assert.equal(await world.get(bucket, 'k'), undefined);
    assert.deepEqual(await world.keys(bucket), []);
  });

  test('a delete marker is a version without a body and can be current', async (world) => {
    const bucket = await world.bucket('bucket', 'enabled');
    const { versionId } = await world.put(bucket, 'k', Buffer.from('x'));
    const marker = await world.put(bucket, 'k', undefined);
    await world.reopen();
    const current = await world.get(bucket, 'k');
    assert.equal(current?.kind, 'delete-marker');
    assert.equal(current?.versionId, marker.versionId);
    assert.equal(current !== undefined && 'body' in current, false);
    assert.equal((await world.get(bucket, 'k', versionId))?.isCurrent, false);
    assert.deepEqual(await world.keys(bucket), ['k']);
  });

  test('there is at most one null version, wherever it stands', async (world) => {
    const plain = await world.bucket();
    const put = (bucket: Bucket, text: string) => world.put(bucket, 'k', Buffer.from(text));
    await put(plain, 'null-1');
    const enabled = await world.setVersioning('bucket', 'enabled');
    await put(enabled, 'v-1');
    const text = async (id?: string) => (await world.read((await world.get(plain, 'k', id))?.body)).toString();
    assert.equal(await text('null'), 'null-1');
    assert.equal(await text(), 'v-1');
    const suspended = await world.setVersioning('bucket', 'suspended');
    const committed = await put(suspended, 'null-2');
    assert.equal(committed.isNull, true);
    const order = async () =>
      Promise.all(
        (await world.engine.rows.scanVersions(plain.id, undefined, 10)).map(async ({ body }) =>
          body === undefined ? 'marker' : (await world.read(body)).toString(),
        ),
      );
    assert.deepEqual(await order(), ['null-2', 'v-1']);
    await put(suspended, 'null-3');
    assert.deepEqual(await order(), ['null-3', 'v-1']);
    const again = await world.setVersioning('bucket', 'enabled');
    await put(again, 'v-2');
    assert.deepEqual(await order(), ['v-2', 'null-3', 'v-1']);
    const last = await world.setVersioning('bucket', 'suspended');
    await world.put(last, 'k', undefined);
    assert.deepEqual(await order(), ['marker', 'v-2', 'v-1']);
    await world.removeNull(last, 'k');
    assert.deepEqual(await order(), ['v-2', 'v-1']);
    assert.equal(await world.get(last, 'k', 'null'), undefined);
    assert.deepEqual(await world.findings(), []);
  });

  test('a mutation names the versioning it acted on', async (world) => {
    const bucket = await world.bucket();
    await world.setVersioning('bucket', 'enabled');
    await conflicts(world.put(bucket, 'k', Buffer.from('x')), 'bucket');
    await conflicts(world.removeNull(bucket, 'k'), 'bucket');
    assert.deepEqual(await world.keys(bucket), []);
    await conflicts(world.put({ ...bucket, id: 'other' }, 'k', Buffer.from('x')), 'bucket');
  });

  test('a commit expects the state of the key, absence included', async (world) => {
    const bucket = await world.bucket();
    const absent = await world.revision(bucket, 'k');
    await world.put(bucket, 'k', Buffer.from('one'), { expect: absent });
    await conflicts(world.put(bucket, 'k', Buffer.from('two'), { expect: absent }), 'revision');
    const first = await world.revision(bucket, 'k');
    assert.notEqual(first, absent);
    await world.put(bucket, 'k', Buffer.from('three'), { expect: first });
    await conflicts(world.put(bucket, 'k', Buffer.from('four'), { expect: first }), 'revision');
    await conflicts(world.removeNull(bucket, 'k', first), 'revision');
    assert.equal((await world.read((await world.get(bucket, 'k'))?.body)).toString(), 'three');
    const last = await world.revision(bucket, 'k');
    await world.removeNull(bucket, 'k', last);
    await conflicts(world.put(bucket, 'k', Buffer.from('five'), { expect: last }), 'revision');
    await world.put(bucket, 'k', Buffer.from('six'), { expect: await world.revision(bucket, 'k') });
  });

  test('of many commits that expect the same state exactly one wins', async (world) => {
    const bucket = await world.bucket();
    for (let round = 0; round < 5; round++) {
      const expect = await world.revision(bucket, 'k');
      const bodies = await Promise.all(
        Array.from({ length: 8 }, (_, index) => world.body(Buffer.from(`${round}.${index}`))),
      );
      const puts = await Promise.allSettled(bodies.map((body) => world.put(bucket, 'k', body, { expect })));
      const winners = puts.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
      assert.equal(winners.length, 1);
      const now = await world.read((await world.get(bucket, 'k'))?.body);
      assert.equal(now.toString(), `${round}.${winners[0]}`);
    }
  });

  test('a version is removed or updated only in the state expected', async (world) => {
    const bucket = await world.bucket('bucket', 'enabled');
    const { rows } = world.engine;
    const { versionId = '' } = await world.put(bucket, 'k', Buffer.from('older'));
    await world.put(bucket, 'k', Buffer.from('newer'));
    for (const id of [versionId, undefined]) {
      const version = await world.get(bucket, 'k', id);
      assert(version !== undefined);
      const before = await world.revision(bucket, 'k');
      const acl = { owner: CANONICAL, grants: [] };
      const update = { type: 'updateVersion', bucketId: bucket.id, version: { ...version, acl } } as const;
      const { revision } = await rows.commit({ ...update, expect: version.revision });
      assert.notEqual(revision, version.revision);
      assert.notEqual(await world.revision(bucket, 'k'), before, 'the key as a whole changed');
      const changed = await world.get(bucket, 'k', id);
      assert.deepEqual(changed?.acl, acl);
      assert.equal(changed?.versionId, version.versionId);
      assert.equal(changed?.isCurrent, version.isCurrent);
      assert.deepEqual(await world.read(changed?.body), await world.read(version.body));
      await conflicts(rows.commit({ ...update, expect: version.revision }), 'revision');
      const removal = { type: 'removeVersion', bucketId: bucket.id, key: 'k', versionId: version.versionId } as const;
      await conflicts(rows.commit({ ...removal, expect: version.revision }), 'revision');
      await rows.commit({ ...removal, expect: revision });
      await conflicts(rows.commit({ ...removal, expect: revision }), 'revision');
      await conflicts(rows.commit({ ...update, expect: revision }), 'revision');
    }
    assert.deepEqual(await world.findings(), []);
  });

  test('a mark never comes back', async (world) => {
    const bucket = await world.bucket('bucket', 'enabled');
    const seen = new Set<string>();
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 3; index++) {
        const { revision, versionId = '' } = await world.put(bucket, 'k', Buffer.from('x'));
        const key = await world.revision(bucket, 'k');
        assert(!seen.has(`v${revision}`) && !seen.has(`k${key}`) && !seen.has(versionId));
        for (const mark of [`v${revision}`, `k${key}`, versionId]) seen.add(mark);
      }
      for (const { versionId } of await world.engine.rows.scanVersions(bucket.id, undefined, 10)) {
        await remove(world, bucket, 'k', versionId);
        const key = await world.revision(bucket, 'k');
        if ((await world.keys(bucket)).length === 0) continue;
        assert(!seen.has(`k${key}`));
        seen.add(`k${key}`);
      }
    }
  });
}

async function remove(world: World, bucket: Bucket, key: string, versionId: string): Promise<void> {
  const expect = (await world.get(bucket, key, versionId))?.revision ?? '';
  await world.engine.rows.commit({ type: 'removeVersion', bucketId: bucket.id, key, versionId, expect });
}

export function listingContract(test: Test): void {
  test('keys are any UTF-8 of 1 to 1024 bytes, each an object of its own', async (world) => {
    const bucket = await world.bucket();
    const keys = hostileKeys();
    for (const [index, key] of keys.entries()) await world.put(bucket, key, Buffer.from(String(index)));
    await world.reopen();
    for (const [index, key] of keys.entries()) {
      const version = await world.get(bucket, key);
      assert.equal(version?.key, key);
      assert.equal((await world.read(version?.body)).toString(), String(index), JSON.stringify(key));
    }
    const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(await world.keys(bucket), sorted);
    const paged: string[] = [];
    for (let from: string | undefined; ; ) {
      const page = await world.engine.rows.scanCurrent(
        bucket.id,
        from === undefined ? undefined : { key: from, inclusive: false },
        7,
      );
      paged.push(...page.map(({ key }) => key));
      if (page.length < 7) break;
      from = paged.at(-1);
    }
    assert.deepEqual(paged, sorted);
    assert.deepEqual(await world.findings(), []);
  });

  test('listings order keys by their UTF-8 bytes, not by UTF-16', async (world) => {
    const bucket = await world.bucket();
    const keys = ['a', '\uffff', '\u{10000}', '\u{10ffff}', '\ue000', 'é', 'z', '\u{1f600}/x'];
    for (const key of keys) await world.put(bucket, key, Buffer.from('x'));
    assert.deepEqual(await world.keys(bucket), [
      'a',
      'z',
      'é',
      '\ue000',
      '\uffff',
      '\u{10000}',
      '\u{1f600}/x',
      '\u{10ffff}',
    ]);
  });

  test('a listing begins at a key or behind it, and buckets do not run into each other', async (world) => {
    const first = await world.bucket('first');
    const second = await world.bucket('second');
    for (const key of ['a', 'b', 'ba', 'c']) await world.put(first, key, Buffer.from('1'));
    for (const key of ['A', 'b', 'z']) await world.put(second, key, Buffer.from('2'));
    const keys = async (bucket: Bucket, key: string, inclusive: boolean, limit = 10) =>
      (await world.engine.rows.scanCurrent(bucket.id, { key, inclusive }, limit)).map((version) => version.key);
    assert.deepEqual(await keys(first, 'b', true), ['b', 'ba', 'c']);
    assert.deepEqual(await keys(first, 'b', false), ['ba', 'c']);
    assert.deepEqual(await keys(first, 'bb', true), ['c']);
    assert.deepEqual(await keys(first, 'a', false, 2), ['b', 'ba']);
    assert.deepEqual(await keys(first, 'z', true), []);
    assert.deepEqual(await keys(second, 'b', false), ['z']);
    assert.deepEqual(await world.engine.rows.scanCurrent('id-none', undefined, 10), []);
  });

  test('versions are listed by key and from newest to oldest, behind any of them', async (world) => {
    const bucket = await world.bucket('bucket', 'enabled');
    const ids = new Map<string, string>();
    for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) {
      const body = name === 'a2' ? undefined : Buffer.from(name);
      ids.set((await world.put(bucket, name.slice(0, 1), body)).versionId ?? '', name);
    }
    const idOf = (name: string) => [...ids].find(([, other]) => other === name)?.[0] ?? '';
    const list = async (from: Parameters<typeof world.engine.rows.scanVersions>[1], limit = 10) =>
      (await world.engine.rows.scanVersions(bucket.id, from, limit)).map(({ versionId }) => ids.get(versionId));
    assert.deepEqual(await list(undefined), ['a3', 'a2', 'a1', 'b1', 'c2', 'c1']);
    assert.deepEqual(await list(undefined, 2), ['a3', 'a2']);
    assert.deepEqual(await list({ key: 'a', inclusive: false }), ['b1', 'c2', 'c1']);
    assert.deepEqual(await list({ key: 'a', inclusive: true }, 4), ['a3', 'a2', 'a1', 'b1']);
    assert.deepEqual(await list({ key: 'a', inclusive: false, afterVersion: idOf('a3') }), [
      'a2',
      'a1',
      'b1',
      'c2',
      'c1',
    ]);
    assert.deepEqual(await list({ key: 'a', inclusive: false, afterVersion: idOf('a1') }, 1), ['b1']);
    const gone = idOf('a2');
    await remove(world, bucket, 'a', gone);
    assert.deepEqual(await list({ key: 'a', inclusive: false, afterVersion: gone }, 2), ['a1', 'b1']);
    const newest = idOf('c2');
    await remove(world, bucket, 'c', newest);
    assert.deepEqual(await list({ key: 'c', inclusive: false, afterVersion: newest }), ['c1']);
    assert.deepEqual(await list({ key: 'aa', inclusive: false, afterVersion: 'x' }), ['b1', 'c1']);
  });

  test('a version listing continues behind the null version', async (world) => {
    const plain = await world.bucket();
    await world.put(plain, 'k', Buffer.from('null'));
    const enabled = await world.setVersioning('bucket', 'enabled');
    await world.put(enabled, 'k', Buffer.from('newest'));
    await world.put(enabled, 'l', Buffer.from('next'));
    const from = { key: 'k', inclusive: false, afterVersion: 'null' };
    assert.deepEqual(
      (await world.engine.rows.scanVersions(plain.id, from, 10)).map(({ key }) => key),
      ['l'],
    );
  });

  test('a listing shows what getTarget shows, but for the list of parts', async (world) => {
    const bucket = await world.bucket();
    await world.put(bucket, 'k', bytesOf(100), { draft: { acl: PRIVATE } });
    const [listed] = await world.engine.rows.scanCurrent(bucket.id, undefined, 1);
    const { version } = await world.engine.rows.getTarget({ bucket: 'bucket', key: 'k' });
    assert(listed?.body !== undefined && version?.body !== undefined);
    assert.deepEqual({ ...listed, body: 0 }, { ...version, body: 0 });
    assert.deepEqual(await world.read(listed.body), await world.read(version.body));
  });
}

/** Keys that tempt an encoder to escape, terminate, fold, normalise or cut. */
function hostileKeys(): readonly string[] {
  const single = Array.from({ length: 128 }, (_, byte) => String.fromCharCode(byte));
  const pairs = ['\0\0', '\0a', 'a\0', 'a\0\0', 'a\0b', 'a', 'a/', 'a//', 'a/../b', './', '..', 'A', 'é', 'e\u0301'];
  const long = ['\0', 'a', '\x7f', 'é', '\u{10ffff}', '\ufffd'].map((letter) =>
    letter.repeat(1024 / Buffer.byteLength(letter)),
  );
  const nearly = long.map((key) => `${key.slice(0, -2)}b`);
  return [...new Set([...single, ...pairs, ...long, ...nearly, `${'a'.repeat(1023)}\0`, `${'a'.repeat(1023)}b`])];
}
