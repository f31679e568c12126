/** A key is bytes: nothing folds, trims or normalises it, and two different keys are always two objects. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { element, elements, md5Base64, overEngines } from '../support/s3-world.ts';
import { uriEncode } from '../support/signer.ts';

const HOSTILE = [
  'plain',
  '/leading',
  'trailing/',
  '/',
  '//',
  'a//b',
  'a/b',
  './a',
  '../a',
  'a/../b',
  'a/./b',
  '.',
  '..',
  'plus+plus',
  'space space',
  ' leading space',
  'trailing space ',
  'percent%',
  'percent%2F',
  'percent%252F',
  'question?mark',
  'hash#tag',
  'amp&equals=',
  'semi;colon,comma',
  'quote"\'`',
  '<xml>&amp;</xml>',
  ']]>',
  'back\\slash',
  'tab\tnewline\nreturn\r',
  'nul\u0000in the middle',
  'bell\u0007delete\u007f',
  'ä',
  'a\u0308',
  'Ä',
  '🏔',
  '\u{10ffff}',
  '\ufffd',
  '\uffff',
  'ключ/鍵/مفتاح',
  'x'.repeat(1024),
  'ü'.repeat(512),
] as const;

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

overEngines((world) => {
  test('every hostile key is an object of its own: put, get, head, copy, list, delete', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    for (const [index, key] of HOSTILE.entries()) {
      const put = await alice.put(name, key, `body ${index}`);
      assert.equal(put.status, 200, `${JSON.stringify(key)} ${put.text}`);
    }
    for (const [index, key] of HOSTILE.entries()) {
      assert.equal((await alice.get(name, key)).text, `body ${index}`, JSON.stringify(key));
      assert.equal((await alice.head(name, key)).status, 200, JSON.stringify(key));
    }
    const listing = await alice.send('GET', { bucket: name, query: { 'list-type': '2', 'encoding-type': 'url' } });
    const listed = elements(listing.text, 'Key').map((key) => decodeURIComponent(key.replaceAll('+', ' ')));
    assert.deepEqual(listed, [...HOSTILE].sort(byBytes));

    for (const [index, key] of HOSTILE.entries()) {
      const source = { 'x-amz-copy-source': `/${name}/${uriEncode(key)}` };
      const copied = await alice.send('PUT', { bucket: name, key: `copy-${index}`, headers: source });
      assert.equal(copied.status, 200, `${JSON.stringify(key)} ${copied.text}`);
      assert.equal((await alice.get(name, `copy-${index}`)).text, `body ${index}`, JSON.stringify(key));
    }
    for (const key of HOSTILE) {
      assert.equal((await alice.delete(name, key)).status, 204);
      assert.equal((await alice.get(name, key)).code, 'NoSuchKey', JSON.stringify(key));
    }
    const left = await alice.send('GET', { bucket: name, query: { 'list-type': '2' } });
    assert.equal(elements(left.text, 'Key').length, HOSTILE.length, 'the copies, and nothing else, are left');
  });

  test('a batch deletes hostile keys, the ones that XML can carry, and none other', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML 1.0 cannot hold
    const carried = HOSTILE.filter((key) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\uffff]/.test(key));
    for (const key of [...carried, 'bystander']) await alice.put(name, key, 'x');
    const reference = (text: string): string =>
      text.replace(/[<>&"'\r\n\t]/g, (character) => `&#x${character.charCodeAt(0).toString(16)};`);
    const body = `<Delete>${carried.map((key) => `<Object><Key>${reference(key)}</Key></Object>`).join('')}</Delete>`;
    const answer = await alice.send('POST', {
      bucket: name,
      query: { delete: '' },
      body,
      headers: { 'content-md5': md5Base64(body) },
    });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(elements(answer.text, 'Error'), []);
    assert.equal(elements(answer.text, 'Deleted').length, carried.length);
    const left = await alice.send('GET', { bucket: name, query: { 'list-type': '2' } });
    assert.deepEqual(elements(left.text, 'Key'), ['bystander']);
  });

  test('a key of 1025 bytes is KeyTooLongError, also as the source of a copy', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    for (const key of ['x'.repeat(1025), `${'ü'.repeat(512)}x`]) {
      const put = await alice.put(name, key, 'x');
      assert.deepEqual([put.status, put.code], [400, 'KeyTooLongError']);
      assert.equal(element(put.text, 'MaxSizeAllowed'), '1024');
      const headers = { 'x-amz-copy-source': `${name}/${uriEncode(key)}` };
      assert.equal((await alice.send('PUT', { bucket: name, key: 'copy', headers })).code, 'KeyTooLongError');
    }
  });
});
