/**
 * `npm run bench:cassandra`: what Moraine gets out of a Cassandra ring beside what the bare driver gets out of the same ring in
 * the same run, with the same bytes in rows of the same size. Prints ratios; all share this machine's cores, so bare figures
 * say nothing.
 *
 *   npm run bench:cassandra -- --rounds 3        fewer rounds (the default is 5, medians are printed)
 *   npm run bench:cassandra -- --raw             each measurement as a line of JSON too
 */

import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { argv, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startRing } from '../scripts/cassandra/ring.ts';
import { regionKeyspace, schemaStatements } from '../src/store/cassandra/database/tables.ts';
import { TUNING } from '../src/store/cassandra/tuning.ts';
import { startClusterServer } from '../test/support/cluster-server.ts';
import { Connection } from './connection.ts';
import type { Job } from './load.ts';
import { Load } from './measure.ts';
import type { RawJob, RawResult, RawStart, ToRaw } from './raw-driver.ts';
import { type Access, Requests } from './requests.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const WARM_UP = 2;
const LISTED = 1000;

interface Line extends RawJob {
  readonly name: string;
}
/** One at a time shows the latency, several the throughput. */
const LINES: readonly Line[] = [
  { name: 'PUT 8 MiB, 1 at a time', operation: 'PUT', count: 12, concurrency: 1, size: 8 * MiB },
  { name: 'GET 8 MiB, 1 at a time', operation: 'GET', count: 16, concurrency: 1, size: 8 * MiB },
  { name: 'PUT 8 MiB, 4 at a time', operation: 'PUT', count: 24, concurrency: 4, size: 8 * MiB },
  { name: 'GET 8 MiB, 4 at a time', operation: 'GET', count: 32, concurrency: 4, size: 8 * MiB },
  { name: 'PUT 4 KiB, 1 at a time', operation: 'PUT', count: 150, concurrency: 1, size: 4 * KiB },
  { name: 'GET 4 KiB, 1 at a time', operation: 'GET', count: 300, concurrency: 1, size: 4 * KiB },
  { name: 'PUT 4 KiB, 16 at a time', operation: 'PUT', count: 800, concurrency: 16, size: 4 * KiB },
  { name: 'GET 4 KiB, 16 at a time', operation: 'GET', count: 1600, concurrency: 16, size: 4 * KiB },
  { name: 'LIST 1,000 keys, 1 at a time', operation: 'LIST', count: 40, concurrency: 1, size: LISTED },
];

function print(line: string): void {
  stdout.write(`${line}\n`);
}

class Raw implements AsyncDisposable {
  readonly #child: ChildProcess = fork(fileURLToPath(new URL('raw-driver.ts', import.meta.url)));

  async ask(message: ToRaw): Promise<RawResult> {
    const waiting = new AbortController();
    const { signal } = waiting;
    const ended = once(this.#child, 'exit', { signal }).then(() => undefined);
    ended.catch(() => {});
    try {
      this.#child.send(message);
      const [answer]: RawResult[] = (await Promise.race([once(this.#child, 'message', { signal }), ended])) ?? [];
      if (answer === undefined) throw new Error('the process of the bare driver ended');
      return answer;
    } finally {
      waiting.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.send('end' satisfies ToRaw);
    await once(this.#child, 'exit');
  }
}

async function createBucket(access: Access, name: string): Promise<void> {
  const body = { length: 0, sha256: createHash('sha256').digest('hex') };
  const connection = await Connection.open(access.port);
  const head = new Requests(access, new Date()).head({ method: 'PUT', path: `/${name}`, body });
  const { status } = await connection.send(head);
  connection.close();
  if (status !== 200) throw new Error(`the creation of ${name} was answered with ${status}`);
}

function jobOf({ operation, count, concurrency, size }: Line, access: Access, round: number): Job {
  const common = { access, operation, count, connections: concurrency, first: 0, hashed: size < MiB };
  const written = { ...common, bucket: 'bench', prefix: `${size}-`, keys: count, size };
  if (operation === 'LIST') return { ...common, bucket: 'listed', prefix: 'object-', keys: LISTED, size: 0 };
  // What is read was written in the round before under the same names; each round writes new ones.
  const keys = Math.min(
    ...LINES.filter((line) => line.operation === 'PUT' && line.size === size).map((line) => line.count),
  );
  return operation === 'PUT'
    ? { ...written, prefix: `${size}-${round}-` }
    : { ...written, prefix: `${size}-${round}-`, keys };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function measure(
  line: Line,
  parts: { readonly load: Load; readonly raw: Raw; readonly access: Access },
  round: number,
) {
  const { load, raw, access } = parts;
  const ours = async () => (await load.run(jobOf(line, access, round))).seconds;
  const theirs = async () => (await raw.ask({ job: line })).seconds;
  // Every other round in the other order.
  if (round % 2 === 0) return { moraine: await ours(), driver: await theirs() };
  const driver = await theirs();
  return { moraine: await ours(), driver };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: argv.slice(2),
    options: { rounds: { type: 'string', default: '5' }, raw: { type: 'boolean', default: false } },
  });
  await using ring = await startRing({ nodes: 3, log: print });
  const [node] = ring.nodes;
  if (node === undefined) throw new Error('the ring has no nodes');
  await using server = await startClusterServer(ring, { workers: 1 });
  const access: Access = {
    port: server.port,
    credentials: { accessKey: server.accessKey, secretKey: server.secretKey },
  };
  await using raw = new Raw();
  using load = new Load(1);
  const prefix = 'bare';
  const region = 'bench';
  const start: RawStart = {
    contactPoints: ring.contactPoints,
    dataCentre: node.dataCentre,
    chunkBytes: TUNING.chunkBytes,
    chunksInFlight: TUNING.chunksInFlight,
    keyspace: regionKeyspace(prefix, region),
    schema: schemaStatements({ prefix, regions: { [region]: [node.dataCentre] }, replication: 3 }),
  };
  await raw.ask({ start });
  for (const bucket of ['bench', 'listed']) await createBucket(access, bucket);
  const filled = {
    access,
    bucket: 'listed',
    prefix: 'object-',
    first: 0,
    keys: LISTED,
    count: LISTED,
    connections: 16,
  };
  await load.run({ ...filled, operation: 'PUT', size: 0, hashed: true });

  const ratios = new Map<Line, number[]>(LINES.map((line) => [line, []]));
  for (let round = -WARM_UP; round < Number(values.rounds); round++) {
    for (const line of LINES) {
      const seconds = await measure(line, { load, raw, access }, round + WARM_UP);
      if (round < 0) continue;
      ratios.get(line)?.push(seconds.driver / seconds.moraine);
      if (values.raw) print(JSON.stringify({ round, line: line.name, ...seconds }));
    }
    print(round < 0 ? 'warming up' : `round ${round + 1} of ${values.rounds} done`);
  }
  print('\n| Moraine ÷ bare driver | rate | lowest and highest round |');
  print('| --- | ---: | --- |');
  for (const [line, found] of ratios) {
    const range = `${Math.min(...found).toFixed(2)} to ${Math.max(...found).toFixed(2)}`;
    print(`| ${line.name} | ${median(found).toFixed(2)} | ${range} |`);
  }
  print(
    '\n1 is the speed of the bare driver, which writes and reads the same bytes in rows of the same size and nothing else:',
  );
  print('no rows of metadata, no HTTP, no signature, no checksum. Ring, servers and load share the same cores.');
}

await main();
