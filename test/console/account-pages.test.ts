/** What pages of accounts and operators work out: sentences of the trail, what is at stake, sums, and whether a key was used just now. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Api } from '../../console/src/api/client.ts';
import type { AuditEvent, FailedRequest } from '../../console/src/api/shapes.ts';
import { filterOf, formOf } from '../../console/src/audit/filter.ts';
import { questionOf, sentenceOf, toldOnce } from '../../console/src/audit/sentence.ts';
import { agentName, heardOf } from '../../console/src/pages/account/listening.ts';
import { totalOf } from '../../console/src/pages/buckets/totals.ts';
import { holdingsOf } from '../../console/src/pages/operate/holdings.ts';
import { recentErrors } from '../../console/src/pages/operate/recent-errors.ts';
import { audit } from '../../console/src/text/en/audit.ts';
import { operate } from '../../console/src/text/en/operate.ts';

const NOW = Date.UTC(2026, 4, 3, 10, 4);
const ANA = { kind: 'account', accountId: 'a1', name: 'ana', accessKeyId: 'MRN1' } as const;

const event = (action: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  ...{ id: '1', at: new Date(NOW).toISOString(), actor: ANA, action, target: 'atlas/a.csv', from: '10.0.0.7' },
  ...{ details: {}, ...more },
});
const said = (one: AuditEvent): string =>
  sentenceOf(one, audit)
    .map(({ text }) => text)
    .join('');

test('an event is a sentence that names who, what and from where', () => {
  assert.equal(said(event('object.DeleteObject')), 'ana deleted atlas/a.csv from 10.0.0.7');
  const marker = event('object.DeleteObject', { details: { version: 'v', 'delete marker': 'made' } });
  assert.equal(said(marker), 'ana deleted atlas/a.csv (a delete marker hides it) from 10.0.0.7');
  const version = event('object.DeleteObject', { details: { version: 'v' } });
  assert.equal(said(version), 'ana deleted a version of atlas/a.csv from 10.0.0.7');
  const local = event('account.change', {
    actor: { kind: 'local' },
    target: 'ben',
    details: { role: 'tenant → operator' },
  });
  assert.equal(said(local), 'The command line changed the account ben (role)');
  const stranger = event('account.sign-in-failed', { actor: { kind: 'stranger' }, target: 'nobody' });
  assert.equal(said(stranger), 'A stranger failed to sign in with a name or key that nobody has from 10.0.0.7');
});

test('what nobody has words for is said with its own, and braces in a key are no names', () => {
  assert.equal(said(event('bucket.PutBucketNovelty')), 'ana did bucket.PutBucketNovelty to atlas/a.csv from 10.0.0.7');
  const parts = sentenceOf(event('object.DeleteObject', { target: 'atlas/{who}' }), audit);
  assert.deepEqual(parts[2], { kind: 'target', text: 'atlas/{who}' });
});

test('what S3 had a say in can be explained, and nothing else', () => {
  const question = { principal: 'a1', action: 's3:DeleteObject', resource: 'atlas/a.csv' };
  assert.deepEqual(questionOf(event('object.DeleteObject')), question);
  const stranger = event('object.DeleteObject', { actor: { kind: 'stranger' } });
  assert.deepEqual(questionOf(stranger), { ...question, principal: 'anonymous' });
  assert.equal(questionOf(event('key.revoke')), undefined);
});

test('what a trail is searched for goes through the form unchanged', () => {
  for (const filter of [
    {},
    { action: 'key.' },
    { action: 'bucket.PutBucketAcl', who: 'ana' },
    { target: 'photos/*' },
  ]) {
    assert.deepEqual(filterOf(formOf(filter)), filter);
  }
  assert.equal(formOf({ action: 'object.DeleteObject' }).kind, 'deleted');
});

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) Chrome/156';

test('a key is connected by a request that came after the page was opened, whenever it is told', () => {
  const at = new Date(NOW).toISOString();
  const key = { accessKeyId: 'MRN1', accountId: 'a1', createdAt: at, allowV2: true, state: 'active', at } as const;
  const listener = { opened: at, browser: BROWSER };
  const used = (ms: number, by: string) => ({ ...key, lastUsedAt: new Date(NOW + ms).toISOString(), lastUsedBy: by });
  assert.equal(heardOf(key, listener).kind, 'nothing');
  assert.equal(heardOf(used(-1000, 'rclone/v1.70'), listener).kind, 'other');
  assert.equal(heardOf(used(1, 'rclone/v1.70'), listener).kind, 'connected');
  assert.equal(heardOf(used(1, BROWSER.slice(0, 20)), listener).kind, 'other');
  assert.deepEqual(
    [agentName(BROWSER, 'a browser'), agentName('rclone/v1.70', 'a browser')],
    ['a browser', 'rclone/v1.70'],
  );
});

const FIGURES = { objects: 1, versions: 0, deleteMarkers: 0, uploads: 0, countedAt: '2026-05-03T10:00:00Z' };

test('a sum of buckets says when it is not all', () => {
  const one = { bucket: 'atlas', bytes: 3, versionBytes: 1, complete: true, ...FIGURES };
  const other = { ...one, bucket: 'site', bytes: 10 };
  const usage = new Map([one, other].map((each) => [each.bucket, each]));
  assert.deepEqual(totalOf(['atlas', 'site'], usage), { bytes: 15, atLeast: false });
  assert.deepEqual(totalOf(['atlas', 'new'], usage), { bytes: 4, atLeast: true });
  assert.deepEqual(totalOf(['site'], new Map([['site', { ...other, complete: false }]])), { bytes: 11, atLeast: true });
  assert.equal(totalOf(['new'], usage), undefined);
});

/** Answers by the end of the path; keys come in two pages. */
function apiOf(keys: number): Api {
  const key = (n: number) => ({ accessKeyId: `K${n}`, state: n === 0 ? 'revoked' : 'active' });
  const answers: Readonly<Record<string, (after: unknown) => object>> = {
    keys: (after) => {
      const rest = Array.from({ length: keys }, (_, n) => key(n)).slice(after === undefined ? 0 : 1000);
      return { keys: rest.slice(0, 1000), ...(rest.length > 1000 ? { next: 'K999' } : {}) };
    },
    usage: () => ({ buckets: [{ bucket: 'atlas', bytes: 3, versionBytes: 1, complete: false }] }),
    sessions: () => ({ sessions: [{}], complete: true }),
    shares: () => ({ shares: [] }),
  };
  const get = async (path: string, asked: { query?: { after?: unknown } } = {}) =>
    answers[path.split('/').at(-1) ?? '']?.(asked.query?.after);
  // @ts-expect-error: only what is asked here is answered.
  return { get };
}

test('what is at stake is counted over all pages, and only keys that work count', async () => {
  const asked = { account: 'a1', now: NOW, signal: new AbortController().signal };
  const found = await holdingsOf(apiOf(1200), asked);
  assert.deepEqual(found, { keys: 1199, sessions: 1, shares: 0, atLeast: false, buckets: 1, bytes: 4, moreData: true });
  assert.equal(operate.accounts.reach(found), '1,199 keys that work, 1 session and 0 links');
});

test('failed requests of a day are counted by their answer; a page that ends within the day says since when', () => {
  const failed = (minutes: number, status: number, code: string): FailedRequest => ({
    ...{ id: `${minutes}`, at: new Date(NOW - minutes * 60_000).toISOString(), status, code, method: 'GET' },
    ...{ operation: 'GetObject', target: 'atlas/a', actor: ANA, from: '10.0.0.7' },
  });
  const errors = [failed(1, 403, 'AccessDenied'), failed(2, 503, 'SlowDown'), failed(3, 403, 'AccessDenied')];
  const denied = { status: 403, code: 'AccessDenied', many: 2, last: NOW - 60_000 };
  assert.deepEqual(recentErrors(errors, false, NOW).groups[0], denied);
  assert.equal(recentErrors(errors, false, NOW).since, undefined);
  assert.equal(recentErrors(errors, true, NOW).since, NOW - 180_000);
  const old = [...errors, failed(2000, 500, 'InternalError')];
  assert.deepEqual([recentErrors(old, true, NOW).since, recentErrors(old, true, NOW).groups.length], [undefined, 2]);
});

test('renewals that follow each other are told once, with their number; others never', () => {
  const at = (minute: number) => `2026-05-02T10:0${minute}:00.000Z`;
  const renewed = (minute: number, more: Partial<AuditEvent> = {}) =>
    event('account.renew-session', { target: 'ana', at: at(minute), ...more });
  const events = [
    ...[renewed(9), renewed(8), renewed(7)],
    ...[event('object.DeleteObject', { at: at(6) }), event('object.DeleteObject', { at: at(5) })],
    ...[renewed(4), renewed(3, { from: '10.0.0.9' }), renewed(2, { from: '10.0.0.9' })],
  ];
  assert.deepEqual(
    toldOnce(events).map((told) => [told.event.at, told.times, told.since]),
    [
      [at(9), 3, at(7)],
      [at(6), 1, at(6)],
      [at(5), 1, at(5)],
      [at(4), 1, at(4)],
      [at(3), 2, at(2)],
    ],
  );
});
