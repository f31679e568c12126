/** The engine contract: multipart uploads. */

import { strict as assert } from 'node:assert';
import { bytesOf, conflicts, drain, type Test } from './world.ts';

export function uploadContract(test: Test): void {
  test('an upload is found under its bucket, its key and its id, all three', async (world) => {
    const bucket = await world.bucket();
    const other = await world.bucket('other');
    const upload = await world.upload(bucket, 'k\0ey', 'u1');
    await world.reopen();
    const { rows } = world.engine;
    assert.deepEqual(await rows.getUpload(bucket.id, 'k\0ey', 'u1'), upload);
    assert.equal(await rows.getUpload(bucket.id, 'k', 'u1'), undefined);
    assert.equal(await rows.getUpload(other.id, 'k\0ey', 'u1'), undefined);
    assert.equal(await rows.getUpload(bucket.id, 'k\0ey', 'u2'), undefined);
    await conflicts(world.part({ ...upload, key: 'k' }, 1, Buffer.from('x')), 'upload');
    await conflicts(world.part({ ...upload, bucketId: other.id }, 1, Buffer.from('x')), 'upload');
    await conflicts(world.upload({ ...bucket, id: 'gone' }, 'k', 'u3'), 'bucket');
    assert.deepEqual(await world.keys(bucket), []);
  });

  test('an upload keeps all that its object will need', async (world) => {
    const bucket = await world.bucket();
    const upload = {
      ...(await world.upload(bucket, 'plain', 'u0')),
      uploadId: 'u1',
      headers: { contentType: 'a/b', storageClass: 'STANDARD', userMetadata: new Map([['k', 'v']]) },
      checksumAlgorithm: 'CRC32C',
      checksumType: 'COMPOSITE',
    } as const;
    await world.engine.rows.commit({ type: 'createUpload', upload });
    await world.reopen();
    assert.deepEqual(await world.engine.rows.getUpload(bucket.id, 'plain', 'u1'), upload);
  });

  test('uploads are listed by key, then start, then id, behind any of them', async (world) => {
    const bucket = await world.bucket();
    const made: readonly (readonly [string, string, number])[] = [
      ['b', 'u4', 1],
      ['a', 'u2', 9],
      ['a', 'u3', 9],
      ['a', 'u1', 10],
      ['a\0', 'u5', 0],
      ['aa', 'u6', 0],
    ];
    for (const [key, id, at] of made) await world.upload(bucket, key, id, at);
    await world.upload(await world.bucket('other'), 'a', 'other', 0);
    const list = async (from: Parameters<typeof world.engine.rows.scanUploads>[1], limit = 10) =>
      (await world.engine.rows.scanUploads(bucket.id, from, limit)).map(({ uploadId }) => uploadId);
    assert.deepEqual(await list(undefined), ['u2', 'u3', 'u1', 'u5', 'u6', 'u4']);
    assert.deepEqual(await list(undefined, 2), ['u2', 'u3']);
    assert.deepEqual(await list({ key: 'a', inclusive: true }, 1), ['u2']);
    assert.deepEqual(await list({ key: 'a', inclusive: false }), ['u5', 'u6', 'u4']);
    assert.deepEqual(await list({ key: 'a', inclusive: false, afterUpload: 'u3' }), ['u1', 'u5', 'u6', 'u4']);
    assert.deepEqual(await list({ key: 'a', inclusive: false, afterUpload: 'u1' }, 2), ['u5', 'u6']);
    assert.deepEqual(await list({ key: 'a', inclusive: false, afterUpload: 'gone' }, 3), ['u2', 'u3', 'u1']);
    assert.deepEqual(await list({ key: 'z', inclusive: true }), []);
    const abort = { type: 'abortUpload', bucketId: bucket.id, key: 'a', uploadId: 'u3' } as const;
    await world.engine.rows.commit(abort);
    assert.deepEqual(await list(undefined), ['u2', 'u1', 'u5', 'u6', 'u4']);
    await conflicts(world.engine.rows.commit(abort), 'upload');
    assert.deepEqual(await world.findings(), []);
  });

  test('parts are listed by number, replace each other, and can be large or small', async (world) => {
    const bucket = await world.bucket();
    const upload = await world.upload(bucket, 'k', 'u1');
    for (const number of [3, 1, 10_000, 2])
      await world.part(upload, number, bytesOf(number === 2 ? 50_000 : 10, number));
    await world.part(upload, 3, bytesOf(20_000, 33));
    await world.reopen();
    const parts = await world.engine.rows.scanParts('u1', 0, 10);
    assert.deepEqual(
      parts.map(({ number, size }) => [number, size]),
      [
        [1, 10],
        [2, 50_000],
        [3, 20_000],
        [10_000, 10],
      ],
    );
    assert.deepEqual(
      (await world.engine.rows.scanParts('u1', 1, 2)).map(({ number }) => number),
      [2, 3],
    );
    assert.deepEqual(await world.engine.rows.scanParts('u1', 10_000, 2), []);
    assert.deepEqual(await world.engine.rows.scanParts('none', 0, 2), []);
    const second = parts.find(({ number }) => number === 2);
    assert(second !== undefined);
    assert.deepEqual(await drain(world.engine.blobs.read(second.body, 0, second.size)), bytesOf(50_000, 2));
    assert.deepEqual(await world.findings(), []);
  });

  test('the parts named become one body, the upload and all its parts end', async (world) => {
    const bucket = await world.bucket();
    const upload = await world.upload(bucket, 'k', 'u1');
    const bytes = [bytesOf(20_000, 1), bytesOf(5, 2), bytesOf(30_000, 3), bytesOf(0, 4), bytesOf(700, 5)];
    const parts = [];
    for (const [index, part] of bytes.entries()) parts.push(await world.part(upload, (index + 1) * 10, part));
    const unused = await world.part(upload, 15, bytesOf(9000, 6));
    assert.equal(unused.number, 15);
    const committed = await world.complete(bucket, upload, parts);
    await world.reopen();
    const version = await world.get(bucket, 'k');
    assert.equal(version?.versionId, committed.versionId);
    assert.deepEqual(
      version?.parts,
      parts.map(({ number, size }) => ({ number, size })),
    );
    assert.equal(version?.uploadId, 'u1');
    const whole = Buffer.concat(bytes);
    assert.deepEqual(await world.read(version?.body), whole);
    for (const [start, end] of [
      [0, 1],
      [19_990, 20_020],
      [20_004, 20_005],
      [50_004, 50_705],
      [49_000, 50_100],
    ]) {
      assert.deepEqual(await world.read(version?.body, start, end), whole.subarray(start, end));
    }
    assert.equal(await world.engine.rows.getUpload(bucket.id, 'k', 'u1'), undefined);
    assert.deepEqual(await world.engine.rows.scanUploads(bucket.id, undefined, 10), []);
    assert.deepEqual(await world.engine.rows.scanParts('u1', 0, 10), []);
    await conflicts(world.complete(bucket, upload, parts), 'upload');
    await world.sweepAll();
    assert.deepEqual(await world.read((await world.get(bucket, 'k'))?.body), whole);
    await world.uses({ buckets: 1, bodyBytes: whole.length, trashBytes: 0 });
    await world.removeNull(bucket, 'k');
    await world.sweepAll();
    await world.uses({ buckets: 1, bodyBytes: 0, trashBytes: 0 });
    assert.deepEqual(await world.findings(), []);
  });

  test('a part that is not what is stored, a lost race or a lost upload refuse the whole', async (world) => {
    const bucket = await world.bucket();
    const upload = await world.upload(bucket, 'k', 'u1');
    const part = await world.part(upload, 1, bytesOf(10));
    await conflicts(world.complete(bucket, upload, [{ ...part, etag: 'other' }]), 'part', '1');
    await conflicts(world.complete(bucket, upload, [part, { ...part, number: 2 }]), 'part', '2');
    await conflicts(world.complete(bucket, upload, [part], 'not this'), 'revision');
    await conflicts(world.complete({ ...bucket, versioning: 'enabled' }, upload, [part]), 'bucket');
    assert.equal(await world.get(bucket, 'k'), undefined);
    assert.equal((await world.engine.rows.scanParts('u1', 0, 10)).length, 1);
    await world.complete(bucket, upload, [part], await world.revision(bucket, 'k'));
    assert.deepEqual(await world.read((await world.get(bucket, 'k'))?.body), bytesOf(10));
  });

  test('of completions and aborts of one upload at once exactly one wins', async (world) => {
    const bucket = await world.bucket();
    for (let round = 0; round < 5; round++) {
      const upload = await world.upload(bucket, 'k', `u${round}`);
      const part = await world.part(upload, 1, bytesOf(5000, round));
      const { bucketId, key, uploadId } = upload;
      const ends = await Promise.allSettled([
        world.complete(bucket, upload, [part]),
        world.engine.rows.commit({ type: 'abortUpload', bucketId, key, uploadId }),
        world.complete(bucket, upload, [part]),
      ]);
      assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1);
    }
    await world.sweepAll();
    assert.deepEqual(await world.findings(), []);
  });

  test('parts copied from objects, composed ones too, are references: the sources may go', async (world) => {
    const bucket = await world.bucket();
    const plain = bytesOf(40_000, 1);
    await world.put(bucket, 'plain', plain);
    const first = await world.upload(bucket, 'composed', 'u1');
    const source = (await world.get(bucket, 'plain'))?.body;
    assert(source !== undefined);
    const pieces = [world.engine.blobs.slice(source, 100, 20_100), world.engine.blobs.slice(source, 5, 10_005)];
    const parts = [];
    for (const [index, piece] of pieces.entries()) parts.push(await world.part(first, index + 1, piece));
    await world.complete(bucket, first, parts);
    const composed = Buffer.concat([plain.subarray(100, 20_100), plain.subarray(5, 10_005)]);
    const second = await world.upload(bucket, 'again', 'u2');
    const body = (await world.get(bucket, 'composed'))?.body;
    assert(body !== undefined);
    const own = await world.part(second, 1, bytesOf(6000, 2));
    const across = await world.part(second, 2, world.engine.blobs.slice(body, 15_000, 25_000));
    const inside = await world.part(second, 3, world.engine.blobs.slice(body, 1, 2));
    await world.removeNull(bucket, 'plain');
    await world.removeNull(bucket, 'composed');
    await world.sweepAll();
    await world.complete(bucket, second, [own, across, inside]);
    await world.sweepAll();
    await world.reopen();
    const expected = Buffer.concat([bytesOf(6000, 2), composed.subarray(15_000, 25_000), composed.subarray(1, 2)]);
    assert.deepEqual(await world.read((await world.get(bucket, 'again'))?.body), expected);
    assert.deepEqual(await world.findings(), []);
    await world.removeNull(bucket, 'again');
    await world.sweepAll();
    await world.uses({ buckets: 1, bodyBytes: 0, trashBytes: 0 });
    assert.deepEqual(await world.findings(), []);
  });

  test('a reader finishes a composed body that is removed and swept meanwhile', async (world) => {
    const bucket = await world.bucket();
    const upload = await world.upload(bucket, 'k', 'u1');
    const parts = [];
    for (let number = 1; number <= 150; number++)
      parts.push(await world.part(upload, number, bytesOf(number * 20, number)));
    await world.complete(bucket, upload, parts);
    const version = await world.get(bucket, 'k');
    assert(version?.body !== undefined);
    const whole = Buffer.concat(parts.map(({ number }) => bytesOf(number * 20, number)));
    const reader = world.engine.blobs.read(version.body, 0, version.size)[Symbol.asyncIterator]();
    const first = await reader.next();
    await world.removeNull(bucket, 'k');
    await world.sweepAll();
    const rest = await drain({ [Symbol.asyncIterator]: () => reader });
    assert.deepEqual(Buffer.concat([first.value ?? Buffer.alloc(0), rest]), whole);
    await world.sweepAll();
    await world.uses({ buckets: 1, bodyBytes: 0, trashBytes: 0 });
    assert.deepEqual(await world.findings(), []);
  });

  test('completing and copying move no bytes and cost no time by size: a thousand parts, any range', async (world) => {
    const bucket = await world.bucket();
    const upload = await world.upload(bucket, 'k', 'u1');
    const unit = await world.part(upload, 1, bytesOf(2000, 7));
    await world.put(bucket, 'unit', bytesOf(2000, 7));
    const source = (await world.get(bucket, 'unit'))?.body;
    assert(source !== undefined);
    const rest = Array.from({ length: 999 }, (_, index) => world.part(upload, index + 2, source));
    const parts = [unit, ...(await Promise.all(rest))];
    await world.complete(bucket, upload, parts);
    const version = await world.get(bucket, 'k');
    await world.put(bucket, 'copy', version?.body);
    await world.uses({ bodyBytes: 4000 });
    const copy = (await world.get(bucket, 'copy'))?.body;
    const unitBytes = bytesOf(2000, 7);
    for (const at of [0, 1999, 2000, 1_234_567, 1_999_000]) {
      const expected = Buffer.concat([unitBytes, unitBytes]).subarray(at % 2000, (at % 2000) + 1000);
      assert.deepEqual(await world.read(copy, at, at + 1000), expected);
    }
    assert.deepEqual(await world.findings(), []);
  });
}
