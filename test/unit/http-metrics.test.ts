import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/base/limits.ts';
import { type AccessRecord, createLog } from '../../src/base/log.ts';
import {
  createEngineMetrics,
  createRequestMetrics,
  registrySource,
  startMetricsServer,
} from '../../src/http/metrics.ts';
import { rawRequest } from '../support/raw-client.ts';

const place = { listen: { host: '127.0.0.1', port: 0 }, limits: LIMITS, log: createLog('silent', () => {}) };

const record = (change: Partial<AccessRecord>): AccessRecord => ({
  requestId: 'R',
  operation: 'GetObject',
  method: 'GET',
  bucket: 'bucket',
  key: 'key',
  status: 200,
  code: undefined,
  bytesIn: 0,
  bytesOut: 10,
  durationMs: 3,
  complete: true,
  accessKeyId: 'K',
  remote: '127.0.0.1',
  userAgent: 'x',
  ...change,
});

test('metrics count requests by operation and class of status, and name no bucket, key or client', async (t) => {
  const requests = createRequestMetrics(() => 3);
  const engine = createEngineMetrics({
    usage: async () => ({ buckets: 2, bodyBytes: 100, trashBytes: 5 }),
    health: async () => ({
      wanted: 2,
      minimum: 1,
      copies: [
        { place: 'a', state: 'up', reason: '' },
        { place: 'b', state: 'down', reason: 'it burned' },
      ],
    }),
  });
  requests.observe(record({}));
  requests.observe(record({ status: 404, bytesOut: 7 }));
  requests.observe(record({ operation: 'PutObject', bytesIn: 4096, bytesOut: 0 }));
  requests.observe(record({ operation: undefined, status: 0, bytesOut: 0 }));
  const server = await startMetricsServer({
    ...place,
    sources: [registrySource(requests.registry), registrySource(engine)],
    ready: async () => true,
  });
  t.after(() => server.stop());
  const answer = await rawRequest({ origin: `http://127.0.0.1:${server.port}`, method: 'GET', target: '/metrics' });
  const metrics = answer.body.toString();
  for (const line of [
    'moraine_request_duration_seconds_count{operation="GetObject",status="2xx"} 1',
    'moraine_request_duration_seconds_count{operation="GetObject",status="4xx"} 1',
    'moraine_request_duration_seconds_count{operation="PutObject",status="2xx"} 1',
    'moraine_request_duration_seconds_count{operation="unknown",status="none"} 1',
    'moraine_received_bytes_total 4096',
    'moraine_sent_bytes_total 17',
    'moraine_requests_in_flight 3',
    'moraine_buckets 2',
    'moraine_body_bytes 100',
    'moraine_trash_bytes 5',
    'moraine_copies_wanted 2',
    'moraine_copies 1',
  ]) {
    assert.ok(metrics.includes(`${line}\n`), line);
  }
  assert.doesNotMatch(metrics, /"bucket"|"key"|127\.0\.0\.1/);
});

test('a figure that the engine does not tell is left out, and comes back when it does', async () => {
  let trashBytes: number | undefined;
  const engine = createEngineMetrics({
    usage: async () => ({ buckets: undefined, bodyBytes: undefined, trashBytes }),
    health: async () => ({ wanted: 1, minimum: 1, copies: [] }),
  });
  assert.doesNotMatch(await engine.metrics(), /^moraine_(buckets|body_bytes|trash_bytes) /m);
  trashBytes = 7;
  assert.match(await engine.metrics(), /^moraine_trash_bytes 7$/m);
});

test('health says that the process runs, readiness that it can serve', async (t) => {
  let ready: () => Promise<boolean> = async () => true;
  const server = await startMetricsServer({ ...place, sources: [], ready: () => ready() });
  t.after(() => server.stop());
  const status = async (target: string, method = 'GET') =>
    (await rawRequest({ origin: `http://127.0.0.1:${server.port}`, method, target })).status;
  assert.deepEqual(
    [await status('/healthz'), await status('/readyz'), await status('/readyz?verbose')],
    [200, 200, 200],
  );
  ready = async () => {
    throw new Error('no engine');
  };
  assert.deepEqual([await status('/healthz'), await status('/readyz')], [200, 503]);
  assert.deepEqual([await status('/'), await status('/metrics', 'POST')], [404, 405]);
});
