/**
 * The format of a store in a cluster: made by `init`, moved forward by `upgrade`, in one process while others wait, and
 * refused when it is another than this program's. Also the regions that a store has, which all its front ends must agree on.
 *
 * A region is remembered with its first data centre: quorums of two data centres do not overlap, so two front ends that
 * took different ones for the same region would not see each other's writes.
 */

import type cassandra from 'cassandra-driver';
import { alone, type Meta, type MetaRow, readMeta, writeMeta } from './meta.ts';
import { compareSchema, readSchema } from './schema.ts';
import { type Keyspaces, schemaStatements, tableStatements } from './tables.ts';
import type { RegionName } from './types.ts';

/**
 * The format that this program writes. Front ends of the one before it read beside it, and write nothing once they see it.
 * 2: scopes and expiry of keys, the audit trail, uses of keys, refusals.
 * 3: keys for one object, sessions that end one by one, trails of what happens to objects and of what failed.
 */
export const FORMAT = 3;

/** Makes format `to` of `to - 1`, while front ends serve. May be run twice, and beside itself. */
export interface Step {
  readonly to: number;
  run(client: cassandra.Client, keyspaces: Keyspaces): Promise<void>;
}

/** Changes of the schema wait for each other, and until all nodes agree. Milliseconds; less than a holder of the work may pause. */
const DDL = Object.freeze({ readTimeout: 50_000 });

const STEPS: readonly Step[] = Object.freeze([addingTables(2), addingTables(3)]);

/** For a format that has more tables; what is in the others' records is read without what was added to them. */
function addingTables(to: number): Step {
  return {
    to,
    run: async (client, keyspaces) => {
      for (const statement of tableStatements(keyspaces, to)) await client.execute(statement, [], DDL);
    },
  };
}

export interface Store {
  readonly client: cassandra.Client;
  readonly keyspaces: Keyspaces;
  readonly meta: Meta;
}

/**
 * Makes what is missing of the store: everything, what a `init` that died left out, or keyspaces of new regions. Resolves
 * to what was made; empty when all was there.
 */
export async function initStore(store: Store, copies: number): Promise<readonly string[]> {
  const { client, keyspaces, meta } = store;
  const before = compareSchema(await readSchema(client, keyspaces.prefix), keyspaces);
  if (before.wrong.length > 0) throw new Error(wrongTables(before.wrong));
  const statements = schemaStatements({ ...keyspaces, replication: copies });
  // The global keyspace and the table that elects: before it is there nobody can be elected.
  if (before.absent) for (const statement of statements.slice(0, 2)) await client.execute(statement, [], DDL);
  const isDone = async () => {
    const { missing } = compareSchema(await readSchema(client, keyspaces.prefix), keyspaces);
    const known = regionsOf(await readMeta(meta, 'regions', 'agreed'));
    const format = await readMeta(meta, 'format', 'agreed');
    return missing.length === 0 && format !== undefined && regionsProblem(known, keyspaces) === undefined;
  };
  await alone(meta, isDone, async (renew) => {
    for (const statement of statements) {
      await renew();
      await client.execute(statement, [], DDL);
    }
    const row = await readMeta(meta, 'regions', 'agreed');
    const known = regionsOf(row);
    const problem = movedProblem(known, keyspaces);
    if (problem !== undefined) throw new Error(problem);
    const regions = { ...Object.fromEntries(known), ...keyspaces.regions };
    await writeMeta(meta, 'regions', JSON.stringify(regions), row);
    // Last: a store with a format is whole.
    if ((await readMeta(meta, 'format', 'agreed')) === undefined)
      await writeMeta(meta, 'format', String(FORMAT), undefined);
  });
  await openStore(store);
  return before.missing;
}

/** Throws `Error` when the store is absent, half-made, of another format, or of other regions. */
export async function openStore(store: Store, format = FORMAT): Promise<void> {
  const older = olderProblem(await checkStore(store, format), format);
  if (older !== undefined) throw new Error(older);
}

/** Moves an older store forward. Throws `Error` as `openStore` does otherwise. */
export async function upgradeStore(store: Store, steps: readonly Step[] = STEPS, format = FORMAT): Promise<void> {
  if ((await checkStore(store, format)) !== format) await upgrade(store, steps, format);
}

/** Resolves to the format found: this one, or one before it that is whole. */
async function checkStore({ client, keyspaces, meta }: Store, format: number): Promise<number> {
  const schema = await readSchema(client, keyspaces.prefix);
  if (compareSchema(schema, keyspaces).absent)
    throw new Error(
      `there is no store "${keyspaces.prefix}" in this cluster: run \`moraine cassandra init\` once, or name another with cassandra.keyspace-prefix`,
    );
  const found = await formatOf(meta, 'seen');
  const newer = newerProblem(found, format);
  if (newer !== undefined) throw new Error(newer);
  const { missing, wrong } = compareSchema(schema, keyspaces, found === 0 ? format : found);
  if (missing.length > 0 || found === 0) {
    const what = missing.length === 0 ? 'its format' : missing.slice(0, 3).join(', ');
    throw new Error(
      `the store "${keyspaces.prefix}" lacks ${what}: run \`moraine cassandra init\`, which completes it`,
    );
  }
  if (wrong.length > 0) throw new Error(wrongTables(wrong));
  const problem = regionsProblem(regionsOf(await readMeta(meta, 'regions', 'seen')), keyspaces);
  if (problem !== undefined) throw new Error(problem);
  return found;
}

function wrongTables(wrong: readonly string[]): string {
  return `${wrong[0]}: this keyspace was not made by Moraine, or was changed by hand; name another with cassandra.keyspace-prefix`;
}

async function upgrade({ client, keyspaces, meta }: Store, steps: readonly Step[], format: number): Promise<void> {
  await alone(
    meta,
    async () => (await formatOf(meta, 'agreed')) >= format,
    async (renew) => {
      for (const step of steps) {
        const row = await readMeta(meta, 'format', 'agreed');
        if (Number(row?.value) !== step.to - 1) continue;
        await renew();
        await step.run(client, keyspaces);
        await writeMeta(meta, 'format', String(step.to), row);
      }
    },
  );
}

/** 0: unknown. */
export async function formatOf(meta: Meta, how: 'agreed' | 'seen'): Promise<number> {
  const row = await readMeta(meta, 'format', how);
  return row === undefined ? 0 : Number(row.value);
}

/** Undefined: it is none that this program does not know. */
export function newerProblem(found: number, known = FORMAT): string | undefined {
  return found > known
    ? `the store has format ${found}, made by a newer Moraine, and this one knows formats up to ${known}: upgrade this front end`
    : undefined;
}

/** Undefined: it is not one before this program's. */
export function olderProblem(found: number, wanted = FORMAT): string | undefined {
  return found > 0 && found < wanted
    ? `the store has format ${found}, and this Moraine works with format ${wanted}: run \`moraine cassandra upgrade\` when all front ends can be replaced; those of before serve reads and write nothing afterwards`
    : undefined;
}

// --------------------------------------------------------------------------------------------------------------- regions

function regionsOf(row: MetaRow | undefined): ReadonlyMap<RegionName, readonly string[]> {
  const parsed: unknown = row === undefined ? {} : JSON.parse(row.value);
  const entries = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
  return new Map(entries.map(([name, centres]) => [name, Array.isArray(centres) ? centres.map(String) : []]));
}

/** What differs between the store's regions and the configured ones. */
function regionsProblem(known: ReadonlyMap<RegionName, readonly string[]>, keyspaces: Keyspaces): string | undefined {
  const moved = movedProblem(known, keyspaces);
  if (moved !== undefined) return moved;
  for (const [region, centres] of Object.entries(keyspaces.regions)) {
    const was = known.get(region);
    if (was === undefined || was.join() !== centres.join())
      return `[cassandra.regions] ${region} differs from the store's: run \`moraine cassandra init\`, which adds regions and data centres`;
  }
  const unnamed = [...known.keys()].find((region) => !Object.hasOwn(keyspaces.regions, region));
  if (unnamed === undefined) return undefined;
  const centres = JSON.stringify(known.get(unnamed));
  return `the store has a region ${unnamed} that [cassandra.regions] lacks: add ${unnamed} = ${centres}, on every front end`;
}

function movedProblem(known: ReadonlyMap<RegionName, readonly string[]>, { regions }: Keyspaces): string | undefined {
  for (const [region, [first]] of Object.entries(regions)) {
    const was = known.get(region)?.[0];
    if (was !== undefined && was !== first)
      return `region ${region} is used through data centre ${was} by all its front ends, and [cassandra.regions] has ${first} first: put ${was} first, or front ends would not see each other's writes`;
  }
  return undefined;
}
