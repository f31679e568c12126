/** A listening front whose line is the test's own: for what happens on the connection, whatever S3 makes of it. */

import type { TestContext } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { LIMITS, type Limits } from '../../src/base/limits.ts';
import { type AccessRecord, createLog, type Log } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import { type RunningServer, startFrontServer } from '../../src/http/front-server.ts';
import { createPeerOf } from '../../src/http/peer.ts';
import type { Arrival, Pipeline } from '../../src/http/pipeline.ts';
import { createS3Voice } from '../../src/http/s3-voice.ts';
import type { Certificate } from '../../src/http/tls.ts';
import type { Reply } from '../../src/ops/types.ts';
import { RawConnection } from './raw-connection.ts';

export interface TestFront extends RunningServer {
  /** Closed with the test. */
  connect(): Promise<RawConnection>;
  /** What the access log was told, oldest first. */
  readonly records: readonly AccessRecord[];
  /** Lines of the log, parsed. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

export interface TestFrontOptions {
  readonly limits?: Partial<Limits>;
  readonly tls?: Certificate;
  readonly proxies?: readonly string[];
}

/** Stopped with the test. */
export async function startTestFront(
  t: TestContext,
  pipeline: Pipeline,
  options: TestFrontOptions = {},
): Promise<TestFront> {
  const records: AccessRecord[] = [];
  const lines: Record<string, unknown>[] = [];
  const log: Log = createLog('debug', (line) => lines.push(JSON.parse(line)));
  const running = await startFrontServer({
    pipeline,
    peerOf: createPeerOf(options.proxies ?? []),
    clock: systemClock,
    limits: { ...LIMITS, sweepMs: 10, ...options.limits },
    random: systemRandom,
    listen: { host: '127.0.0.1', port: 0 },
    log,
    voice: createS3Voice({ random: systemRandom, limits: LIMITS, sandbox: true }),
    tls: options.tls,
    observe: (record) => records.push(record),
  });
  const clients: RawConnection[] = [];
  const connect = async () => {
    const client = await RawConnection.open(running.port);
    clients.push(client);
    return client;
  };
  let stopped: Promise<boolean> | undefined;
  const stop = () => {
    stopped ??= running.stop();
    return stopped;
  };
  t.after(async () => {
    for (const client of clients) client.destroy();
    await stop();
  });
  return { ...running, stop, connect, records, lines };
}

/** Reads the whole body, as a handler would. */
export async function readAll(arrival: Arrival): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of arrival.body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export const text = (body: string): Reply => ({
  status: 200,
  headers: { 'Content-Type': 'text/plain' },
  body: Buffer.from(body),
});

/** Waits until `condition` holds; the test's own time limit ends a wait in vain. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
