/**
 * From words to a command and its input: `node:util` splits, the commands' tables judge.
 *
 * A flag that the command does not know is refused with the nearest one that it does; so are a value too many, one
 * missing, and a flag given twice. `--` ends the flags.
 */

import { parseArgs } from 'node:util';
import { nearest } from '../base/nearest.ts';
import { flagOf, isSettingKey, SETTING_KEYS, settingOf } from '../config.ts';
import type { SettingKey } from '../settings.ts';
import { type Command, UsageError } from './command.ts';

export interface Arguments {
  readonly help: boolean;
  readonly positionals: readonly string[];
  /** The command's own options. */
  readonly options: ReadonlyMap<string, string>;
  /** The command's own options that may be given several times. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  /** Settings given as flags, and `config`. */
  readonly flags: ReadonlyMap<string, string>;
}

/** Flags that every command with settings takes besides. */
const CONFIG_FLAG = 'config';

/** The settings of a command that may be flags. */
export function flagSettings(command: Command): readonly SettingKey[] {
  return command.settings.filter((key) => settingOf(key).only === undefined);
}

/** `words` follow the command's name. Throws `UsageError`. */
export function parseArguments(command: Command, words: readonly string[]): Arguments {
  const settings = new Set(flagSettings(command).map(flagOf));
  if (settings.size > 0) settings.add(CONFIG_FLAG);
  const withValue = new Set([...settings, ...command.options.filter((one) => one.value).map((one) => one.name)]);
  const known = new Set([...withValue, ...command.options.map((one) => one.name), 'help']);
  const positionals: string[] = [];
  const options = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  const flags = new Map<string, string>();
  const many = new Set(command.options.filter((one) => one.many === true).map((one) => one.name));
  let help = false;

  for (const token of tokens(words, known, withValue)) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name } = token;
    if (!known.has(name)) throw unknownFlag(command, token.rawName, known);
    if (name === 'help') help = true;
    else if (many.has(name)) lists.set(name, [...(lists.get(name) ?? []), optionValue(token, true)]);
    else if (options.has(name) || flags.has(name)) throw new UsageError(`--${name} is given twice`);
    else (settings.has(name) ? flags : options).set(name, optionValue(token, withValue.has(name)));
  }
  if (!help) checkPositionals(command, positionals);
  return { help, positionals, options, lists, flags };
}

function tokens(words: readonly string[], known: ReadonlySet<string>, withValue: ReadonlySet<string>) {
  const options = Object.fromEntries(
    [...known].map((name) => [
      name,
      {
        type: withValue.has(name) ? ('string' as const) : ('boolean' as const),
        ...(name === 'help' ? { short: 'h' } : {}),
      },
    ]),
  );
  return parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function optionValue({ rawName, value, inlineValue }: OptionToken, takesValue: boolean): string {
  if (!takesValue) {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value`);
    return '';
  }
  if (value === undefined || value === '') throw new UsageError(`${rawName} needs a value`);
  if (inlineValue !== true && value !== '-' && value.startsWith('-')) {
    throw new UsageError(`${rawName} needs a value: for one that begins with "-" write ${rawName}=${value}`);
  }
  return value;
}

function unknownFlag(command: Command, flag: string, known: ReadonlySet<string>): UsageError {
  const name = flag.replace(/^-+/, '');
  const near = nearest(name, known);
  if (near !== undefined) return new UsageError(`there is no ${flag}: did you mean --${near}?`);
  const elsewhere = SETTING_KEYS.find((key) => flagOf(key) === name);
  if (elsewhere !== undefined && isSettingKey(elsewhere)) {
    const only = settingOf(elsewhere).only;
    return new UsageError(
      only === undefined
        ? `${flag} is a setting that \`moraine ${command.name}\` does not use`
        : `${flag} can only be given in the ${only}`,
    );
  }
  return new UsageError(`there is no ${flag}`);
}

function checkPositionals(command: Command, given: readonly string[]): void {
  const missing = command.positionals.slice(given.length).find((one) => one.required);
  if (missing !== undefined) throw new UsageError(`${missing.name} is missing: ${missing.help}`);
  const extra = given[command.positionals.length];
  if (extra !== undefined) throw new UsageError(`${JSON.stringify(extra)} is one value too many`);
}
