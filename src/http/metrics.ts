/**
 * Figures and health for the operator, on a port of their own, loopback unless configured otherwise.
 *
 * `/metrics` in Prometheus' text form, `/healthz`: this process runs, `/readyz`: it can serve now. With several workers
 * each keeps its own figures and the primary adds them up when it is asked. Labels come from the operation table and
 * never from a client, so their number is bounded. Left out: figures by bucket or account, which have no bound.
 */

import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AccessRecord } from '../base/log.ts';
import type { Upkeep, Usage } from '../store/port.ts';
import {
  type PlainReply,
  type PlainServer,
  type PlainServerOptions,
  plainText,
  startPlainServer,
} from './plain-server.ts';

/** Seconds: an embedded engine answers small requests in about a millisecond; large bodies take as long as they take. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/** Figures of one process that serves. */
export interface RequestMetrics {
  readonly registry: Registry;
  observe(record: AccessRecord): void;
}

export function createRequestMetrics(inFlight: () => number): RequestMetrics {
  const registry = new Registry();
  const registers = [registry];
  const duration = new Histogram({
    name: 'moraine_request_duration_seconds',
    help: 'Time from a request’s head to the last byte of its answer, by S3 operation and class of status.',
    labelNames: ['operation', 'status'],
    buckets: DURATION_BUCKETS,
    registers,
  });
  const received = new Counter({ name: 'moraine_received_bytes_total', help: 'Bytes of request bodies.', registers });
  const sent = new Counter({ name: 'moraine_sent_bytes_total', help: 'Bytes of answer bodies.', registers });
  gauge(registers, 'moraine_requests_in_flight', 'Requests that are being served.', inFlight);
  gauge(registers, 'moraine_resident_memory_bytes', 'Memory of the serving processes.', () =>
    process.memoryUsage.rss(),
  );
  gauge(registers, 'moraine_cpu_seconds', 'Processor time of the serving processes since their start.', cpuSeconds);
  return Object.freeze({
    registry,
    observe: ({ operation, status, durationMs, bytesIn, bytesOut }: AccessRecord) => {
      duration.observe({ operation: operation ?? 'unknown', status: statusClass(status) }, durationMs / 1000);
      if (bytesIn > 0) received.inc(bytesIn);
      if (bytesOut > 0) sent.inc(bytesOut);
    },
  });
}

/** Figures of the store, which all processes share: kept where background work runs. One question each time they are read. */
export function createEngineMetrics(upkeep: Pick<Upkeep, 'usage' | 'health'>): Registry {
  const registry = new Registry();
  const registers = [registry];
  let asked: Promise<Usage> | undefined;
  const ask = () => {
    asked ??= upkeep.usage().finally(() => {
      asked = undefined;
    });
    return asked;
  };
  gauge(registers, 'moraine_buckets', 'Buckets in the store.', async () => (await ask()).buckets);
  gauge(registers, 'moraine_body_bytes', 'Bytes of object bodies, each once.', async () => (await ask()).bodyBytes);
  const trash = 'Bytes that nothing names any more and that wait to be reclaimed.';
  gauge(registers, 'moraine_trash_bytes', trash, async () => (await ask()).trashBytes);
  const wanted = 'Copies of the store that the configuration asks for.';
  gauge(registers, 'moraine_copies_wanted', wanted, async () => (await upkeep.health()).wanted);
  const whole = 'Copies of the store that are whole. Fewer than wanted: a drive failed, or is being rebuilt.';
  gauge(registers, 'moraine_copies', whole, async () => {
    const { copies } = await upkeep.health();
    return copies.filter(({ state }) => state === 'up').length;
  });
  return registry;
}

/** In a worker: lets the primary ask for these figures. */
export function shareWithPrimary(registry: Registry): void {
  AggregatorRegistry.setRegistries(registry);
  new AggregatorRegistry();
}

/** In the primary: the sum of what the workers share, as text. */
export function workersSource(): MetricsSource {
  const aggregator = new AggregatorRegistry();
  return () => aggregator.clusterMetrics();
}

export const registrySource =
  (registry: Registry): MetricsSource =>
  () =>
    registry.metrics();

/** Metrics in Prometheus' text form. Names must differ between sources. */
export type MetricsSource = () => Promise<string>;

export interface MetricsServerOptions extends Omit<PlainServerOptions, 'answer'> {
  readonly sources: readonly MetricsSource[];
  /** Whether requests can be served now; rejects or answers false when not. */
  readonly ready: () => Promise<boolean>;
}

export function startMetricsServer(options: MetricsServerOptions): Promise<PlainServer> {
  const { sources, ready } = options;
  const answer = async (path: string): Promise<PlainReply> => {
    switch (path) {
      case '/metrics':
        return metricsReply(await Promise.all(sources.map((source) => source())));
      case '/healthz':
        return plainText(200, 'ok');
      case '/readyz':
        return (await isReady(ready)) ? plainText(200, 'ready') : plainText(503, 'not ready');
      default:
        return plainText(404, 'Here are /metrics, /healthz and /readyz.');
    }
  };
  return startPlainServer({ ...options, answer });
}

async function isReady(ready: () => Promise<boolean>): Promise<boolean> {
  try {
    return await ready();
  } catch {
    return false;
  }
}

const metricsReply = (texts: readonly string[]): PlainReply => ({
  status: 200,
  headers: { 'Content-Type': Registry.PROMETHEUS_CONTENT_TYPE },
  body: texts
    .filter((text) => text !== '')
    .map((text) => (text.endsWith('\n') ? text : `${text}\n`))
    .join(''),
});

/** A figure that cannot be told is left out. */
function gauge(registers: Registry[], name: string, help: string, read: () => Figure | Promise<Figure>): void {
  new Gauge({
    name,
    help,
    registers,
    async collect() {
      const figure = await read();
      if (figure === undefined) this.remove();
      else this.set(figure);
    },
  });
}

type Figure = number | undefined;

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** `none`: the client went before it was answered. */
const statusClass = (status: number): string => (status === 0 ? 'none' : `${Math.floor(status / 100)}xx`);
