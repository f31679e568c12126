/** What the Console says of sizes, times, failures and addresses; and that each of its languages says all of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiFailure } from '../../console/src/api/client.ts';
import { toldOf } from '../../console/src/failures.ts';
import { browserSearch, parseSearch, stringifySearch } from '../../console/src/frame/search.ts';
import { account } from '../../console/src/text/en/account.ts';
import { acl } from '../../console/src/text/en/acl.ts';
import { audit } from '../../console/src/text/en/audit.ts';
import { bucketDrawer } from '../../console/src/text/en/bucket-drawer.ts';
import { connect } from '../../console/src/text/en/connect.ts';
import { cors } from '../../console/src/text/en/cors.ts';
import { en } from '../../console/src/text/en/index.ts';
import { object } from '../../console/src/text/en/object.ts';
import { operate } from '../../console/src/text/en/operate.ts';
import { policy } from '../../console/src/text/en/policy.ts';
import { preview } from '../../console/src/text/en/preview.ts';
import { share } from '../../console/src/text/en/share.ts';
import { transfers } from '../../console/src/text/en/transfers.ts';
import { LANGUAGE_CODES, languageFor, loadLanguage } from '../../console/src/text/languages.ts';
import { agoText, sizeText, timeText } from '../../console/src/ui/format.ts';

const LOCALE = 'en-GB';

test('sizes count by 1000, with one digit behind the point below 100', () => {
  const words = [0, 1, 999, 1000, 1500, 14_100_000, 100_000_000, 3.2e9, 1.9e12].map((bytes) => sizeText(bytes, LOCALE));
  assert.deepEqual(words, [
    '0 bytes',
    '1 byte',
    '999 bytes',
    '1 kB',
    '1.5 kB',
    '14.1 MB',
    '100 MB',
    '3.2 GB',
    '1.9 TB',
  ]);
});

test('a time of today is an hour, another one a day; how long ago is said in the largest unit', () => {
  const now = new Date(2026, 4, 3, 18, 0).getTime();
  assert.equal(timeText(new Date(2026, 4, 3, 9, 12).getTime(), LOCALE, now), '09:12');
  assert.equal(timeText(new Date(2026, 0, 9, 9, 12).getTime(), LOCALE, now), '9 Jan 2026');
  assert.equal(agoText(now - 2 * 3_600_000, LOCALE, now), '2 hours ago');
  assert.equal(agoText(now + 3 * 86_400_000, LOCALE, now), 'in 3 days');
});

test('a failure says what happened, the server’s words, what to do and which request it was', () => {
  const failure = new ApiFailure(403, { code: 'AccessDenied', message: 'The key is read-only.', requestId: '7F3A' });
  const told = toldOf(failure, en);
  assert.equal(told.title, 'You may not do this.');
  assert.equal(told.detail, 'The key is read-only.');
  assert.equal(told.requestId, '7F3A');
  assert(told.denied && told.next !== undefined);
});

test('a code that nobody has words for shows the server’s, never the bare code', () => {
  const told = toldOf(new ApiFailure(418, { code: 'ImATeapot', message: 'Short and stout.' }), en);
  assert.equal(told.title, en.failures.unknown);
  assert.equal(told.detail, 'Short and stout.');
});

test('what never reached the store is told as that', () => {
  assert.equal(toldOf(new TypeError('Failed to fetch'), en).title, en.failures.unreachable.title);
});

test('addresses carry keys as they are, and drop what a page does not know', () => {
  for (const prefix of ['2026/', '1', 'true', '{}', 'a b+c', '../..//x', 'ü\u202e', '"']) {
    const search = parseSearch(stringifySearch({ prefix, sort: undefined }));
    assert.deepEqual(browserSearch(search), { prefix });
  }
  assert.deepEqual(browserSearch({ prefix: 'a/', evil: 'x', q: 7 }), { prefix: 'a/' });
  assert.equal(stringifySearch({}), '');
});

const ENGLISH = {
  text: en,
  areas: {
    account: { account, connect },
    audit,
    objects: { object, preview, share },
    operate: { operate },
    settings: { acl, bucketDrawer, cors, policy },
    transfers,
  },
};

/** What entries are, by their paths. */
function shapeOf(catalogue: object, path = ''): ReadonlyMap<string, string> {
  const shape = new Map<string, string>();
  for (const [name, entry] of Object.entries(catalogue)) {
    const at = `${path}/${name}`;
    if (typeof entry === 'object') for (const [below, kind] of shapeOf(entry, at)) shape.set(below, kind);
    else if (typeof entry === 'function') shape.set(at, `of ${entry.length}`);
    // What is put into it, and whether it says something at all.
    else
      shape.set(at, entry === '' ? 'nothing' : ['text', ...(entry.match(/\{\w+\}|`[^`]*`/g) ?? []).sort()].join(' '));
  }
  return shape;
}

for (const code of LANGUAGE_CODES.filter((one) => one !== 'en'))
  test(`${code} says all that English says, of the same things`, async () => {
    const { text, areas, locale } = await loadLanguage(code);
    assert.ok(locale.startsWith(`${code}-`));
    const [said, wanted] = [shapeOf({ text, areas: areas ?? {} }), shapeOf(ENGLISH)];
    const paths = new Set([...said.keys(), ...wanted.keys()]);
    const different = [...paths].filter((path) => said.get(path) !== wanted.get(path));
    assert.deepEqual(
      different.map((path) => `${path}: ${said.get(path)} instead of ${wanted.get(path)}`),
      [],
    );
  });

test('a browser gets the first language that it wants and that there is', () => {
  assert.equal(languageFor(['rm', 'de-CH', 'en']), 'de');
  assert.equal(languageFor(['DE']), 'de');
  assert.equal(languageFor(['pt-BR', 'ja']), 'en');
  assert.equal(languageFor([]), 'en');
});
