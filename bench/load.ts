/**
 * One process of load: takes a job, makes and signs all its requests, says `ready`, waits for `go`, sends them over its
 * connections as fast as the answers come, and reports. Several run beside each other.
 */

import { createHash } from 'node:crypto';
import { Connection } from './connection.ts';
import { type Access, type Request, Requests } from './requests.ts';

export type Operation = 'PUT' | 'GET' | 'HEAD' | 'LIST';

export interface Job {
  readonly access: Access;
  readonly operation: Operation;
  readonly bucket: string;
  /** Requests of this process in all, over this many connections. */
  readonly count: number;
  readonly connections: number;
  /** Keys are `<prefix><number>`; numbers run from `first` and start again after `keys`. */
  readonly prefix: string;
  readonly first: number;
  readonly keys: number;
  readonly size: number;
  /** Large bodies are sent as clients send them over TLS: not hashed into the signature. */
  readonly hashed: boolean;
}

export interface Result {
  readonly operations: number;
  readonly bytes: number;
  /** Statuses other than 200 and broken connections, with how often. */
  readonly failures: Readonly<Record<string, number>>;
  readonly cpuSeconds: number;
}

export type ToLoad = { readonly job: Job } | 'go';
export type FromLoad = 'ready' | { readonly result: Result };

function bodyOf(size: number): Buffer {
  // Incompressible and the same every time.
  const block = createHash('sha512').update(`moraine ${size}`).digest();
  return Buffer.alloc(size, block);
}

function requestOf(job: Job, body: Request['body'], number: number): Request {
  const { operation, bucket } = job;
  if (operation === 'LIST') return { method: 'GET', path: `/${bucket}`, query: `list-type=2&max-keys=${job.keys}` };
  const path = `/${bucket}/${job.prefix}${job.first + (number % job.keys)}`;
  return operation === 'PUT' ? { method: 'PUT', path, ...(body && { body }) } : { method: operation, path };
}

interface Prepared {
  readonly heads: readonly Buffer[];
  readonly body: Buffer | undefined;
  readonly connections: readonly Connection[];
}

async function prepare(job: Job): Promise<Prepared> {
  const requests = new Requests(job.access, new Date());
  const body = job.operation === 'PUT' ? bodyOf(job.size) : undefined;
  const sha256 = body && (job.hashed ? createHash('sha256').update(body).digest('hex') : 'UNSIGNED-PAYLOAD');
  const described = body && sha256 ? { length: body.length, sha256 } : undefined;
  const heads = Array.from({ length: job.count }, (_, number) => requests.head(requestOf(job, described, number)));
  const connections = await Promise.all(
    Array.from({ length: job.connections }, () => Connection.open(job.access.port)),
  );
  return { heads, body, connections };
}

async function run({ heads, body, connections }: Prepared): Promise<Result> {
  const failures: Record<string, number> = {};
  const before = process.cpuUsage();
  let [next, operations, bytes] = [0, 0, 0];
  await Promise.all(
    connections.map(async (connection) => {
      for (let head = heads[next++]; head !== undefined; head = heads[next++]) {
        const answer = await connection.send(head, body);
        if (answer.status !== 200) failures[answer.status] = (failures[answer.status] ?? 0) + 1;
        operations += 1;
        bytes += answer.bytes;
      }
      connection.close();
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return { operations, bytes, failures, cpuSeconds: (user + system) / 1e6 };
}

function tell(message: FromLoad): void {
  process.send?.(message);
}

let prepared: Prepared | undefined;
process.on('message', async (message: ToLoad) => {
  if (message !== 'go') {
    prepared = await prepare(message.job);
    tell('ready');
  } else if (prepared !== undefined) {
    tell({ result: await run(prepared) });
  }
});
