/**
 * Every pair of conditions on a write × every state of its key × every operation that takes them, over HTTP. Source: "How to
 * prevent object overwrites with conditional writes" in the S3 user guide: `If-None-Match: *` or `If-Match`, not both. One
 * engine serves; that conditions are compared in the commit is proved over each in `test/contract/s3-races.test.ts`.
 */

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { type Answer, Client, md5Hex } from '../support/s3-world.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { PART_MIN, Upload } from '../support/upload.ts';

const ETAG = `"${md5Hex('body')}"`;
const OTHER = `"${md5Hex('other')}"`;
const IF_MATCH = [undefined, ETAG, ETAG.slice(1, -1), OTHER, `${OTHER}, ${ETAG}`, `W/${ETAG}`, '*'] as const;
const IF_NONE_MATCH = [undefined, '*', ETAG, OTHER] as const;
const STATES = ['absent', 'object', 'deleted', 'marker', 'below a marker'] as const;
type State = (typeof STATES)[number];

interface Pair {
  readonly match: (typeof IF_MATCH)[number];
  readonly noneMatch: (typeof IF_NONE_MATCH)[number];
}

function expected({ match, noneMatch }: Pair, state: State): readonly [number, string?] {
  const isThere = state === 'object';
  if (noneMatch !== undefined && (match !== undefined || noneMatch !== '*')) return [501, 'NotImplemented'];
  if (noneMatch === '*') return isThere ? [412, 'PreconditionFailed'] : [200];
  if (match === undefined) return [200];
  if (!isThere) return [404, 'NoSuchKey'];
  return match.startsWith('W/') || match === OTHER ? [412, 'PreconditionFailed'] : [200];
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
let server: TestServer;
let alice: Client;

before(async () => {
  server = await startTestServer({ limits: { partBytesMin: PART_MIN } });
  alice = new Client([server], await server.addAccount('alice'), agent);
});

after(async () => {
  agent.destroy();
  await server.stop();
});

async function bucketIn(state: State, name: string): Promise<void> {
  await alice.send('PUT', { bucket: name });
  if (state === 'marker' || state === 'below a marker') {
    const body = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
    assert.equal((await alice.send('PUT', { bucket: name, query: { versioning: '' }, body })).status, 200);
  }
  if (state !== 'absent' && state !== 'marker') await alice.put(name, 'key', 'body');
  if (state !== 'absent' && state !== 'object') await alice.delete(name, 'key');
}

type Write = (bucket: string, conditions: Readonly<Record<string, string>>) => Promise<Answer>;

const WRITES: Readonly<Record<string, Write>> = {
  PutObject: (bucket, conditions) => alice.put(bucket, 'key', 'new', conditions),
  async CopyObject(bucket, conditions) {
    await alice.put(bucket, 'source', 'new');
    const headers = { 'x-amz-copy-source': `${bucket}/source`, ...conditions };
    return alice.send('PUT', { bucket, key: 'key', headers });
  },
  async CompleteMultipartUpload(bucket, conditions) {
    const upload = await Upload.begin(alice, bucket);
    return upload.complete(await upload.fill([Buffer.from('new')]), conditions);
  },
};

interface Case extends Pair {
  readonly state: State;
}

const CASES: readonly Case[] = STATES.flatMap((state) =>
  IF_MATCH.flatMap((match) => IF_NONE_MATCH.map((noneMatch) => ({ state, match, noneMatch }))),
);

async function check(write: Write, bucket: string, one: Case): Promise<void> {
  const { state, match, noneMatch } = one;
  await bucketIn(state, bucket);
  const conditions = {
    ...(match !== undefined && { 'if-match': match }),
    ...(noneMatch !== undefined && { 'if-none-match': noneMatch }),
  };
  const about = `${state} ${JSON.stringify(conditions)}`;
  const answer = await write(bucket, conditions);
  const [status, code] = expected(one, state);
  assert.deepEqual([answer.status, answer.code], [status, code], about);
  const left = await alice.get(bucket, 'key');
  const before = state === 'object' ? 'body' : undefined;
  assert.equal(left.status === 200 ? left.text : undefined, status === 200 ? 'new' : before, about);
}

for (const [operation, write] of Object.entries(WRITES)) {
  test(`${operation}: every pair of conditions is answered as S3 documents it, and changes nothing when it fails`, async () => {
    assert.equal(CASES.length, 5 * 7 * 4);
    const bucket = (index: number): string => `${operation.toLowerCase()}-${index}`;
    await Promise.all(CASES.map((one, index) => check(write, bucket(index), one)));
  });
}
