/** Conditional requests: RFC 9110's precedence on reads, one winner on writes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { element, md5Hex, overEngines } from '../support/s3-world.ts';

const MATCH = `"${md5Hex('body')}"`;
const OTHER = `"${md5Hex('other')}"`;
const PAST = 'Thu, 01 Jan 1998 00:00:00 GMT';
const FUTURE = 'Fri, 01 Jan 2038 00:00:00 GMT';

overEngines((world) => {
  test('a condition that does not hold is 412 or 304, on GET and HEAD alike; all combinations are in test/exhaustive', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'body');
    const cases: readonly (readonly [Readonly<Record<string, string>>, number])[] = [
      [{ 'if-match': MATCH }, 200],
      [{ 'if-match': OTHER }, 412],
      [{ 'if-none-match': MATCH }, 304],
      [{ 'if-none-match': OTHER }, 200],
      [{ 'if-modified-since': PAST }, 200],
      [{ 'if-unmodified-since': PAST }, 412],
      [{ 'if-match': MATCH, 'if-unmodified-since': PAST }, 200],
      [{ 'if-none-match': MATCH, 'if-modified-since': PAST }, 304],
    ];
    for (const [headers, status] of cases) {
      const got = await alice.get(name, 'key', headers);
      const head = await alice.head(name, 'key', headers);
      assert.deepEqual([got.status, head.status], [status, status], JSON.stringify(headers));
    }
  });

  test('a 304 tells a cache what it needs to keep its copy, and nothing of a content', async () => {
    const { alice, bucket, setVersioning } = world();
    const name = await bucket();
    await setVersioning(name, 'enabled');
    const kept = { 'cache-control': 'max-age=1', expires: 'Fri, 01 Jan 2038 00:00:00 GMT', 'x-amz-meta-m': 'v' };
    const described = { 'content-type': 'text/plain', 'content-encoding': 'gzip', 'content-language': 'de' };
    const put = await alice.put(name, 'key', 'body', { ...kept, ...described, 'x-amz-checksum-crc32': '26gLsg==' });
    assert.equal(put.status, 200, put.text);
    const whole = await alice.get(name, 'key');
    const asked = { 'if-none-match': MATCH, range: 'bytes=0-0', 'x-amz-checksum-mode': 'ENABLED' };
    for (const answer of [await alice.get(name, 'key', asked), await alice.head(name, 'key', asked)]) {
      assert.equal(answer.status, 304);
      for (const same of ['etag', 'last-modified', 'x-amz-version-id', ...Object.keys(kept)]) {
        assert.equal(answer.headers[same], whole.headers[same], same);
        assert.notEqual(answer.headers[same], undefined, same);
      }
      const told = Object.keys(answer.headers).filter((one) => /^content-(?!security-policy$)|checksum/.test(one));
      assert.deepEqual([told, answer.body.length], [[], 0]);
    }
  });

  test('the date of an answer, sent back, is current', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'body');
    const date = (await alice.head(name, 'key')).headers['last-modified'] ?? '';
    assert.equal((await alice.get(name, 'key', { 'if-modified-since': date })).status, 304);
    assert.equal((await alice.get(name, 'key', { 'if-unmodified-since': date })).status, 200);
    assert.equal((await alice.get(name, 'key', { range: 'bytes=0-0', 'if-range': date })).status, 206);
  });

  test('If-Range: the range if nothing changed, else everything', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'body');
    const range = 'bytes=0-0';
    assert.equal((await alice.get(name, 'key', { range, 'if-range': MATCH })).text, 'b');
    for (const value of [OTHER, `W/${MATCH}`, PAST, FUTURE]) {
      const answer = await alice.get(name, 'key', { range, 'if-range': value });
      assert.deepEqual([answer.status, answer.text], [200, 'body'], value);
    }
  });

  test('If-None-Match: * creates and never replaces', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const only = { 'if-none-match': '*' };
    assert.equal((await alice.put(name, 'key', 'first', only)).status, 200);
    const again = await alice.put(name, 'key', 'second', only);
    assert.deepEqual(
      [again.status, again.code, element(again.text, 'Condition')],
      [412, 'PreconditionFailed', 'If-None-Match'],
    );
    assert.equal((await alice.get(name, 'key')).text, 'first');
    await alice.delete(name, 'key');
    assert.equal((await alice.put(name, 'key', 'third', only)).status, 200);
    const etag = await alice.put(name, 'key', 'x', { 'if-none-match': MATCH });
    assert.deepEqual([etag.status, etag.code], [501, 'NotImplemented']);
  });

  test('If-Match replaces exactly what was seen', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const absent = await alice.put(name, 'key', 'x', { 'if-match': MATCH });
    assert.deepEqual([absent.status, absent.code], [404, 'NoSuchKey']);
    await alice.put(name, 'key', 'body');
    const stale = await alice.put(name, 'key', 'x', { 'if-match': OTHER });
    assert.deepEqual([stale.status, stale.code], [412, 'PreconditionFailed']);
    assert.equal((await alice.put(name, 'key', 'new', { 'if-match': MATCH })).status, 200);
    assert.equal((await alice.get(name, 'key')).text, 'new');
  });

  test('rule 09: If-Match tells nothing to writers who may not read', async () => {
    const { alice, bob, bucket } = world();
    const name = await bucket({ 'x-amz-acl': 'public-read-write' });
    await alice.put(name, 'key', 'body');
    for (const etag of [MATCH, OTHER]) {
      assert.equal((await bob.put(name, 'key', 'x', { 'if-match': etag })).code, 'AccessDenied');
    }
    assert.equal((await alice.get(name, 'key')).text, 'body');
  });

  test('rule 29: of racing creations exactly one wins', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    for (let round = 0; round < 5; round += 1) {
      const key = `race-${round}`;
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) => alice.put(name, key, `writer ${index}`, { 'if-none-match': '*' })),
      );
      const winners = answers.flatMap(({ status }, index) => (status === 200 ? [index] : []));
      assert.equal(winners.length, 1, `round ${round}`);
      assert(answers.every(({ status }) => status === 200 || status === 412 || status === 409));
      assert.equal((await alice.get(name, key)).text, `writer ${winners[0]}`);
    }
  });

  test('rule 29: of racing replacements of one version exactly one wins', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'body');
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => alice.put(name, 'key', `writer ${index}`, { 'if-match': MATCH })),
    );
    const winners = answers.flatMap(({ status }, index) => (status === 200 ? [index] : []));
    assert.equal(winners.length, 1);
    assert.equal((await alice.get(name, 'key')).text, `writer ${winners[0]}`);
  });

  test('a counter that is read and replaced under If-Match loses no step', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'counter', '0');
    const step = async (): Promise<void> => {
      for (;;) {
        const seen = await alice.get(name, 'counter');
        const next = String(Number.parseInt(seen.text, 10) + 1);
        const answer = await alice.put(name, 'counter', next, { 'if-match': seen.headers.etag ?? '' });
        if (answer.status === 200) return;
        assert([412, 409].includes(answer.status), answer.text);
      }
    };
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let count = 0; count < 4; count += 1) await step();
      }),
    );
    assert.equal((await alice.get(name, 'counter')).text, '32');
  });
});
