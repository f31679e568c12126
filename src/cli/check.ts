/** `moraine check` */

import { loadConfig } from '../config.ts';
import type { Engine } from '../store/port.ts';
import { type Command, EXIT } from './command.ts';
import { visible } from './print.ts';
import { STORE_SETTINGS, storeName, withEngine } from './store.ts';

export const check: Command = {
  name: 'check',
  summary: 'Reads and verifies every row and every body of the store. Changes nothing.',
  details: 'Prints a line for each finding. Exit code 1 when there is one.',
  positionals: [],
  options: [
    { name: 'rows-only', help: 'Leave the bodies out: quicker, and finds no damaged ones.' },
    { name: 'json', help: 'One JSON object per line.' },
  ],
  settings: STORE_SETTINGS,
  run: (context, input) => {
    const bodies = !input.options.has('rows-only');
    const asJson = input.options.has('json');
    const { config } = loadConfig(input.sources);
    const use = async (engine: Engine) => {
      let findings = 0;
      for await (const finding of engine.upkeep.check({ bodies })) {
        findings += 1;
        context.out(
          asJson
            ? `${JSON.stringify(finding)}\n`
            : `${finding.kind}: ${visible(finding.subject)}: ${visible(finding.problem)}\n`,
        );
      }
      const what = config.cassandra === undefined ? 'drive' : 'node';
      for (const { place, state, reason } of (await engine.upkeep.health()).copies) {
        if (state === 'up') continue;
        findings += 1;
        context.out(
          asJson
            ? `${JSON.stringify({ kind: what, subject: place, problem: `it is ${state}: ${reason}` })}\n`
            : `${what}: ${visible(place)}: it is ${state}: ${visible(reason)}\n`,
        );
      }
      const looked = bodies ? 'every row and every body' : 'every row (bodies left out)';
      const summary = findings === 0 ? 'all is well' : `${findings} finding${findings === 1 ? '' : 's'}`;
      context.err(`checked ${looked} of ${storeName(config)}: ${summary}\n`);
      return findings === 0 ? EXIT.ok : EXIT.failed;
    };
    return withEngine(context, config, use, { readOnly: true });
  },
};
