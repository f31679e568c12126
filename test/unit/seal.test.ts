/** Sealing: what was sealed opens only with the same master key, purpose and context, and not when a bit has changed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { createUnsealer } from '../../src/admin/unsealer.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createSealer, SealError } from '../../src/base/seal.ts';
import { Secret } from '../../src/base/secret.ts';

const MASTER = Buffer.alloc(32, 7);
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const sealer = createSealer(MASTER, systemRandom);
const sealed = () => sealer.seal('access-key', 'MRNA', new Secret(SECRET));

function refused(reason: SealError['reason'], open: () => unknown): void {
  assert.throws(open, (error: unknown) => {
    assert.ok(error instanceof SealError, inspect(error));
    assert.equal(error.reason, reason);
    assert.ok(!error.message.includes(SECRET));
    return true;
  });
}

test('a sealed secret opens with the same master key, purpose and context', () => {
  const text = sealed();
  assert.match(text, /^v1\.[0-9a-f]{16}\.[A-Za-z0-9_-]+$/);
  assert.equal(sealer.unseal('access-key', 'MRNA', text).reveal(), SECRET);
  assert.equal(createSealer(MASTER, systemRandom).unseal('access-key', 'MRNA', text).reveal(), SECRET);
});

test('rule 25: the same secret sealed twice looks different each time, and holds nothing readable', () => {
  const [a, b] = [sealed(), sealed()];
  assert.notEqual(a, b);
  assert.ok(!Buffer.from(a.split('.')[2] ?? '', 'base64url').includes(SECRET));
});

test('rule 25: a sealed secret moved to another access key does not open', () => {
  refused('damaged', () => sealer.unseal('access-key', 'MRNB', sealed()));
});

test('another master key is told apart from damage', () => {
  const other = createSealer(Buffer.alloc(32, 8), systemRandom);
  assert.notEqual(other.keyId, sealer.keyId);
  refused('other-master-key', () => other.unseal('access-key', 'MRNA', sealed()));
  const relabelled = sealed().replace(sealer.keyId, other.keyId);
  refused('damaged', () => other.unseal('access-key', 'MRNA', relabelled));
});

test('rule 25: no bit of a sealed secret can change, and no byte be missing or added', () => {
  const text = sealed();
  const [format, keyId, data = ''] = text.split('.');
  const bytes = Buffer.from(data, 'base64url');
  for (let index = 0; index < bytes.length; index++) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
    refused('damaged', () =>
      sealer.unseal('access-key', 'MRNA', `${format}.${keyId}.${changed.toString('base64url')}`),
    );
  }
  for (let length = 0; length < bytes.length; length++) {
    const cut = bytes.subarray(0, length).toString('base64url');
    refused('damaged', () => sealer.unseal('access-key', 'MRNA', `${format}.${keyId}.${cut}`));
  }
  for (const other of ['', 'v1', text.replace('v1', 'v2'), `${text}.`, `${text}=`, `${text}AAAA`, ` ${text}`]) {
    refused('damaged', () => sealer.unseal('access-key', 'MRNA', other));
  }
});

test('a master key of another length is our mistake, not a weaker key', () => {
  for (const length of [0, 16, 31, 33, 64]) {
    assert.throws(() => createSealer(Buffer.alloc(length), systemRandom), RangeError);
  }
});

test('rule 12: the cache of unsealed secrets is bounded and follows the row, not the id', () => {
  let opened = 0;
  const counting = {
    ...sealer,
    unseal: (...args: Parameters<typeof sealer.unseal>) => {
      opened += 1;
      return sealer.unseal(...args);
    },
  };
  const unseal = createUnsealer(counting, 2);
  const key = (accessKeyId: string, sealedSecret: string) => ({
    accessKeyId,
    accountId: 'a',
    sealedSecret,
    createdAt: 0,
    allowV2: true,
    state: 'active' as const,
  });
  const first = key('MRNA', sealed());
  assert.equal(unseal(first).reveal(), SECRET);
  assert.equal(unseal(first).reveal(), SECRET);
  assert.equal(opened, 1);
  const replaced = key('MRNA', sealer.seal('access-key', 'MRNA', new Secret('another secret')));
  assert.equal(unseal(replaced).reveal(), 'another secret');
  refused('damaged', () => unseal(key('MRNB', first.sealedSecret)));
  unseal(key('MRNC', sealer.seal('access-key', 'MRNC', new Secret('third secret'))));
  const before = opened;
  unseal(first);
  assert.equal(opened, before + 1);
});
