/** The engine contract: what belongs to a version besides its headers, and bodies that are longer than their objects. */

import { strict as assert } from 'node:assert';
import type { Upload, VersionAttributes } from '../../../src/model/entities.ts';
import { bytesOf, draftOf, type Test, type World } from './world.ts';

const ATTRIBUTES: VersionAttributes = {
  tags: [
    { key: 'ü', value: '' },
    { key: '1', value: 'one' },
    { key: '__proto__', value: '+ - = . _ : / @' },
  ],
  retention: { mode: 'COMPLIANCE', until: 1_900_000_000_000 },
  legalHold: true,
};
const ENCRYPTION = { type: 'SSE-KMS', wrappedKey: 'v1.x', keyId: 'k', context: 'e30=', bucketKey: true } as const;
/** Bytes by which the stored bodies here are longer than what they hold. */
const LONGER = 48;

export function attributeContract(test: Test): void {
  test('attributes are read back as they were written, from the key and from listings, also after closing', async (world) => {
    const bucket = await world.bucket('bucket', 'enabled');
    const { versionId } = await world.put(bucket, 'k', Buffer.from('x'), { draft: { attributes: ATTRIBUTES } });
    await world.put(bucket, 'k', undefined, { draft: { attributes: { tags: [] } } });
    await world.put(bucket, 'none', Buffer.from('y'));
    await world.reopen();
    assert.deepEqual((await world.get(bucket, 'k', versionId))?.attributes, ATTRIBUTES);
    assert.deepEqual((await world.get(bucket, 'k'))?.attributes, { tags: [] });
    assert.equal((await world.get(bucket, 'none'))?.attributes, undefined);
    const listed = await world.engine.rows.scanVersions(bucket.id, undefined, 10);
    assert.deepEqual(
      listed.map(({ attributes }) => attributes),
      [{ tags: [] }, ATTRIBUTES, undefined],
    );
    assert.deepEqual(await world.findings(), []);
  });

  test('attributes are set, changed and taken away in place, of old versions too', async (world) => {
    const bucket = await world.bucket('bucket', 'enabled');
    const ids = [];
    for (const text of ['old', 'new']) ids.push((await world.put(bucket, 'k', Buffer.from(text))).versionId ?? '');
    for (const [at, versionId] of ids.entries()) {
      for (const attributes of [ATTRIBUTES, { legalHold: false }, undefined]) {
        await change(world, versionId, attributes);
        const version = await world.get(bucket, 'k', versionId);
        assert.deepEqual(version?.attributes, attributes);
        assert.equal((await world.read(version?.body)).toString(), ['old', 'new'][at]);
      }
    }
    assert.deepEqual(await world.findings(), []);
  });

  test('an encrypted body may be longer than its object, in one piece and in parts', async (world) => {
    const bucket = await world.bucket();
    const attributes = { tags: [{ key: 'a', value: 'b' }], encryption: ENCRYPTION };
    for (const size of [0, 10, world.inlineBytes + 10]) {
      const body = await world.body(bytesOf(size + LONGER));
      await world.put(bucket, `k${size}`, body, { draft: { size, attributes } });
      const version = await world.get(bucket, `k${size}`);
      assert.deepEqual([version?.size, version?.body?.size, version?.attributes], [size, size + LONGER, attributes]);
    }
    const upload: Upload = { ...(await world.upload(bucket, 'plain', 'u0')), key: 'big', uploadId: 'u1', attributes };
    await world.engine.rows.commit({ type: 'createUpload', upload });
    const sizes = [5000, 1];
    for (const [index, size] of sizes.entries()) {
      const body = await world.body(bytesOf(size + LONGER, index + 1));
      const part = { number: index + 1, size, etag: `e${index}`, modifiedAt: 6, body };
      const { bucketId, key, uploadId } = upload;
      await world.engine.rows.commit({ type: 'putPart', bucketId, key, uploadId, part });
    }
    await world.reopen();
    assert.deepEqual((await world.engine.rows.getUpload(bucket.id, 'big', 'u1'))?.attributes, attributes);
    const stored = await world.engine.rows.scanParts('u1', 0, 10);
    assert.deepEqual(
      stored.map(({ size, body }) => [size, body.size]),
      sizes.map((size) => [size, size + LONGER]),
    );
    assert.deepEqual(await world.findings(), []);
    await complete(world, upload, stored);
    const version = await world.get(bucket, 'big');
    assert.deepEqual(version?.parts, [
      { number: 1, size: 5000 },
      { number: 2, size: 1 },
    ]);
    assert.deepEqual([version.size, version.attributes], [5001, attributes]);
    const bytes = await world.read(version.body);
    assert.deepEqual(bytes, Buffer.concat([bytesOf(5000 + LONGER, 1), bytesOf(1 + LONGER, 2)]));
    assert.deepEqual(await world.findings(), []);
  });
}

async function change(world: World, versionId: string, attributes: VersionAttributes | undefined): Promise<void> {
  const { bucket, version } = await world.engine.rows.getTarget({ bucket: 'bucket', key: 'k', versionId });
  assert(bucket !== undefined && version !== undefined);
  const { attributes: _old, revision: expect, ...rest } = version;
  const changed = { ...rest, revision: expect, ...(attributes !== undefined && { attributes }) };
  await world.engine.rows.commit({ type: 'updateVersion', bucketId: bucket.id, version: changed, expect });
}

async function complete(
  world: World,
  upload: Upload,
  parts: readonly { number: number; size: number; etag: string }[],
) {
  const { body: _body, ...draft } = draftOf(undefined, {
    kind: 'object',
    etag: `${'f'.repeat(32)}-${parts.length}`,
    size: parts.reduce((sum, { size }) => sum + size, 0),
    parts: parts.map(({ number, size }) => ({ number, size })),
    uploadId: upload.uploadId,
    ...(upload.attributes !== undefined && { attributes: upload.attributes }),
  });
  const { bucketId, key, uploadId } = upload;
  const named = parts.map(({ number, etag }) => ({ number, etag }));
  await world.engine.rows.commit({
    ...{ type: 'completeUpload', bucketId, key, uploadId, versioning: 'unversioned', parts: named, draft },
  } as const);
}
