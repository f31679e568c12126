/** `moraine drives` */

import { resolve } from 'node:path';
import { loadConfig } from '../config.ts';
import type { Engine } from '../store/port.ts';
import { type Command, CommandError, EXIT } from './command.ts';
import { columns, json } from './print.ts';
import { STORE_SETTINGS, withEngine } from './store.ts';

export const drives: Command = {
  name: 'drives',
  summary: 'Shows where the copies of the store are and how each of them is.',
  details:
    'Exit code 1 when there are fewer whole copies than the configuration wants. A drive that came back or is new is rebuilt by the running server.\n--give-up: for a store that will not start because drives are missing that alone may have its last writes. Only when they are lost for good: those writes go with them. With the server stopped.',
  positionals: [],
  options: [
    { name: 'give-up', value: 'PATH,…', help: 'Go on without these drives and what only they have.' },
    { name: 'json', help: 'JSON instead of text.' },
  ],
  settings: STORE_SETTINGS,
  run: (context, input) => {
    const { config } = loadConfig(input.sources);
    if (config.cassandra !== undefined)
      throw new CommandError('the store is in a cluster, which has nodes: see `moraine cassandra status`');
    const given = input.options.get('give-up');
    const giveUp = given === undefined ? [] : given.split(',').map((path) => resolve(input.sources.directory, path));
    const wrong = giveUp.find((path) => config.drives?.paths.includes(path) !== true);
    if (wrong !== undefined) throw new CommandError(`${wrong} is none of the configured drives`);
    const use = async (engine: Engine) => {
      const { wanted, minimum, copies } = await engine.upkeep.health();
      const up = copies.filter(({ state }) => state === 'up').length;
      if (input.options.has('json')) context.out(json({ wanted, minimum, up, copies }));
      else {
        const rows = copies.map(({ place, state, reason }) => [place, state, reason]);
        context.out(columns(['DRIVE', 'STATE', ''], rows));
        context.out(`${up} of ${wanted} copies; nothing is acknowledged with fewer than ${minimum}\n`);
      }
      return up >= wanted ? EXIT.ok : EXIT.failed;
    };
    return withEngine(context, config, use, { readOnly: given === undefined, giveUp });
  },
};
