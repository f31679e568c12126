/**
 * Whether a cluster keeps what it is given as it should: each region's rows in that region only, in three copies on three
 * racks; and whether this front end's clock agrees with the nodes'. Looked at before a start and every minute.
 *
 * Racks and data centres are what the nodes say of themselves. Left out: what the operator told Cassandra about racks that
 * is not so.
 */

import cassandra from 'cassandra-driver';
import type { Clock } from '../../../base/clock.ts';
import { nodeOf } from './nodes.ts';
import {
  compareSchema,
  type FoundKeyspace,
  readSchema,
  type Schema,
  type WantedKeyspace,
  wantedKeyspaces,
} from './schema.ts';
import { type Keyspaces, replicationOf } from './tables.ts';
import type { Node } from './types.ts';

/** Below these in any data centre of a region, one failure more than planned loses what was acknowledged. */
const COPIES = 3;
const RACKS = 3;
/** Beyond this a front end writes nothing: times shown to users and deadlines would be wrong. */
export const CLOCK_MS = 5_000;
/** Nodes whose clocks are read. */
const CLOCKS = 5;
const INIT = 'run `moraine cassandra init`, which makes what is missing';

export interface Problem {
  /**
   * `place`: rows are where they must not be, or not where they must be. `copies`, `racks`: too few; may be accepted.
   * `node`: one is down. `clock`: a node's differs from the others. `format`: it is one of before.
   */
  readonly kind: 'place' | 'copies' | 'racks' | 'node' | 'clock' | 'format';
  /** What is wrong and what to do. */
  readonly message: string;
}

export interface Topology {
  readonly keyspaces: readonly (WantedKeyspace & { readonly copies: Readonly<Record<string, number>> })[];
  readonly nodes: readonly Node[];
  /** Nothing of the store is there. */
  readonly absent: boolean;
  readonly problems: readonly Problem[];
}

/** Asks one node. `client` is connected; `readFormat` is asked where there is a store. `format` 0: unknown. */
export async function readTopology(
  client: cassandra.Client,
  keyspaces: Keyspaces,
  readFormat: () => Promise<number>,
): Promise<{ readonly topology: Topology; readonly format: number }> {
  const schema = await readSchema(client, keyspaces.prefix);
  const nodes = client.hosts.values().map(nodeOf);
  const format = compareSchema(schema, keyspaces).absent ? 0 : await readFormat();
  return { topology: judge(schema, keyspaces, { nodes, format }), format };
}

export interface Found {
  readonly nodes: readonly Node[];
  /** Of the store; 0: unknown. */
  readonly format: number;
}

/** Pure. */
export function judge(schema: Schema, keyspaces: Keyspaces, { nodes, format }: Found): Topology {
  const wanted = wantedKeyspaces(keyspaces);
  const centres = [...new Set(Object.values(keyspaces.regions).flat())];
  const { absent, missing, wrong } = compareSchema(schema, keyspaces, format === 0 ? undefined : format);
  const tables = missing.filter((name) => name.includes('.')).map((name) => `table ${name} is missing: ${INIT}`);
  const problems = [
    ...[...tables, ...wrong].map((message): Problem => ({ kind: 'place', message })),
    ...wanted.flatMap((keyspace) => keyspaceProblems(keyspace, schema.get(keyspace.name))),
    ...centres.flatMap((centre) => rackProblems(centre, nodes)),
    ...nodes
      .filter(({ up, dataCentre }) => !up && centres.includes(dataCentre))
      .map(
        ({ address, dataCentre, rack }): Problem => ({
          kind: 'node',
          message: `node ${address} (${dataCentre}, ${rack}) is down: bring it back within three hours, else repair it afterwards`,
        }),
      ),
  ];
  const copiesOf = ({ name }: WantedKeyspace) => Object.fromEntries(schema.get(name)?.copies ?? []);
  return Object.freeze({
    keyspaces: wanted.map((keyspace) => ({ ...keyspace, copies: copiesOf(keyspace) })),
    nodes: nodes.filter(({ dataCentre }) => centres.includes(dataCentre)),
    absent,
    problems: Object.freeze(problems),
  });
}

function keyspaceProblems(
  { name, region, centres }: WantedKeyspace,
  found: FoundKeyspace | undefined,
): readonly Problem[] {
  const whose = region === undefined ? 'names of buckets, accounts and keys' : `region ${region}`;
  const remedy = (copies: number) =>
    `ALTER KEYSPACE ${name} WITH replication = ${replicationOf(centres, copies)}, then \`nodetool repair --full\` on every node`;
  if (found === undefined) return [{ kind: 'place', message: `keyspace ${name} is missing: ${INIT}` }];
  if (found.copies === undefined)
    return [
      {
        kind: 'place',
        message: `keyspace ${name} knows no data centres (its strategy is not NetworkTopologyStrategy): ${remedy(COPIES)}`,
      },
    ];
  const problems: Problem[] = [];
  const elsewhere = [...found.copies.keys()].filter((centre) => !centres.includes(centre));
  const lacking = centres.filter((centre) => (found.copies?.get(centre) ?? 0) === 0);
  if (elsewhere.length > 0) {
    const message = `keyspace ${name} (${whose}) is also kept in ${elsewhere.join(', ')}, where it must not be: ${remedy(COPIES)}`;
    problems.push({ kind: 'place', message });
  }
  if (lacking.length > 0) {
    const message = `keyspace ${name} (${whose}) is not kept in ${lacking.join(', ')}: ${remedy(COPIES)}`;
    problems.push({ kind: 'place', message });
  }
  for (const centre of centres) {
    const copies = found.copies.get(centre) ?? 0;
    if (copies > 0 && copies < COPIES) {
      const message = `keyspace ${name} (${whose}) has ${count(copies, 'copy', 'copies')} in ${centre}, where ${COPIES} are needed: ${remedy(COPIES)}`;
      problems.push({ kind: 'copies', message });
    }
  }
  return problems;
}

function rackProblems(centre: string, nodes: readonly Node[]): readonly Problem[] {
  const here = nodes.filter(({ dataCentre }) => dataCentre === centre);
  const racks = new Set(here.map(({ rack }) => rack));
  if (racks.size >= RACKS) return [];
  const message =
    `data centre ${centre} has ${count(here.length, 'node', 'nodes')} on ${count(racks.size, 'rack', 'racks')}, ` +
    `where ${RACKS} racks are needed: copies that fail together are one copy; add nodes on racks of their own`;
  return [{ kind: 'racks', message }];
}

const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;

// ---------------------------------------------------------------------------------------------------------------- clocks

export interface ClockReading {
  readonly node: Node;
  /** The node's clock minus ours, milliseconds; negative: it is behind us. */
  readonly differenceMs: number;
  /** By so much the difference may be wrong: half of how long the question took. */
  readonly doubtMs: number;
}

const NOW = 'SELECT toTimestamp(now()) AS t FROM system.local';

/** Reads the clocks of some nodes of the client's data centre, each through itself. Those that do not answer are left out. */
export async function readClocks(
  client: cassandra.Client,
  dataCentre: string,
  clock: Clock,
): Promise<readonly ClockReading[]> {
  const hosts = client.hosts.values().filter((host) => host.datacenter === dataCentre && host.isUp());
  const read = async (host: cassandra.Host): Promise<readonly ClockReading[]> => {
    const [before, started] = [clock.now(), clock.monotonic()];
    const options = { host, consistency: cassandra.types.consistencies.one };
    const { rows } = await client.execute(NOW, [], options);
    const tookMs = clock.monotonic() - started;
    const told: unknown = rows?.[0]?.t;
    if (!(told instanceof Date)) return [];
    return [{ node: nodeOf(host), differenceMs: told.getTime() - (before + tookMs / 2), doubtMs: tookMs / 2 }];
  };
  const readings = await Promise.allSettled(hosts.slice(0, CLOCKS).map(read));
  return readings.flatMap((reading) => (reading.status === 'fulfilled' ? reading.value : []));
}

export interface ClockVerdict {
  /** Why nothing may be written; undefined: our clock is right enough, or no node told its own. */
  readonly refusal: string | undefined;
  readonly problems: readonly Problem[];
}

/** Pure. Our clock is wrong when the middle one of the nodes' says so, beyond doubt; a single one that differs is itself wrong. */
export function judgeClocks(readings: readonly ClockReading[]): ClockVerdict {
  const sure = readings.map((one) => ({ ...one, offMs: beyond(one) }));
  const middle = [...sure].sort((a, b) => a.offMs - b.offMs)[Math.floor(sure.length / 2)];
  const ours = middle !== undefined && Math.abs(middle.offMs) > CLOCK_MS;
  const refusal = ours
    ? `this front end's clock is ${seconds(middle.offMs)} ${middle.offMs > 0 ? 'behind' : 'ahead of'} the nodes': nothing is written until it is right; see to NTP`
    : undefined;
  const strays = ours ? [] : sure.filter(({ offMs }) => Math.abs(offMs) > CLOCK_MS);
  return {
    refusal,
    problems: strays.map(({ node, offMs }) => ({
      kind: 'clock',
      message: `the clock of node ${node.address} is ${seconds(offMs)} ${offMs > 0 ? 'ahead of' : 'behind'} this front end's: see to NTP there`,
    })),
  };
}

/** The difference that is left when the doubt is given to the clock's favour. */
function beyond({ differenceMs, doubtMs }: ClockReading): number {
  return Math.sign(differenceMs) * Math.max(0, Math.abs(differenceMs) - doubtMs);
}

const seconds = (ms: number): string => `${(Math.abs(ms) / 1000).toFixed(1)} s`;
