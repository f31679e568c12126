/**
 * `npm run console`: builds the Console when its sources changed since it was built last.
 *
 * With `--before-start`, as `npm start` calls it, nothing that goes wrong here ends in failure: S3 is served all the same, and
 * the Console's port says what to do.
 */

import { existsSync } from 'node:fs';
import { argv, stderr, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { budgetTable } from './budget.ts';
import { buildConsole, builtIn, CannotBuild } from './build.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** On a small machine. */
const ABOUT_SECONDS = 10;

async function main(beforeStart: boolean): Promise<number> {
  try {
    const building = () => void stdout.write(`Building the Console (once, about ${ABOUT_SECONDS} s) …\n`);
    const built = await buildConsole(ROOT, building);
    if (built !== undefined) {
      stdout.write(`The Console is built (${built.seconds.toFixed(1)} s); gzip:\n${budgetTable(built.budget)}\n\n`);
    } else if (!beforeStart) stdout.write('The Console is built already, of these sources.\n');
    return 0;
  } catch (error) {
    if (!(error instanceof CannotBuild) && !beforeStart) throw error;
    const why = error instanceof Error ? error.message : String(error);
    stderr.write(`moraine: the Console could not be built: ${why}\n`);
    const instead = existsSync(builtIn(ROOT)) ? 'as it was built before' : 'by one page that says what to do';
    if (beforeStart) stderr.write(`moraine: it is served ${instead}; S3 and the account API are served as ever.\n\n`);
    return beforeStart ? 0 : 1;
  }
}

process.exitCode = await main(argv.includes('--before-start'));
