/**
 * Where Moraine starts: the command line with the real world put in. The only file that does anything when imported,
 * and the only one that names a concrete engine.
 */

import { text } from 'node:stream/consumers';
import { systemClock } from './base/clock.ts';
import { systemRandom } from './base/random.ts';
import { askSecret } from './cli/prompt.ts';
import { run } from './cli/run.ts';
import { processSources } from './config.ts';
import { openEmbedded } from './store/embedded/engine.ts';

// Whatever is made, the files of libraries included, is for its owner alone.
process.umask(0o077);
// Somebody who reads only the beginning (`moraine key list | head`) is no failure of ours.
process.stdout.on('error', () => process.exit());

const code = await run(process.argv.slice(2), {
  out: (line) => void process.stdout.write(line),
  err: (line) => void process.stderr.write(line),
  stdin: () => text(process.stdin),
  askSecret: async (question) => (process.stdin.isTTY ? askSecret(question, process.stdin, process.stderr) : undefined),
  sources: processSources,
  clock: systemClock,
  random: systemRandom,
  openEngine: async ({ cassandra, ...options }) =>
    cassandra === undefined
      ? await openEmbedded(options)
      : await (await import('./store/cassandra/engine.ts')).openCassandra({ ...cassandra, ...options }),
  // Loaded when asked for: the driver takes as long as all the rest.
  cluster: {
    init: async (options) => await (await import('./store/cassandra/database/open.ts')).initDatabase(options),
    status: async (options) => await (await import('./store/cassandra/database/open.ts')).inspectDatabase(options),
    upgrade: async (options) => await (await import('./store/cassandra/database/open.ts')).upgradeDatabase(options),
  },
});

// Whatever may still be open (requests after a forced stop, the channel to the primary) must not keep the process.
process.stdout.write('', () => process.exit(code));
