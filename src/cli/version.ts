/** `moraine version` */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, EXIT } from './command.ts';
import { json } from './print.ts';

export const version: Command = {
  name: 'version',
  summary: 'Prints the version.',
  positionals: [],
  options: [{ name: 'json', help: 'JSON, with the version of Node.' }],
  settings: [],
  run: async (context, input) => {
    const moraine = await readVersion();
    context.out(input.options.has('json') ? json({ moraine, node: process.versions.node }) : `moraine ${moraine}\n`);
    return EXIT.ok;
  },
};

export async function readVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '?';
}
