/** `moraine serve` */

import type { Log } from '../base/log.ts';
import { type Config, loadConfig, SETTING_KEYS } from '../config.ts';
import { type Certificate, openCertificate } from '../http/tls.ts';
import { type Command, CommandError } from './command.ts';

export const serve: Command = {
  name: 'serve',
  summary: 'Serves S3 and the Console until it is told to stop (SIGINT or SIGTERM).',
  details:
    'The first start makes the data directory, the master key and account operator with its first key, and prints how to use it.\nSIGHUP reads the TLS certificate again. A second SIGINT or SIGTERM stops without waiting for requests in flight.',
  positionals: [],
  options: [],
  settings: SETTING_KEYS,
  run: (context, input) => context.serve(loadConfig(input.sources), context),
};

/** Undefined without TLS. Throws `CommandError` when certificate or key cannot be used. */
export function certificateOf({ tls, limits }: Config, log: Log): Certificate | undefined {
  if (tls === undefined) return undefined;
  try {
    return openCertificate({ ...tls, pollMs: limits.certificatePollMs, log });
  } catch (error) {
    throw new CommandError(`tls.certificate and tls.key: ${error instanceof Error ? error.message : String(error)}`);
  }
}
