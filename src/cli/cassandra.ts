/** `moraine cassandra init`, `status` and `upgrade`: the store in a cluster, made, looked at and moved forward. */

import { createLog } from '../base/log.ts';
import { loadConfig } from '../config.ts';
import type { DatabaseStatus } from '../store/cassandra/database/open.ts';
import { TABLES } from '../store/cassandra/database/tables.ts';
import { clusterPlace } from './cluster.ts';
import {
  type ClusterOptions,
  type Command,
  CommandError,
  type Context,
  EXIT,
  type Input,
  UsageError,
} from './command.ts';
import { columns, facts, json, visible } from './print.ts';
import { CLUSTER_SETTINGS } from './store.ts';

const COPIES = 3;
const COPIES_MAX = 9;
/** The master key is not used here, but the configuration of a cluster names it. */
const SETTINGS = Object.freeze([...CLUSTER_SETTINGS, 'master-key' as const]);

export const cassandraInit: Command = {
  name: 'cassandra init',
  summary: 'Makes the keyspaces and tables of a store in a cluster.',
  details:
    'Run it once, and again after a region was added to [cassandra.regions]: it makes what is missing and leaves alone what is there. Copies of keyspaces that exist are changed with ALTER KEYSPACE, see `moraine cassandra status`.',
  positionals: [],
  options: [
    { name: 'copies', value: 'COUNT', help: `Copies in each data centre. Default: ${COPIES}.` },
    { name: 'json', help: 'JSON instead of text.' },
  ],
  settings: SETTINGS,
  run: async (context, input) => {
    const text = input.options.get('copies') ?? String(COPIES);
    if (!/^[1-9]$/.test(text)) throw new UsageError(`--copies must be a whole number from 1 to ${COPIES_MAX}`);
    const options = await clusterOptions(context, input);
    if (Number(text) < COPIES && options.fewerCopies !== true)
      throw new UsageError(
        `--copies ${text} is fewer than ${COPIES}, which cassandra.fewer-copies = "i-accept-data-loss" allows for trials`,
      );
    const made = await plainly(() => context.cluster.init({ ...options, copies: Number(text) }));
    const said = made.length === 0 ? 'it is whole, nothing was made' : `made ${made.join(', ')}`;
    context.out(input.options.has('json') ? json({ made }) : `store "${options.prefix}": ${said}\n`);
    return EXIT.ok;
  },
};

export const cassandraStatus: Command = {
  name: 'cassandra status',
  summary: 'Shows a store in a cluster: format, regions, copies, racks, nodes and clocks, and what is wrong.',
  details: 'Exit code 1 when something is wrong; each problem says what to do.',
  positionals: [],
  options: [
    { name: 'tables', help: 'Also the settings of each table, with their reasons.' },
    { name: 'json', help: 'JSON instead of text.' },
  ],
  settings: SETTINGS,
  run: async (context, input) => {
    const options = await clusterOptions(context, input);
    const status = await plainly(() => context.cluster.status(options));
    if (input.options.has('json')) context.out(json(status));
    else context.out(shown(options, status) + (input.options.has('tables') ? tables() : ''));
    return status.problems.length === 0 && status.refusal === undefined ? EXIT.ok : EXIT.failed;
  },
};

export const cassandraUpgrade: Command = {
  name: 'cassandra upgrade',
  summary: "Moves a store in a cluster forward to this program's format, while front ends serve.",
  details:
    'Front ends of a later version start afterwards; those of before go on reading and refuse to write within a minute. Replace them then, see docs/cluster.md.',
  positionals: [],
  options: [{ name: 'json', help: 'JSON instead of text.' }],
  settings: SETTINGS,
  run: async (context, input) => {
    const options = await clusterOptions(context, input);
    const format = await plainly(() => context.cluster.upgrade(options));
    context.out(input.options.has('json') ? json({ format }) : `store "${options.prefix}" has format ${format}\n`);
    return EXIT.ok;
  },
};

async function clusterOptions({ clock, random }: Context, input: Input): Promise<ClusterOptions> {
  const { config } = loadConfig(input.sources);
  if (config.cassandra === undefined)
    throw new CommandError(
      'no cluster is configured: name its nodes with cassandra.contact-points, see docs/cluster.md',
    );
  return { ...(await clusterPlace(config.cassandra, config.region)), clock, random, log: createLog('error') };
}

/** What the database says to the operator is a line, not a mistake of ours. */
async function plainly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && error.constructor === Error) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}

function shown({ prefix }: ClusterOptions, { format, topology, clocks, problems, refusal }: DatabaseStatus): string {
  const differences = new Map(clocks.map(({ node, differenceMs, doubtMs }) => [node.id, { differenceMs, doubtMs }]));
  const keyspaces = topology.keyspaces.map(({ name, region, centres, copies }) => [
    region ?? '(all)',
    name,
    centres.join(', '),
    Object.entries(copies)
      .map(([centre, count]) => `${centre} ${count}`)
      .join(', '),
  ]);
  const nodes = topology.nodes.map(({ id, address, dataCentre, rack, up }) => {
    const clock = differences.get(id);
    const off = clock === undefined ? '' : `${clock.differenceMs.toFixed(0)} ± ${clock.doubtMs.toFixed(0)} ms`;
    return [dataCentre, rack, address, up ? 'up' : 'DOWN', off];
  });
  const wrong = [...problems.map(({ message }) => message), ...(refusal === undefined ? [] : [refusal])];
  return [
    facts([
      ['Store', prefix],
      ['Format', topology.absent ? 'none: it is not made' : String(format)],
    ]),
    columns(['REGION', 'KEYSPACE', 'DATA CENTRES', 'COPIES'], keyspaces),
    columns(['DATA CENTRE', 'RACK', 'NODE', 'STATE', 'CLOCK'], nodes),
    wrong.length === 0 ? 'all is well\n' : wrong.map((message) => `! ${visible(message)}\n`).join(''),
  ].join('\n');
}

function tables(): string {
  const rows = TABLES.flatMap(({ name, settings }) =>
    Object.entries(settings).map(([option, { cql, reason }]) => [name, option, cql, reason]),
  );
  return `\n${columns(['TABLE', 'OPTION', 'VALUE', 'BECAUSE'], rows)}`;
}
