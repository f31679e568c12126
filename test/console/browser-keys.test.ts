/** The keyboard of the list, names and prefixes, keys made visible, names of buckets. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Meant, meantBy, moved, typedTo } from '../../console/src/pages/browser/keys.ts';
import {
  crumbsOf,
  extensionOf,
  folderOf,
  kindOf,
  nameOf,
  nameProblem,
  publicUrls,
  s3Uri,
  shownName,
} from '../../console/src/pages/browser/names.ts';
import { isGoodName, judgeName, otherNames } from '../../console/src/pages/buckets/bucket-name.ts';
import { keyParts, plainKey, splitKey } from '../../console/src/ui/key-parts.ts';

const NONE = { ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };
const press = (key: string, held: Partial<typeof NONE> = {}, letters = true): Meant | undefined =>
  meantBy({ ...NONE, ...held, key }, letters, false);
const acts = (meant: Meant | undefined): string | undefined => (meant?.kind === 'act' ? meant.act : meant?.kind);

test('keys of the list mean what the map says', () => {
  assert.deepEqual(press('ArrowDown'), { kind: 'move', move: 'down', how: 'only' });
  assert.deepEqual(press('End', { shiftKey: true }), { kind: 'move', move: 'last', how: 'extend' });
  assert.deepEqual(press('ArrowUp', { metaKey: true }), { kind: 'move', move: 'up', how: 'focus' });
  const wanted: Readonly<Record<string, string>> = {
    Enter: 'open',
    Backspace: 'up',
    ' ': 'toggle',
    F2: 'rename',
    Delete: 'delete',
    v: 'preview',
    i: 'details',
    w: 'why',
  };
  for (const [key, meaning] of Object.entries(wanted)) assert.equal(acts(press(key)), meaning, key);
  assert.equal(acts(press('a', { ctrlKey: true })), 'all');
  assert.equal(acts(press('v', { metaKey: true })), 'paste');
  assert.equal(acts(press('F10', { shiftKey: true })), 'menu');
  assert.equal(acts(press('ArrowLeft', { altKey: true })), 'back');
});

test('single letters can be switched off and are then names; keys of the whole page never are', () => {
  assert.equal(acts(press('d', {}, false)), 'type');
  assert.equal(acts(press('z')), 'type');
  assert.equal(press('/'), undefined);
  assert.equal(press('k', { ctrlKey: true }), undefined);
  assert.equal(press('Shift', { shiftKey: true }), undefined);
  assert.deepEqual(meantBy({ ...NONE, key: 'd' }, true, true), { kind: 'type', character: 'd' });
});

test('moves stay within the rows', () => {
  const rows = { count: 10, across: 1, page: 4 };
  assert.equal(moved(-1, 'down', rows), 0);
  assert.equal(moved(8, 'pageDown', rows), 9);
  assert.equal(moved(3, 'pageUp', rows), 0);
  assert.equal(moved(3, 'right', rows), 3);
  assert.equal(moved(3, 'down', { ...rows, across: 5 }), 8);
  assert.equal(moved(0, 'down', { ...rows, count: 0 }), -1);
});

test('typing goes to the next name that begins so, round the end', () => {
  const names = ['alps', 'boat', 'Beta', 'cat'];
  assert.equal(typedTo(names, 0, 'b'), 1);
  assert.equal(typedTo(names, 1, 'b'), 2);
  assert.equal(typedTo(names, 2, 'b'), 1);
  assert.equal(typedTo(names, 1, 'be'), 2);
  assert.equal(typedTo(names, 0, 'x'), -1);
});

test('prefixes are folders, two slashes make one without a name', () => {
  assert.deepEqual(crumbsOf('maps/2026/'), [
    { name: 'maps', prefix: 'maps/' },
    { name: '2026', prefix: 'maps/2026/' },
  ]);
  assert.deepEqual(
    crumbsOf('a//').map(({ name }) => name),
    ['a', ''],
  );
  assert.deepEqual(crumbsOf('a/b').at(-1), { name: 'b', prefix: 'a/b' });
  assert.equal(folderOf('maps/2026/'), 'maps/');
  assert.equal(folderOf('maps/2026/a'), 'maps/2026/');
  assert.equal(folderOf('a'), '');
  assert.equal(nameOf('maps/2026/'), '2026');
  assert.equal(shownName({ kind: 'folder', key: 'a//' }, 'a/'), '');
  assert.equal(kindOf({ kind: 'folder', key: 'a.png/' }), 'folder');
  assert.equal(extensionOf('x/.profile'), '');
  assert.equal(extensionOf('x.tar.GZ'), 'gz');
});

test('a name that cannot be one says which rule it breaks', () => {
  assert.equal(nameProblem(' ', ''), 'empty');
  assert.equal(nameProblem('a/b', ''), 'slash');
  assert.equal(nameProblem('..', ''), 'dots');
  assert.equal(nameProblem('é'.repeat(510), 'abcde'), 'long');
  assert.equal(nameProblem('.hidden', 'x/'), undefined);
});

test('public addresses come in both forms; command lines are quoted', () => {
  const at = { endpoint: 'https://s3.example.org:9000', bucketDomain: 's3.example.org' };
  assert.deepEqual(publicUrls(at, 'atlas', 'a b/ü(1).tif'), [
    'https://s3.example.org:9000/atlas/a%20b/%C3%BC%281%29.tif',
    'https://atlas.s3.example.org:9000/a%20b/%C3%BC%281%29.tif',
  ]);
  assert.equal(publicUrls(at, 'my.site', 'x').length, 1);
  assert.equal(publicUrls({ endpoint: 'http://127.0.0.1:9000' }, 'b', 'x').length, 1);
  assert.equal(s3Uri('b', 'x/y.txt'), 's3://b/x/y.txt');
  assert.equal(s3Uri('b', "it's $HOME"), "'s3://b/it'\\''s $HOME'");
});

test('what does not show in a key becomes a chip with its code point', () => {
  assert.equal(plainKey('invoice\u202Efdp.exe'), 'invoice⟨U+202E⟩fdp.exe');
  assert.equal(plainKey('a\u0000\n'), 'a⟨U+0000⟩⟨U+000A⟩');
  assert.equal(plainKey('end '), 'end⟨U+0020⟩');
  assert.equal(plainKey(' a  b c'), '⟨U+0020⟩a ⟨U+0020⟩b c');
  assert.equal(plainKey('a\u00A0b'), 'a⟨U+00A0⟩b');
  assert.equal(plainKey('\uD800x'), '⟨U+D800⟩x');
  assert.equal(plainKey('👩\u200D🚀 ok'), '👩\u200D🚀 ok');
  assert.equal(plainKey('a\u200Db'), 'a⟨U+200D⟩b');
  assert.deepEqual(
    keyParts('a\u202Eb').map(({ kind, at }) => [kind, at]),
    [
      ['text', 0],
      ['chip', 1],
      ['text', 2],
    ],
  );
});

test('long keys are cut in the middle, never within a character', () => {
  assert.deepEqual(splitKey('short.txt'), ['short.txt', '']);
  const [head, tail] = splitKey(`${'x'.repeat(40)}${'👩\u200D🚀'.repeat(12)}`);
  assert.equal(tail, '👩\u200D🚀'.repeat(12));
  assert.equal(head, 'x'.repeat(40));
});

test('names of buckets are judged rule by rule', () => {
  const broken = (name: string): readonly string[] =>
    judgeName(name).flatMap(({ rule, holds }) => (holds ? [] : [rule]));
  assert.deepEqual(broken('holiday-photos'), []);
  assert.deepEqual(broken('ab'), ['length']);
  assert.deepEqual(broken('Atlas'), ['characters', 'ends']);
  assert.deepEqual(broken('a..b'), ['dots']);
  assert.deepEqual(broken('192.168.0.1'), ['address']);
  assert.deepEqual(broken('xn--abc'), ['reserved']);
  assert.equal(isGoodName(''), false);
  assert.deepEqual(otherNames('atlas', 'Ana!', 2026), ['atlas-2026', 'ana-atlas']);
});
