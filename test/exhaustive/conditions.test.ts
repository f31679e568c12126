/**
 * Every set of the four conditional headers × every kind of value each can have × GET and HEAD, and the same of a copy's source:
 * over HTTP, beside the steps of RFC 9110 section 13.2.2 written out anew.
 *
 * Beyond the RFC: S3 takes ETags without quotes, ignores an If-Modified-Since of the future, answers 412 to all conditions of a
 * copy, and documents two pairs ("GetObject", "CopyObject"), which are here by name. One engine serves: conditions are judged
 * on what it returned.
 */

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { httpDate } from '../../src/wire/values.ts';
import { type Answer, Client, element, header, md5Hex } from '../support/s3-world.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const ETAG = `"${md5Hex('body')}"`;
const OTHER = `"${md5Hex('other')}"`;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** How a condition evaluates; `ignored`: as if the header were not there. */
type Value = 'true' | 'false' | 'ignored';
interface Case {
  readonly text: string | undefined;
  readonly is: Value;
}

const ABSENT: Case = { text: undefined, is: 'ignored' };
/** Section 13.1.1: strong comparison. */
const IF_MATCH: readonly Case[] = [
  ABSENT,
  { text: '*', is: 'true' },
  { text: ETAG, is: 'true' },
  { text: ETAG.slice(1, -1), is: 'true' },
  { text: `${OTHER} ,, ${ETAG}`, is: 'true' },
  { text: OTHER, is: 'false' },
  { text: `W/${ETAG}`, is: 'false' },
];
/** Section 13.1.2: weak comparison; true when nothing matches. */
const IF_NONE_MATCH: readonly Case[] = [
  ABSENT,
  { text: '*', is: 'false' },
  { text: ETAG, is: 'false' },
  { text: `W/${ETAG}`, is: 'false' },
  { text: `${OTHER}, W/${ETAG}`, is: 'false' },
  { text: OTHER, is: 'true' },
];
const date = (after: number): string => httpDate(modifiedAt + after);
/** Section 13.1.3. Now is a minute after the change. */
const ifModifiedSince = (): readonly Case[] => [
  ABSENT,
  { text: date(-SECOND), is: 'true' },
  { text: date(0), is: 'false' },
  { text: date(30 * SECOND), is: 'false' },
  { text: date(60 * MINUTE), is: 'ignored' },
  { text: new Date(modifiedAt).toISOString(), is: 'ignored' },
];
/** Section 13.1.4. */
const ifUnmodifiedSince = (): readonly Case[] => [
  ABSENT,
  { text: date(-SECOND), is: 'false' },
  { text: date(0), is: 'true' },
  { text: date(60 * MINUTE), is: 'true' },
  { text: `${date(-SECOND)}, ${date(-SECOND)}`, is: 'ignored' },
];

interface Request {
  readonly match: Case;
  readonly noneMatch: Case;
  readonly modified: Case;
  readonly unmodified: Case;
}

function* requests(): Iterable<Request> {
  for (const match of IF_MATCH)
    for (const noneMatch of IF_NONE_MATCH)
      for (const modified of ifModifiedSince())
        for (const unmodified of ifUnmodifiedSince()) yield { match, noneMatch, modified, unmodified };
}

/** Section 13.2.2, its steps: the condition that ends the request, and the status it gives a GET or HEAD. */
function stepsOf({ match, noneMatch, modified, unmodified }: Request): readonly [status: number, by?: string] {
  // 1. and 2.
  if (match.text !== undefined) {
    if (match.is === 'false') return [412, 'If-Match'];
  } else if (unmodified.is === 'false') return [412, 'If-Unmodified-Since'];
  // 3. and 4.
  if (noneMatch.text !== undefined) {
    if (noneMatch.is === 'false') return [304, 'If-None-Match'];
  } else if (modified.is === 'false') return [304, 'If-Modified-Since'];
  // 6.
  return [200];
}

const headersOf = ({ match, noneMatch, modified, unmodified }: Request, prefix = ''): Record<string, string> => ({
  ...(match.text !== undefined && { [`${prefix}if-match`]: match.text }),
  ...(noneMatch.text !== undefined && { [`${prefix}if-none-match`]: noneMatch.text }),
  ...(modified.text !== undefined && { [`${prefix}if-modified-since`]: modified.text }),
  ...(unmodified.text !== undefined && { [`${prefix}if-unmodified-since`]: unmodified.text }),
});

/** At a time, so that the sum of many small waits stays small. */
const PARALLEL = 16;
const BUCKET = 'bucket';
const agent = new http.Agent({ keepAlive: true, maxSockets: PARALLEL });
let server: TestServer;
let nobody: Client;
let modifiedAt = 0;

before(async () => {
  let aheadMs = 0;
  const clock = { now: () => systemClock.now() + aheadMs, monotonic: () => systemClock.monotonic() };
  server = await startTestServer({ clock });
  const alice = new Client([server], await server.addAccount('alice'), agent);
  nobody = new Client([server], undefined, agent);
  await alice.send('PUT', { bucket: BUCKET, headers: { 'x-amz-acl': 'public-read-write' } });
  const stored = { 'x-amz-acl': 'public-read', 'cache-control': 'max-age=1', 'x-amz-meta-name': 'value' };
  await alice.put(BUCKET, 'key', 'body', stored);
  modifiedAt = Date.parse(header(await alice.head(BUCKET, 'key'), 'last-modified'));
  aheadMs = MINUTE;
});

after(async () => {
  agent.destroy();
  await server.stop();
});

async function each(check: (request: Request) => Promise<void>): Promise<number> {
  const all = [...requests()];
  for (let at = 0; at < all.length; at += PARALLEL) await Promise.all(all.slice(at, at + PARALLEL).map(check));
  return all.length;
}

function assertRead(answer: Answer, [status, by]: ReturnType<typeof stepsOf>, about: string): void {
  assert.equal(answer.status, status, about);
  if (status === 412) {
    // A HEAD has no document to say which.
    if (answer.text !== '') assert.equal(element(answer.text, 'Condition'), by, about);
    return;
  }
  assert.equal(header(answer, 'etag'), ETAG, about);
  assert.equal(header(answer, 'last-modified'), httpDate(modifiedAt), about);
  assert.equal(header(answer, 'cache-control'), 'max-age=1', about);
  if (status === 200) return;
  // Section 15.4.5: nothing about a content that is not there.
  assert.deepEqual(
    [answer.body.length, Object.keys(answer.headers).filter((name) => /^content-(?!security)/.test(name))],
    [0, []],
  );
}

test('every set of conditions on GET and HEAD is answered by the steps of RFC 9110', async () => {
  const count = await each(async (request) => {
    const headers = headersOf(request);
    const about = JSON.stringify(headers);
    const got = await nobody.get(BUCKET, 'key', headers);
    assertRead(got, stepsOf(request), about);
    assert.equal(got.text === 'body', got.status === 200, about);
    assert.equal(got.text === '', got.status === 304, about);
    assertRead(await nobody.head(BUCKET, 'key', headers), stepsOf(request), about);
  });
  assert.equal(count, 7 * 6 * 6 * 5);
});

test('every set of conditions on the source of a copy is answered by the same steps, with 412', async () => {
  const prefix = 'x-amz-copy-source-';
  await each(async (request) => {
    const [status, by] = stepsOf(request);
    const headers = { 'x-amz-copy-source': `${BUCKET}/key`, ...headersOf(request, prefix) };
    const answer = await nobody.send('PUT', { bucket: BUCKET, key: 'copy', headers });
    const expected = by === undefined ? [200, undefined] : [412, `x-amz-copy-source-${by}`];
    assert.deepEqual([answer.status, element(answer.text, 'Condition')], expected, JSON.stringify([headers, status]));
  });
});

test('the pairs that S3 documents by name', async () => {
  const read = (headers: Readonly<Record<string, string>>) => nobody.get(BUCKET, 'key', headers);
  const [past, later] = [date(-SECOND), date(30 * SECOND)];
  assert.equal((await read({ 'if-match': ETAG, 'if-unmodified-since': past })).status, 200);
  assert.equal((await read({ 'if-none-match': ETAG, 'if-modified-since': past })).status, 304);
  const copy = (match: string, since: string, value: string) =>
    nobody.send('PUT', {
      bucket: BUCKET,
      key: 'copy',
      headers: {
        'x-amz-copy-source': `${BUCKET}/key`,
        [`x-amz-copy-source-if-${match}`]: ETAG,
        [`x-amz-copy-source-if-${since}`]: value,
      },
    });
  assert.equal((await copy('match', 'unmodified-since', past)).status, 200);
  assert.equal((await copy('none-match', 'modified-since', past)).status, 412);
  assert.equal((await copy('none-match', 'modified-since', later)).status, 412);
});
