/** `moraine scrub` */

import { noteScrub } from '../admin/trail.ts';
import { loadConfig } from '../config.ts';
import type { Engine } from '../store/port.ts';
import { type Command, EXIT } from './command.ts';
import { visible } from './print.ts';
import { STORE_SETTINGS, withEngine } from './store.ts';

export const scrub: Command = {
  name: 'scrub',
  summary: 'Reads every copy of every body and compares the rows of all drives; heals what is good elsewhere.',
  details:
    'Prints a line for each damage that it met. Runs beside the server. Exit code 1 when something could not be healed: then restore it from a backup.',
  positionals: [],
  options: [{ name: 'json', help: 'One JSON object per line.' }],
  settings: STORE_SETTINGS,
  run: (context, input) => {
    const asJson = input.options.has('json');
    const { config } = loadConfig(input.sources);
    const use = async (engine: Engine) => {
      let [healed, lost] = [0, 0];
      for await (const met of engine.upkeep.scrub()) {
        if (met.healed) healed += 1;
        else lost += 1;
        const line = `${met.healed ? 'healed' : 'LOST'}: ${visible(met.subject)}: ${visible(met.problem)}`;
        context.out(`${asJson ? JSON.stringify(met) : line}\n`);
      }
      context.err(`scrubbed: ${healed} healed, ${lost} without a good copy\n`);
      await noteScrub({ rows: engine.rows, ...context }, { healed, lost });
      return lost === 0 ? EXIT.ok : EXIT.failed;
    };
    return withEngine(context, config, use);
  },
};
