/** Help texts, from the tables of commands and settings. Plain text, at most 100 columns. */

import { flagOf, settingOf } from '../config.ts';
import type { SettingKey } from '../settings.ts';
import { flagSettings } from './arguments.ts';
import type { Command } from './command.ts';

const WIDTH = 100;
const COLUMN = 28;

/** `moraine help` */
export function overview(commands: readonly Command[]): string {
  const rows = commands.map((command) => entry(synopsis(command), command.summary));
  return [
    'Moraine: S3-compatible object storage on your own machine.',
    '',
    'Usage: moraine COMMAND [OPTIONS]',
    '',
    ...rows,
    '',
    'Each command explains itself with --help. Exit codes: 0 done; 1 failed, or a check found something;',
    '2 the command line or the configuration is wrong, nothing was tried.',
    '',
  ].join('\n');
}

/** `moraine COMMAND --help` */
export function commandHelp(command: Command): string {
  const lines = [`Usage: moraine ${synopsis(command)} [OPTIONS]`, '', ...wrap(command.summary, 0)];
  for (const paragraph of command.details?.split('\n') ?? []) lines.push('', ...wrap(paragraph, 0));
  if (command.positionals.length > 0) {
    lines.push('', ...command.positionals.map((one) => entry(one.name, one.help)));
  }
  const options = command.options.map((one) => entry(`--${one.name}${one.value ? ` ${one.value}` : ''}`, one.help));
  lines.push('', 'Options:', ...options, entry('--help', 'This text.'));
  const settings = flagSettings(command);
  if (settings.length > 0) {
    lines.push('', 'Settings (also in a file or as MORAINE_… variables, see docs/configuration.md):');
    lines.push(entry('--config FILE', 'TOML file with settings. Also as MORAINE_CONFIG.'));
    // Whoever has a cluster has a file: it would be most of each text.
    const brief = !/^(serve|config|cassandra)\b/.test(command.name);
    if (brief && settings.some(isCluster))
      lines.push(entry('--cassandra-… VALUE', 'The store is in a cluster: see docs/configuration.md.'));
    for (const key of settings.filter((one) => !(brief && isCluster(one)))) {
      const setting = settingOf(key);
      const fallback = setting.default === undefined ? '' : ` Default: ${setting.default}.`;
      lines.push(entry(`--${flagOf(key)} ${setting.value}`, `${setting.help}${fallback}`));
    }
  }
  return `${lines.join('\n')}\n`;
}

const isCluster = (key: SettingKey): boolean => key.startsWith('cassandra.');

function synopsis(command: Command): string {
  const words = command.positionals.map((one) => (one.required ? one.name : `[${one.name}]`));
  return [command.name, ...words].join(' ');
}

function entry(term: string, text: string): string {
  const [first = '', ...rest] = wrap(text.replaceAll('`', ''), COLUMN + 2);
  const head = `  ${term}`;
  const indent = ' '.repeat(COLUMN + 2);
  const lines = head.length < COLUMN + 1 ? [head.padEnd(COLUMN + 2) + first] : [head, indent + first];
  return [...lines, ...rest.map((line) => indent + line)].join('\n');
}

function wrap(text: string, indent: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
