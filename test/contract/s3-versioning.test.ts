/** Versioning: the state of a bucket, and what each operation makes of its versions, delete markers and null versions. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VERSIONING, versioning } from '../support/documents.ts';
import { type Answer, element, overEngines } from '../support/s3-world.ts';

overEngines((world) => {
  const configure = (bucket: string, body: string): Promise<Answer> =>
    world().alice.send('PUT', { bucket, query: VERSIONING, body });
  const statusOf = async (bucket: string) =>
    element((await world().alice.send('GET', { bucket, query: VERSIONING })).text, 'Status');

  test('a bucket has no versioning until it is enabled, then it is enabled or suspended and never without again', async () => {
    const bucket = await world().bucket();
    assert.equal(await statusOf(bucket), undefined);
    for (const status of ['Enabled', 'Enabled', 'Suspended', 'Suspended', 'Enabled']) {
      assert.equal((await configure(bucket, versioning(status))).status, 200);
      assert.equal(await statusOf(bucket), status);
    }
    assert.equal((await configure(bucket, versioning(''))).code, 'MalformedXML');
    assert.equal(await statusOf(bucket), 'Enabled');
    const suspended = await world().bucket();
    assert.equal((await configure(suspended, versioning('Suspended'))).status, 200);
    assert.equal(await statusOf(suspended), 'Suspended');
  });

  test('what is no versioning configuration is refused, and nothing changes', async () => {
    const { alice, bob, nobody, bucket: create } = world();
    const bucket = await create();
    const refusals: readonly (readonly [string, string])[] = [
      [versioning('Disabled'), 'MalformedXML'],
      [versioning('enabled'), 'MalformedXML'],
      [versioning('<Status>Enabled</Status><Status>Enabled</Status>'), 'MalformedXML'],
      [versioning('<Status>Enabled</Status><Mode>x</Mode>'), 'MalformedXML'],
      [versioning('<Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>'), 'NotImplemented'],
      [versioning('<MfaDelete>Disabled</MfaDelete>'), 'IllegalVersioningConfigurationException'],
      ['<VersioningConfiguration/>', 'IllegalVersioningConfigurationException'],
      ['<Status>Enabled</Status>', 'MalformedXML'],
      ['', 'MissingRequestBodyError'],
    ];
    for (const [body, code] of refusals) assert.equal((await configure(bucket, body)).code, code, body);
    const headers = { 'x-amz-mfa': '20899872 301749' };
    const withDevice = await alice.send('PUT', { bucket, query: VERSIONING, headers, body: versioning('Enabled') });
    assert.equal(withDevice.code, 'NotImplemented');
    for (const stranger of [bob, nobody]) {
      const refused = await stranger.send('PUT', { bucket, query: VERSIONING, body: versioning('Enabled') });
      assert.equal(refused.code, 'AccessDenied');
      assert.equal((await stranger.send('GET', { bucket, query: VERSIONING })).code, 'AccessDenied');
    }
    assert.equal(await statusOf(bucket), undefined);
    const plain = versioning('<Status>Enabled</Status><MfaDelete>Disabled</MfaDelete>');
    assert.equal((await configure(bucket, plain)).status, 200);
    assert.equal(await statusOf(bucket), 'Enabled');
  });

  test('versioning of a bucket with Object Lock cannot be suspended', async () => {
    const bucket = await world().bucket();
    await configure(bucket, versioning('Enabled'));
    const { rows } = world().server.engine;
    const target = await rows.getTarget({ bucket });
    assert.ok(target.bucket);
    const { revision: expect, ...rest } = target.bucket;
    await rows.commit({ type: 'updateBucket', bucket: { ...rest, configuration: { objectLock: '{}' } }, expect });
    const refused = await configure(bucket, versioning('Suspended'));
    assert.deepEqual([refused.status, refused.code], [409, 'InvalidBucketState']);
    assert.equal(await statusOf(bucket), 'Enabled');
    assert.equal((await configure(bucket, versioning('Enabled'))).status, 200);
  });
});
