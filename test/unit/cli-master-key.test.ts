/** The command line: making a new master key, and sealing everything anew with it. */

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { failed, parsed, refused, startedShop } from '../support/shop.ts';

test('a master key is changed: made, named beside the old one, everything sealed anew, the old one taken out', async (t) => {
  const { shop, first } = await startedShop(t);
  await shop.run('account', 'add', 'ana');
  await shop.run('key', 'create', 'ana');
  const [old, next] = [join(shop.data, 'master.key'), join(shop.folder, 'master-2.key')];
  const made = await shop.run('master-key', 'create', next);
  assert.deepEqual([made.code, made.out], [0, `${next}\n`]);
  assert.equal(statSync(next).mode & 0o777, 0o600);
  failed(await shop.run('master-key', 'create', next), /is there already/);
  refused(await shop.run('master-key', 'create'), /FILE/);

  failed(
    await shop.run('key', 'list', '--master-key', next, '--former-master-keys', join(shop.folder, 'no.key')),
    /former master key .* is missing/,
  );
  failed(await shop.run('master-key', 'rewrap', '--master-key', next), /is not the one this store was sealed with/);
  const both = ['--master-key', next, '--former-master-keys', old];
  assert.equal((await shop.run('key', 'list', ...both)).code, 0);
  const done = await shop.run('master-key', 'rewrap', ...both);
  assert.equal(done.code, 0, done.err);
  assert.match(done.out, /2 access keys, 0 objects\nNothing needs a former master key any more\.\n$/);
  const again = await shop.run('master-key', 'rewrap', '--master-key', next, '--json');
  assert.equal(again.code, 0, again.err);
  const { masterKey: _id, ...counts } = Object(parsed(again));
  assert.deepEqual(counts, { accessKeys: 0, objects: 0, uploads: 0, passed: 0 });
  assert.ok(first.accessKeyId.length > 0);
  failed(await shop.run('key', 'revoke', first.accessKeyId), /is not the one this store was sealed with/);
});
