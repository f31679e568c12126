/** The lines of the bench, and what must be in the servers before them. */

import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Connection } from './connection.ts';
import type { Job, Operation } from './load.ts';
import type { Load } from './measure.ts';
import { Requests } from './requests.ts';
import type { Target } from './targets.ts';

const SMALL = 4 * 1024;
const LARGE = 64 * 1024 * 1024;
/** Objects that the reading lines read in turn. */
const SMALL_OBJECTS = 2_000;
const LARGE_OBJECTS = 4;
const LISTED = 1_000;

export interface Line {
  readonly name: string;
  readonly operation: Operation;
  readonly bucket: string;
  /** Requests in one round. */
  readonly count: number;
  readonly connections: number;
  readonly keys: number;
  readonly size: number;
  readonly hashed: boolean;
  /** Each round writes keys that nothing has been written to. */
  readonly fresh: boolean;
}

const small = { connections: 16, size: SMALL, hashed: true } as const;
const large = {
  connections: 4,
  size: LARGE,
  hashed: false,
  bucket: 'large',
  keys: LARGE_OBJECTS,
  fresh: false,
} as const;
const reading = { ...small, bucket: 'small', keys: SMALL_OBJECTS, fresh: false } as const;

export const LINES: readonly Line[] = [
  { ...small, name: 'PUT 4 KiB', operation: 'PUT', bucket: 'written', count: 6_000, keys: 6_000, fresh: true },
  { ...reading, name: 'GET 4 KiB', operation: 'GET', count: 16_000 },
  { ...reading, name: 'HEAD 4 KiB', operation: 'HEAD', count: 16_000 },
  { ...reading, name: 'LIST 1,000 keys', operation: 'LIST', bucket: 'listed', count: 200, keys: LISTED },
  { ...large, name: 'PUT 64 MiB', operation: 'PUT', count: 16 },
  { ...large, name: 'GET 64 MiB', operation: 'GET', count: 32 },
];

export function jobOf(line: Line, target: Target, round: number): Job {
  const { operation, bucket, count, connections, keys, size, hashed, fresh } = line;
  const prefix = fresh ? `round-${round}/` : 'object-';
  return { access: target.access, operation, bucket, count, connections, keys, size, hashed, prefix, first: 0 };
}

async function createBucket(target: Target, name: string): Promise<void> {
  const requests = new Requests(target.access, new Date());
  const body = { length: 0, sha256: createHash('sha256').digest('hex') };
  const connection = await Connection.open(target.access.port);
  const { status } = await connection.send(requests.head({ method: 'PUT', path: `/${name}`, body }));
  connection.close();
  if (status !== 200) throw new Error(`${target.name} answered ${status} to the creation of ${name}`);
}

async function fillFolder(folder: string): Promise<void> {
  const fill = async (bucket: string, count: number, size: number) => {
    await mkdir(join(folder, bucket));
    for (let number = 0; number < count; number += 1) {
      await writeFile(join(folder, bucket, `object-${number}`), Buffer.alloc(size, `moraine ${size}`));
    }
  };
  await fill('small', SMALL_OBJECTS, SMALL);
  await fill('large', LARGE_OBJECTS, LARGE);
}

/** Puts what the lines read. */
export async function fill(target: Target, load: Load): Promise<void> {
  if (target.folder !== undefined) return fillFolder(target.folder);
  for (const bucket of ['written', 'small', 'listed', 'large']) await createBucket(target, bucket);
  const put = {
    access: target.access,
    operation: 'PUT',
    prefix: 'object-',
    first: 0,
    size: SMALL,
    hashed: true,
  } as const;
  for (const [bucket, keys] of [
    ['small', SMALL_OBJECTS],
    ['listed', LISTED],
  ] as const) {
    await load.run({ ...put, bucket, keys, count: keys, connections: 16 });
  }
  await load.run({
    ...put,
    ...{ bucket: 'large', keys: LARGE_OBJECTS, count: LARGE_OBJECTS, connections: 2, size: LARGE, hashed: false },
  });
}
