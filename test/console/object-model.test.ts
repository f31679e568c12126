/** What the object drawer knows without a page: metadata and its limit, tags, locks, how an object may be shown. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draftOf, localTime, lockVerdict } from '../../console/src/drawers/object/lock-rules.ts';
import {
  appliedTo,
  changeCount,
  grantHeaders,
  isSavable,
  keptHeaders,
  type Metadata,
  metadataBytes,
  metadataOf,
  NO_SYSTEM,
  pairProblems,
  rewriteOf,
} from '../../console/src/drawers/object/metadata.ts';
import { taggedWith, tagProblems } from '../../console/src/drawers/object/tags.ts';
import { indented, shownAs, textIn } from '../../console/src/preview/kinds.ts';
import { EVERYONE } from '../../console/src/s3/access.ts';
import type { ObjectHead } from '../../console/src/s3/objects.ts';

const HEAD: ObjectHead = Object.freeze({
  ...{ size: 3, modifiedAt: 0, etag: 'e', contentType: 'text/plain', metadata: { owner: 'ana', 'kind-of': 'Zürich' } },
  ...{ tagCount: 0, checksums: {} },
});
const META: Metadata = metadataOf(HEAD);

test('user metadata is counted as S3 counts it: UTF-8 bytes of names and values, at most 2048', () => {
  assert.equal(metadataBytes(META.pairs), 'owner'.length + 3 + 'kind-of'.length + 7);
  const full = { system: NO_SYSTEM, pairs: [{ name: 'a', value: 'x'.repeat(2047) }] };
  assert.ok(isSavable(full));
  assert.ok(!isSavable({ system: NO_SYSTEM, pairs: [{ name: 'a', value: `${'x'.repeat(2046)}ü` }] }));
});

test('names of metadata are tokens, said once; values have no controls and no spaces at their ends', () => {
  const pairs = [
    { name: 'ok', value: '' },
    { name: '', value: 'x' },
    { name: 'a b', value: 'x' },
    { name: 'OK', value: 'x' },
    { name: 'c', value: 'a\nb' },
    { name: 'd', value: ' a' },
    { name: 'e', value: 'x' },
    { name: 'é', value: 'x' },
  ];
  const expected = [undefined, 'noName', 'badName', 'twice', 'badValue', 'badValue', undefined, 'badName'];
  assert.deepEqual(pairProblems(pairs), expected);
});

test('saving says every header again, empty ones not, and counts what differs', () => {
  const edited = { system: { ...META.system, cacheControl: 'no-cache ', contentType: '' }, pairs: META.pairs };
  const rewrite = rewriteOf(edited);
  assert.equal(rewrite.cacheControl, 'no-cache');
  assert.equal(rewrite.contentType, undefined);
  assert.deepEqual(rewrite.metadata, HEAD.metadata);
  assert.equal(changeCount(META, edited), 2);
  assert.equal(changeCount(META, { ...META, pairs: [] }), 2);
});

test('a copy onto itself says what it would lose: ACL, lock, hold, encryption', () => {
  const owner = { id: 'a' };
  const own = { grantee: { type: 'id' as const, id: 'a' }, permission: 'FULL_CONTROL' as const };
  assert.deepEqual(grantHeaders({ owner, grants: [own] }), {});
  const everyone = { grantee: { type: 'group' as const, uri: EVERYONE }, permission: 'READ' as const };
  const acl = { owner, grants: [own, everyone] };
  assert.deepEqual(grantHeaders(acl), {
    'x-amz-grant-full-control': 'id="a"',
    'x-amz-grant-read': `uri="${EVERYONE}"`,
  });
  const locked = { ...HEAD, lockMode: 'COMPLIANCE', lockUntil: 2000, legalHold: true, encryption: 'AES256' };
  const kept = keptHeaders(locked, acl, 1000);
  assert.equal(kept['x-amz-object-lock-retain-until-date'], '1970-01-01T00:00:02.000Z');
  assert.equal(kept['x-amz-object-lock-legal-hold'], 'ON');
  assert.equal(kept['x-amz-server-side-encryption'], 'AES256');
  assert.equal(keptHeaders(locked, acl, 3000)['x-amz-object-lock-mode'], undefined, 'a lock that has ended');
});

test('a change of a folder keeps what it does not name', () => {
  const change = {
    ...{ system: { ...NO_SYSTEM, cacheControl: 'no-store' }, set: [{ name: 'Owner', value: 'ben' }] },
    remove: ['KIND-OF'],
  };
  const after = appliedTo(META, change);
  assert.equal(after.system.contentType, 'text/plain');
  assert.equal(after.system.cacheControl, 'no-store');
  assert.deepEqual(after.pairs, [{ name: 'Owner', value: 'ben' }]);
});

test('tags are held to the rules of S3', () => {
  const tag = (key: string, value = ''): { key: string; value: string } => ({ key, value });
  const tags = [tag('a', 'b c@é'), tag(''), tag('a'), tag('aws:x'), tag('x*'), tag('y', '<'), tag('z'.repeat(129))];
  const expected = [undefined, 'noKey', 'twice', 'reserved', 'badKey', 'badValue', 'longKey'];
  assert.deepEqual(tagProblems(tags), expected);
  assert.deepEqual(taggedWith([tag('a', '1'), tag('b', '2')], [tag('a', '3')], ['b']), [tag('a', '3')]);
});

test('a lock can always be made longer; less takes governance and the right to bypass', () => {
  const now = Date.UTC(2026, 4, 3);
  const DAY = 86_400_000;
  const until = now + 10 * DAY;
  const governance = { mode: 'GOVERNANCE' as const, until };
  const compliance = { mode: 'COMPLIANCE' as const, until };
  const draft = (mode: 'GOVERNANCE' | 'COMPLIANCE', days: number) => ({ mode, until: localTime(now + days * DAY) });
  const none = { mode: 'none' as const, until: '' };
  assert.equal(lockVerdict(undefined, draft('COMPLIANCE', 1), now), 'fine');
  assert.equal(lockVerdict(undefined, draft('COMPLIANCE', -1), now), 'past');
  assert.equal(lockVerdict(undefined, { mode: 'GOVERNANCE', until: '' }, now), 'noDate');
  assert.equal(lockVerdict(governance, draft('GOVERNANCE', 11), now), 'fine');
  assert.equal(lockVerdict(governance, draft('GOVERNANCE', 9), now), 'needsBypass');
  assert.equal(lockVerdict(governance, none, now), 'needsBypass');
  assert.equal(lockVerdict(compliance, none, now), 'compliance');
  assert.equal(lockVerdict(compliance, draft('COMPLIANCE', 11), now), 'fine');
  assert.equal(lockVerdict(compliance, draft('GOVERNANCE', 11), now), 'compliance');
  assert.equal(lockVerdict(governance, draftOf(governance, now), now), 'fine', 'left as it is');
});

test('we decide how an object is shown; HTML and scripts are text, what is unknown goes by its name', () => {
  assert.deepEqual(shownAs('a', 'text/html; charset=utf-8'), { kind: 'text', type: 'text/plain' });
  assert.equal(shownAs('a', 'application/xhtml+xml')?.kind, 'text');
  assert.deepEqual(shownAs('a', 'IMAGE/SVG+XML'), { kind: 'image', type: 'image/svg+xml' });
  assert.equal(shownAs('a.html', 'image/png')?.type, 'image/png');
  assert.equal(shownAs('x/a.PDF', 'binary/octet-stream')?.kind, 'pdf');
  assert.equal(shownAs('x.json/a', undefined), undefined);
  assert.equal(shownAs('a.exe', undefined), undefined);
  assert.equal(shownAs('a.constructor', undefined), undefined);
  assert.equal(
    shownAs('a.png', 'application/x-msdownload'),
    undefined,
    'what it says of itself and is not on the list',
  );
  assert.equal(shownAs('a', 'application/geo+json')?.kind, 'json');
});

test('text is text: a character cut in half is left out, bytes that are none are told', () => {
  const bytes = new TextEncoder().encode('Zürich');
  assert.equal(textIn(bytes.subarray(0, 2), false), 'Z');
  assert.equal(textIn(new Uint8Array([1, 0, 2]), true), undefined);
  assert.equal(textIn(new Uint8Array([0x5a, 0xfc]), true), 'Zü');
  assert.equal(textIn(new Uint8Array([0xff, 0xfe, 0x41, 0]), true), 'A');
  assert.equal(indented('{"a":1}'), '{\n  "a": 1\n}');
  assert.equal(indented('{"a":'), '{"a":');
});
