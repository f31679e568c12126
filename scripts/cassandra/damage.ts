/**
 * What disks do: bytes of one table's files change or the files vanish. The node must not be running.
 *
 * Where files are compressed Cassandra notices by itself; where they are not (bodies), nothing but the reader's own
 * checksums does.
 */

import { open, readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';

/** `flip`: bytes in the middle of each data file. `remove`: all files. `cut`: each data file loses its second half. */
export type Damage = 'flip' | 'remove' | 'cut';
/** Of bytes that are flipped, next to each other. */
const FLIPPED = 64;

async function flip(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    const start = Math.max(0, Math.floor(size / 2) - FLIPPED / 2);
    const bytes = Buffer.alloc(Math.min(FLIPPED, size));
    await file.read(bytes, 0, bytes.length, start);
    for (const [index, byte] of bytes.entries()) bytes[index] = byte ^ 0x55;
    await file.write(bytes, 0, bytes.length, start);
  } finally {
    await file.close();
  }
}

async function halve(path: string): Promise<void> {
  const file = await open(path, 'r');
  const { size } = await file.stat();
  await file.close();
  await truncate(path, Math.floor(size / 2));
}

/** Damages the table's files below `data` (`keyspace.table`); returns how many data files there were. */
export async function damageTable(data: string, name: string, damage: Damage): Promise<number> {
  const [keyspace = '', table = ''] = name.split('.');
  const folder = join(data, keyspace);
  let count = 0;
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(`${table}-`)) continue;
    const files = (await readdir(join(folder, entry), { withFileTypes: true })).filter((file) => file.isFile());
    for (const { name: file } of files) {
      const path = join(folder, entry, file);
      const isData = file.endsWith('-Data.db');
      if (isData) count += 1;
      if (damage === 'remove') await rm(path);
      else if (isData) await (damage === 'flip' ? flip(path) : halve(path));
    }
  }
  if (count === 0) throw new Error(`${folder} holds no data file of ${table}: was it flushed?`);
  return count;
}
