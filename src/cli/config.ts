/** `moraine config` */

import { createLog } from '../base/log.ts';
import { loadConfig, SETTING_KEYS } from '../config.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { json } from './print.ts';
import { certificateOf } from './serve.ts';

export const config: Command = {
  name: 'config',
  summary: 'Checks or prints the configuration, as file, environment and flags make it.',
  positionals: [],
  options: [
    { name: 'check', help: 'Say whether it is valid, certificate and key included.' },
    { name: 'print', help: 'Print every setting and where it came from. Secrets are left out.' },
    { name: 'json', help: 'JSON instead of text.' },
  ],
  settings: SETTING_KEYS,
  run: async (context, input) => {
    const { options } = input;
    if (!options.has('check') && !options.has('print')) throw new UsageError('give --check or --print');
    const { config, explained } = loadConfig(input.sources);
    if (options.has('check')) certificateOf(config, createLog('silent'))?.close();
    if (options.has('print')) {
      const lines = explained.map(({ key, value, origin }) => `${key} = ${value ?? '(unset)'}  # ${origin}\n`);
      context.out(options.has('json') ? json(explained) : lines.join(''));
    } else {
      context.out(options.has('json') ? json({ valid: true }) : 'the configuration is valid\n');
    }
    return EXIT.ok;
  },
};
