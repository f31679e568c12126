/** What operators see: health, usage and errors; and how what buckets hold is counted. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { noteScrub } from '../../src/admin/trail.ts';
import { systemClock } from '../../src/base/clock.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { createLog } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import { startUsage } from '../../src/jobs/usage.ts';
import type { AuditEvent, Bucket, ObjectVersion } from '../../src/model/entities.ts';
import { putObject } from '../support/api-tour.ts';
import { member, startApi, text } from '../support/api-world.ts';
import { createMemoryEngine } from '../support/memory-engine.ts';

const FIGURES = `# HELP moraine_request_duration_seconds Time
moraine_request_duration_seconds_count{operation="GetObject",status="2xx"} 10
moraine_request_duration_seconds_count{operation="PutObject",status="2xx"} 5
moraine_request_duration_seconds_count{operation="PutObject",status="4xx"} 3
moraine_request_duration_seconds_count{operation="GetObject",status="5xx"} 2
moraine_request_duration_seconds_sum{operation="GetObject",status="5xx"} 99
moraine_requests_in_flight 4
moraine_received_bytes_total 1000
moraine_sent_bytes_total 2.5e6
`;

test('health says how many copies there are and what the front end has done', async (t) => {
  const inner = createMemoryEngine();
  const copies = [
    { place: '/d1', state: 'up', reason: '', capacity: { total: 100, free: 9 } },
    { place: '/d2', state: 'rebuilding', reason: '40%' },
    { place: '/d3', state: 'down', reason: 'it is not there' },
  ] as const;
  const engine = {
    ...inner,
    upkeep: { ...inner.upkeep, health: async () => ({ wanted: 3, minimum: 1, copies }) },
  };
  const { call, olga, ana } = await startApi(t, { engine, figures: FIGURES });
  const { json } = await call('GET', '/health', { as: olga });
  assert.deepEqual(
    ['state', 'wanted', 'minimum', 'whole'].map((name) => member(json, name)),
    ['short', 3, 1, 1],
  );
  assert.deepEqual(member(json, 'copies', 0), { place: '/d1', state: 'up', reason: '', totalBytes: 100, freeBytes: 9 });
  assert.deepEqual(member(json, 'requests'), {
    ...{ total: 20, refused: 3, failed: 2, inFlight: 4, receivedBytes: 1000, sentBytes: 2_500_000 },
  });
  assert.equal((await call('GET', '/health', { as: ana })).status, 403);
});

test('health says when the store was scrubbed last', async (t) => {
  const { call, engine, olga } = await startApi(t);
  await noteScrub({ rows: engine.rows, clock: systemClock, random: systemRandom }, { healed: 2, lost: 1 });
  const { json } = await call('GET', '/health', { as: olga });
  assert.deepEqual([member(json, 'lastScrub', 'healed'), member(json, 'lastScrub', 'lost')], [2, 1]);
  const never = await startApi(t);
  assert.equal(member((await never.call('GET', '/health', { as: never.olga })).json, 'lastScrub'), undefined);
});

test('requests that failed are told newest first, in pages', async (t) => {
  const { call, engine, olga } = await startApi(t);
  const now = Date.now();
  const event = (n: number): AuditEvent => ({
    ...{ id: `${String(now).padStart(13, '0')}-${n}`, at: now, actor: { kind: 'stranger' } },
    ...{ action: 'request.PutObject', target: 'photos/a', from: '192.0.2.7', requestId: `R${n}` },
    details: { code: 'SlowDown', status: '503', method: 'PUT', claimed: 'KEY' },
  });
  await engine.rows.noteActivity('failures', [event(1), event(2)]);
  const first = await call('GET', '/errors?limit=1', { as: olga });
  assert.deepEqual(
    ['requestId', 'status', 'code', 'method', 'operation', 'target', 'claimed'].map((name) =>
      member(first.json, 'errors', 0, name),
    ),
    ['R2', 503, 'SlowDown', 'PUT', 'PutObject', 'photos/a', 'KEY'],
  );
  const second = await call('GET', `/errors?before=${text(first.json, 'next')}`, { as: olga });
  assert.deepEqual([text(second.json, 'errors', 0, 'requestId'), member(second.json, 'next')], ['R1', undefined]);
});

test('of more accounts than are told, the largest are, and that there are others', async (t) => {
  const api = await startApi(t, { limits: { usageAccounts: 1, usageRestMs: 5, usageIntervalMs: 5 } });
  await putObject(api, api.ana, 1000);
  await putObject(api, api.bob, 5000);
  for (;;) {
    const { json } = await api.call('GET', '/usage', { as: api.olga });
    if (member(json, 'more') === undefined) continue;
    assert.deepEqual([text(json, 'accounts', 0, 'name'), Object(member(json, 'accounts')).length], ['bob', 1]);
    return;
  }
});

const version = (key: string, more: object = {}): ObjectVersion =>
  Object({ key, kind: 'object', size: 10, isCurrent: true, versionId: key, ...more });

/** Buckets of so many keys, of which every twentieth is deleted and every other tenth has an older version. */
function storeOf(counts: Readonly<Record<string, number>>) {
  const buckets: readonly Bucket[] = Object.keys(counts).map((name) => Object({ id: name, name, owner: 'ana' }));
  const versions = (name: string) =>
    Array.from({ length: counts[name] ?? 0 }, (_, n) => {
      const key = String(n).padStart(6, '0');
      if (n % 20 === 0) return [version(key, { kind: 'delete-marker', size: 0 })];
      return n % 10 === 0 ? [version(key), version(key, { isCurrent: false, versionId: 'old' })] : [version(key)];
    }).flat();
  const rows = {
    pages: 0,
    scanBuckets: async () => buckets,
    scanUploads: async () => [],
    async scanVersions(
      id: string,
      from: { readonly key: string; readonly afterVersion?: string } | undefined,
      limit: number,
    ) {
      this.pages += 1;
      const all = versions(id);
      const last = all.findIndex(({ key, versionId }) => key === from?.key && versionId === from.afterVersion);
      return all.slice(last + 1, last + 1 + limit);
    },
  };
  return { rows, buckets };
}

function usageOver(t: TestContext, rows: ReturnType<typeof storeOf>['rows']) {
  const waits: number[] = [];
  const wait = async (ms: number, signal: AbortSignal) => {
    waits.push(ms);
    await new Promise<void>((resolve) => {
      if (ms < LIMITS.usageRestMs || signal.aborted) setImmediate(resolve);
      else signal.addEventListener('abort', () => resolve());
    });
  };
  const limits = { ...LIMITS, usageAtOnce: 100 };
  const usage = startUsage({ rows, clock: systemClock, limits, log: createLog('info', () => {}), wait });
  t.after(() => usage.stop());
  const counted = async () => {
    while (usage.countedAt() === undefined) await new Promise((resolve) => setImmediate(resolve));
  };
  return { usage, waits, counted };
}

test('what a bucket holds is counted page by page, with pauses, and is told as of when', async (t) => {
  const { rows, buckets } = storeOf({ large: 2500, small: 40 });
  const { usage, waits, counted } = usageOver(t, rows);
  const [large] = buckets;
  assert.ok(large !== undefined);
  // Not counted yet: at least what is seen at once.
  assert.equal((await usage.of(large)).complete, false);
  await counted();
  const whole = await usage.of(large);
  assert.deepEqual(
    [whole.objects, whole.deleteMarkers, whole.versions, whole.bytes, whole.versionBytes, whole.complete],
    [2375, 125, 125, 23_750, 1250, true],
  );
  assert.ok(waits.filter((ms) => ms >= LIMITS.usageBreathMs && ms < LIMITS.usageRestMs).length >= 2);
  assert.deepEqual(
    usage.known().map(({ bucket, objects }) => [bucket, objects]),
    [
      ['large', 2375],
      ['small', 38],
    ],
  );
});

test('a small bucket is counted when it is asked for, a large one is not counted again', async (t) => {
  const counts = { large: 2500, small: 40 };
  const { rows, buckets } = storeOf(counts);
  const { usage, counted } = usageOver(t, rows);
  await counted();
  const [large, small] = buckets;
  assert.ok(large !== undefined && small !== undefined);
  const before = rows.pages;
  counts.small = 42;
  assert.equal((await usage.of(small)).objects, 39);
  await usage.of(large);
  assert.equal(rows.pages - before, 1);
});
