/** `moraine copies` */

import { loadConfig } from '../config.ts';
import type { Copy, Engine } from '../store/port.ts';
import { type Command, CommandError, EXIT, UsageError } from './command.ts';
import { columns, json } from './print.ts';
import { STORE_SETTINGS, withEngine } from './store.ts';

export const copies: Command = {
  name: 'copies',
  summary: 'Shows where each physical copy of an object is, and verifies its checksums now.',
  details: 'A body of several parts has a line for each part and copy. Exit code 1 when a copy does not hold.',
  positionals: [{ name: 'OBJECT', required: true, help: 's3://BUCKET/KEY' }],
  options: [
    { name: 'version-id', value: 'ID', help: 'An older version; the current one by default.' },
    { name: 'json', help: 'JSON instead of text.' },
  ],
  settings: STORE_SETTINGS,
  run: (context, input) => {
    const [text = ''] = input.positionals;
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(text) ?? [];
    if (bucket === undefined || key === undefined)
      throw new UsageError(`${JSON.stringify(text)} is not s3://BUCKET/KEY`);
    const versionId = input.options.get('version-id');
    const { config } = loadConfig(input.sources);
    const use = async (engine: Engine) => {
      const { version } = await engine.rows.getTarget({
        bucket,
        key,
        ...(versionId === undefined ? {} : { versionId }),
      });
      if (version === undefined) throw new CommandError(`there is no ${text}`);
      const found = version.body === undefined ? [] : await engine.upkeep.copies(version.body);
      context.out(input.options.has('json') ? json(found) : table(found));
      return found.every(({ problem }) => problem === undefined) ? EXIT.ok : EXIT.failed;
    };
    return withEngine(context, config, use, { readOnly: true });
  },
};

/** The columns are whatever names a place: drive and path, or data centre, rack and node. */
function table(found: readonly Copy[]): string {
  const [first] = found;
  if (first === undefined) return 'it has no bytes: all of it is in its row\n';
  const names = Object.keys(first.place);
  const rows = found.map(({ start, end, place, problem }) => [
    `${start}-${end - 1}`,
    ...names.map((name) => place[name] ?? ''),
    problem === undefined ? 'verified' : `NOT GOOD: ${problem}`,
  ]);
  return columns(['BYTES', ...names.map((name) => name.toUpperCase()), 'CHECKSUM'], rows);
}
