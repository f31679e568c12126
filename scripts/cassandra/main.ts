/**
 * `npm run cassandra`: a real Cassandra ring on loopback, for trials. Prints what `moraine serve` would need to use it,
 * runs until Ctrl-C or SIGTERM, then ends the nodes and removes their data unless that was asked to stay.
 */

import { argv, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { CannotPrepare } from '../testing/machine.ts';
import { configurationBlock, NODE_MIB } from './layout.ts';
import { type Ring, type RingOptions, startRing } from './ring.ts';

const HELP = `npm run cassandra -- [options]

  --nodes 1|3            nodes of the one region, one rack each (default: 3)
  --regions 1|2          regions, each a data centre of its own (default: 1)
  --nodes-per-region N   nodes of each region when there are two (default: 3 when the memory allows, else 1)
  --data DIR             keeps the nodes' data there; the next start with the same shape finds it
  --keep                 leaves the temporary directory behind and names it
`;

function print(text: string): void {
  stdout.write(`${text}\n`);
}

function numberOf(name: string, text: string | undefined, fallback: number, most: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new RangeError(`--${name} is a number from 1 to ${most}, not ${text}`);
}

/** What the command line asks for; `undefined` when it asks for help. `availableMib` is the machine's free memory. */
export function readOptions(args: readonly string[], availableMib: number): RingOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: { type: 'string' },
      regions: { type: 'string' },
      'nodes-per-region': { type: 'string' },
      data: { type: 'string' },
      keep: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return undefined;
  const regions = numberOf('regions', values.regions, 1, 2);
  if (values.nodes !== undefined && values['nodes-per-region'] !== undefined)
    throw new RangeError('--nodes and --nodes-per-region are the same number: give one of them');
  const fits = availableMib >= 3 * regions * NODE_MIB || regions === 1;
  const asked = values.nodes ?? values['nodes-per-region'];
  const nodes = numberOf(values.nodes === undefined ? 'nodes-per-region' : 'nodes', asked, fits ? 3 : 1, 4);
  return {
    regions,
    nodes,
    keep: values.keep === true,
    ...(values.data === undefined ? {} : { data: values.data }),
  };
}

/** Resolves when the user wants the end. Listens on: a terminal's Ctrl-C comes twice, the second time through npm. */
function endAsked(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
  });
}

async function runUntilAsked(options: RingOptions): Promise<number> {
  const started = performance.now();
  const log = (line: string) => print(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  const abort = new AbortController();
  const end = endAsked().then((signal) => {
    abort.abort(new Error(`${signal}: stopping`));
    return signal;
  });
  let ring: Ring;
  try {
    ring = await startRing({ ...options, log, signal: abort.signal });
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    log('stopped before the ring was up');
    return 130;
  }
  log(`all ${ring.nodes.length} nodes see each other; data in ${ring.directory}`);
  print(`\n# For moraine.toml:\n${configurationBlock(ring.nodes)}\n\nCtrl-C stops it.`);
  const signal = await end;
  log(`${signal}: stopping`);
  await ring.stop();
  const stays = options.keep === true || options.data !== undefined;
  log(stays ? `stopped; the data stays in ${ring.directory}` : 'stopped; the data is removed');
  return 0;
}

async function main(): Promise<number> {
  try {
    const options = readOptions(argv.slice(2), process.availableMemory() / 1024 / 1024);
    if (options !== undefined) return await runUntilAsked(options);
    stdout.write(HELP);
    return 0;
  } catch (error) {
    const wrongArguments = error instanceof TypeError || error instanceof RangeError;
    const plain = wrongArguments || error instanceof CannotPrepare || error instanceof Error;
    process.stderr.write(`cassandra: ${plain ? error.message : error}\n${wrongArguments ? `\n${HELP}` : ''}`);
    return 1;
  }
}

if (import.meta.main) process.exitCode = await main();
