/**
 * Makes the machine ready for folders of tests, one folder after the other in a process of its own, so that what needs nothing of
 * it is tested meanwhile. Run as a program, with the name of a folder, it is that process.
 */

import { spawn } from 'node:child_process';
import { argv, execPath, stderr, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { prepareCassandra } from '../cassandra/prepare.ts';
import { CannotPrepare, type Log } from './machine.ts';
import { prepareBrowser, prepareClients } from './prepare.ts';

const THIS = fileURLToPath(import.meta.url);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Folder → what makes the machine ready for its files, in this order. */
const NEEDS: Readonly<Record<string, (root: string, log: Log) => void | Promise<void>>> = {
  'test/cassandra/': (root, log) => void prepareCassandra(root, log),
  'test/browser/': async (root, log) => {
    await prepareBrowser(root, log);
    // One page is held to what a client does with the configuration that it shows.
    prepareClients(root, log);
  },
  'test/clients/': prepareClients,
};

/** Folders whose files need more than npm's packages. */
export const NEEDY: readonly string[] = Object.keys(NEEDS);

/** Resolves to why the machine could not be made ready for the folder; undefined when it is. */
export async function prepare(folder: string, log: Log, signal: AbortSignal): Promise<string | undefined> {
  const child = spawn(execPath, [THIS, folder], { stdio: ['ignore', 'pipe', 'pipe'], signal });
  createInterface(child.stdout).on('line', log);
  let said = '';
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString();
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return code === 0 ? undefined : said.trim() || `setting it up ended with code ${code}`;
}

async function main(folder: string): Promise<number> {
  try {
    await NEEDS[folder]?.(ROOT, (line) => void stdout.write(`${line}\n`));
    return 0;
  } catch (error) {
    // Anything else is a mistake of ours: Node shows where.
    if (!(error instanceof CannotPrepare)) throw error;
    stderr.write(`${error.message}\n`);
    return 1;
  }
}

if (argv[1] === THIS) process.exitCode = await main(argv[2] ?? '');
