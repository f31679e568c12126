/**
 * One process that does with the bare driver what Moraine needs of Cassandra: writes the same bytes as rows of the same
 * size, reads them, reads a page of rows. The ceiling that `bench/cassandra.ts` holds Moraine against: no HTTP, no signature,
 * no checksum, no metadata.
 */

import { createHash, randomUUID } from 'node:crypto';
import cassandra from 'cassandra-driver';

export interface RawJob {
  readonly operation: 'PUT' | 'GET' | 'LIST';
  /** Objects, or pages. */
  readonly count: number;
  /** Objects on their way at a time. */
  readonly concurrency: number;
  readonly size: number;
}
export interface RawResult {
  readonly seconds: number;
}
export interface RawStart {
  readonly contactPoints: readonly string[];
  readonly dataCentre: string;
  readonly chunkBytes: number;
  readonly chunksInFlight: number;
  /** CREATE statements of the keyspace and of the tables as the engine makes them. */
  readonly schema: readonly string[];
  readonly keyspace: string;
}
export type ToRaw = { readonly start: RawStart } | { readonly job: RawJob } | 'end';

/** A listed row: about what a record of an object without metadata takes. */
const ROW_BYTES = 350;
const PAGE = 1000;
/** Of one statement. */
const ATTEMPTS = 6;
const { localOne, localQuorum } = cassandra.types.consistencies;

class RawDriver {
  readonly #client: cassandra.Client;
  readonly #how: RawStart;
  readonly #blobs: string[] = [];
  readonly #shard = randomUUID();

  constructor(how: RawStart) {
    this.#how = how;
    this.#client = new cassandra.Client({
      contactPoints: [...how.contactPoints],
      localDataCenter: how.dataCentre,
      protocolOptions: { port: Number(how.contactPoints[0]?.split(':')[1]) },
      pooling: { coreConnectionsPerHost: { [cassandra.types.distance.local]: 2 } },
    });
  }

  async start(): Promise<void> {
    await this.#client.connect();
    for (const cql of this.#how.schema) await this.#client.execute(cql);
    for (let row = 0; row < PAGE; row++) {
      await this.#execute('INSERT INTO head (shard, k, v) VALUES (?, ?, ?)', [
        this.#shard,
        Buffer.from(`object-${row}`),
        Buffer.alloc(ROW_BYTES, row),
      ]);
    }
  }

  end(): Promise<void> {
    return this.#client.shutdown();
  }

  /** Sent again when a busy node was late: so does Moraine. */
  async #execute(cql: string, values: readonly unknown[], consistency = localQuorum) {
    const text = cql.replace(/(INTO|FROM) (\w+)/, `$1 ${this.#how.keyspace}.$2`);
    const options = { prepare: true, consistency, isIdempotent: true, fetchSize: PAGE };
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#client.execute(text, [...values], options);
      } catch (error) {
        if (attempt === ATTEMPTS || !(error instanceof Error) || !/timeout/i.test(error.message)) throw error;
      }
    }
  }

  async run({ operation, count, concurrency, size }: RawJob): Promise<RawResult> {
    const bytes = Buffer.alloc(size, createHash('sha512').update(`moraine ${size}`).digest());
    const one = {
      PUT: () => this.#put(bytes),
      GET: (number: number) => this.#get(this.#blobs[number % this.#blobs.length] ?? '', size),
      LIST: () => this.#execute('SELECT k, v FROM head WHERE shard = ? LIMIT 1000', [this.#shard]),
    }[operation];
    if (operation === 'PUT') this.#blobs.length = 0;
    const started = performance.now();
    let next = 0;
    const lane = async () => {
      for (let number = next++; number < count; number = next++) await one(number);
    };
    await Promise.all(Array.from({ length: concurrency }, lane));
    return { seconds: (performance.now() - started) / 1000 };
  }

  /** All chunks of one object, a few at a time. */
  async #each(size: number, chunk: (at: number, number: number) => Promise<unknown>): Promise<void> {
    const { chunkBytes, chunksInFlight } = this.#how;
    let number = 0;
    const lane = async () => {
      for (let mine = number++; mine * chunkBytes < size; mine = number++) await chunk(mine * chunkBytes, mine);
    };
    await Promise.all(Array.from({ length: chunksInFlight }, lane));
  }

  async #put(bytes: Buffer): Promise<void> {
    const blob = randomUUID();
    const { chunkBytes } = this.#how;
    await this.#each(bytes.length, (at, number) =>
      this.#execute('INSERT INTO chunk (blob, seg, n, d) VALUES (?, ?, ?, ?)', [
        blob,
        Math.floor(number / 32),
        number % 32,
        bytes.subarray(at, at + chunkBytes),
      ]),
    );
    this.#blobs.push(blob);
  }

  async #get(blob: string, size: number): Promise<void> {
    await this.#each(size, async (_, number) => {
      const { rowLength } = await this.#execute(
        'SELECT d FROM chunk WHERE blob = ? AND seg = ? AND n = ?',
        [blob, Math.floor(number / 32), number % 32],
        localOne,
      );
      if (rowLength !== 1) throw new Error(`the bare driver found ${rowLength} rows where one was written`);
    });
  }
}

let driver: RawDriver | undefined;
process.on('message', async (message: ToRaw) => {
  if (message === 'end') return driver?.end().then(() => process.disconnect?.());
  if ('start' in message) {
    driver = new RawDriver(message.start);
    await driver.start();
    process.send?.({ seconds: 0 } satisfies RawResult);
    return;
  }
  if (driver === undefined) return;
  const result = await driver.run(message.job);
  process.send?.(result);
});
