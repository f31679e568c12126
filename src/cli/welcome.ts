/** What `moraine serve` says when everything runs: at the first start all that a newcomer needs, later three lines. */

import type { FirstStart } from '../admin/first-start.ts';
import { type Address, formatAddress } from '../base/address.ts';
import type { Config } from '../config.ts';
import type { Command } from './command.ts';
import { keyList } from './key.ts';
import { s3cfg } from './s3cfg.ts';
import { s3cmdConfig } from './s3cmd.ts';
import { storeName } from './store.ts';

export interface Place {
  readonly version: string;
  readonly config: Config;
  /** Origin of S3. */
  readonly endpoint: string;
  /** Where the Console listens, if it does. */
  readonly console: Address | undefined;
  /** How to call a command so that it finds this store. */
  readonly commandFor: (command: Command) => string;
}

/** A later start. No secrets. */
export function banner(place: Place): string {
  return [
    heading(place),
    'A configuration for s3cmd, with its secret, and all keys:',
    '',
    `  ${place.commandFor(s3cfg)}`,
    `  ${place.commandFor(keyList)}`,
    '',
    '',
  ].join('\n');
}

/** The first start. With credentials that the operator chose, the secret is not repeated. */
export function welcome(place: Place, first: FirstStart): string {
  const { config, endpoint } = place;
  if (config.first !== undefined) {
    return [
      heading(place),
      `First start: account "${first.account.name}" was made, with the key ${first.key.accessKeyId} from MORAINE_FIRST_ACCESS_KEY.`,
      ...signIn(place),
      'A configuration for s3cmd, with its secret:',
      '',
      `  ${place.commandFor(s3cfg)}`,
      '',
      '',
    ].join('\n');
  }
  const { secret } = first;
  const credentials = { accessKeyId: first.key.accessKeyId, secret };
  const target = { endpoint, hostNames: config.hostNames, region: config.region };
  return [
    heading(place),
    `First start: account "${first.account.name}" was made, and its first key. The secret is shown only now;`,
    `for whoever can read the master key, \`${place.commandFor(s3cfg)}\` prints it again.`,
    '',
    `  Endpoint    ${endpoint}`,
    `  Access key  ${credentials.accessKeyId}`,
    `  Secret key  ${secret.reveal()}`,
    '',
    ...signIn(place),
    'For s3cmd, save this as ~/.s3cfg:',
    '',
    s3cmdConfig(target, credentials, 'v4'),
    'or this, for what knows only signature V2:',
    '',
    s3cmdConfig(target, credentials, 'v2'),
    'Then try:',
    '',
    '  s3cmd mb s3://my-new-bucket',
    '  s3cmd put README.md s3://my-new-bucket/',
    '  s3cmd ls s3://my-new-bucket',
    '',
    '',
  ].join('\n');
}

/** Where there is a Console. */
function signIn({ config, endpoint, console }: Place): readonly string[] {
  if (console === undefined) return [];
  const url = consoleUrl(config, console, endpoint);
  return [`To work in a browser, open ${url} and sign in with that access key and its secret.`, ''];
}

function heading({ version, config, endpoint, console }: Place): string {
  const lines = [`Moraine ${version} is ready. Stop it with Ctrl-C.`, '', `  S3       ${endpoint}`];
  if (console !== undefined) lines.push(`  Console  ${consoleUrl(config, console, endpoint)}`);
  lines.push(`  Data     ${storeName(config)}`, '');
  return lines.join('\n');
}

/** Behind a proxy what is configured; else under the name that S3 has, where the Console listens everywhere. */
function consoleUrl(config: Config, { host, port }: Address, endpoint: string): string {
  const base = config.consoleBase === '/' ? '' : config.consoleBase;
  const [proxied] = config.access.consoleOrigins;
  if (proxied !== undefined) return `${proxied}${base}`;
  const wildcard = host === undefined || host === '0.0.0.0' || host === '::';
  const name = endpoint.replace(/^https?:\/\//, '').replace(/:[0-9]+$/, '');
  const shown = wildcard ? `${name}:${port}` : formatAddress({ host, port });
  return `${config.tls === undefined ? 'http' : 'https'}://${shown}${base}`;
}
