/** The command line: finds the command, parses its words, runs it, and turns what was thrown into one clear line. */

import { MasterKeyError } from '../admin/masterkey.ts';
import { AdminError } from '../admin/types.ts';
import { nearest } from '../base/nearest.ts';
import { SealError } from '../base/seal.ts';
import { ConfigError } from '../config.ts';
import { Corrupt, Unavailable } from '../store/port.ts';
import {
  accountAdd,
  accountEndSessions,
  accountList,
  accountPasswd,
  accountRemove,
  accountResume,
  accountSet,
  accountShow,
  accountSuspend,
} from './account.ts';
import { parseArguments } from './arguments.ts';
import { audit } from './audit.ts';
import { cassandraInit, cassandraStatus, cassandraUpgrade } from './cassandra.ts';
import { check } from './check.ts';
import { type Command, CommandError, type Context, EXIT, UsageError } from './command.ts';
import { config } from './config.ts';
import { copies } from './copies.ts';
import { drives } from './drives.ts';
import { explain } from './explain.ts';
import { commandHelp, overview } from './help.ts';
import { keyCreate, keyList, keyRevoke, keyRotate, keySet } from './key.ts';
import { masterKeyCreate, masterKeyRewrap } from './master-key.ts';
import { visible } from './print.ts';
import { s3cfg } from './s3cfg.ts';
import { scrub } from './scrub.ts';
import { serve } from './serve.ts';
import { keySession } from './session.ts';
import { version } from './version.ts';

const COMMANDS: readonly Command[] = Object.freeze([
  serve,
  accountAdd,
  accountList,
  accountShow,
  accountSet,
  accountSuspend,
  accountResume,
  accountPasswd,
  accountEndSessions,
  accountRemove,
  keyCreate,
  keyList,
  keySet,
  keyRotate,
  keyRevoke,
  keySession,
  audit,
  explain,
  s3cfg,
  check,
  scrub,
  drives,
  cassandraInit,
  cassandraStatus,
  cassandraUpgrade,
  copies,
  masterKeyCreate,
  masterKeyRewrap,
  config,
  version,
]);

/** Runs one command line (without `moraine` itself). Resolves to the exit code; never throws. */
export async function run(words: readonly string[], context: Context): Promise<number> {
  try {
    return await dispatch(words, context);
  } catch (error) {
    const failure = describe(error);
    // What was typed is repeated, and may hold anything; several lines are our own (a stack).
    for (const text of failure.lines) context.err(`moraine: ${text.split('\n').map(visible).join('\n')}\n`);
    return failure.code;
  }
}

async function dispatch(words: readonly string[], context: Context): Promise<number> {
  const [first = 'help', second] = words;
  if (['help', '--help', '-h'].includes(first)) {
    const named = COMMANDS.filter((command) => `${command.name} `.startsWith(`${words.slice(1).join(' ')} `));
    context.out(second === undefined ? overview(COMMANDS) : named.map(commandHelp).join('\n'));
    if (second !== undefined && named.length === 0) throw unknownCommand(words.slice(1));
    return EXIT.ok;
  }
  if (first === '--version')
    return version.run(context, {
      positionals: [],
      options: new Map(),
      lists: new Map(),
      sources: context.sources(new Map()),
    });
  const command = COMMANDS.find(({ name }) => name === first || name === `${first} ${second ?? ''}`);
  if (command === undefined) return group(words, context);
  const parsed = parseArguments(command, words.slice(command.name.split(' ').length));
  if (parsed.help) {
    context.out(commandHelp(command));
    return EXIT.ok;
  }
  const { positionals, options, lists, flags } = parsed;
  return command.run(context, { positionals, options, lists, sources: context.sources(flags) });
}

/** `moraine account --help` explains all of that group. */
function group(words: readonly string[], context: Context): number {
  const [first = '', second] = words;
  const members = COMMANDS.filter(({ name }) => name.startsWith(`${first} `));
  if (members.length === 0 || (second !== undefined && !['--help', '-h'].includes(second))) throw unknownCommand(words);
  if (second === undefined) {
    const names = members.map(({ name }) => name.slice(first.length + 1)).join(', ');
    throw new UsageError(`moraine ${first} needs one of: ${names}`);
  }
  context.out(members.map(commandHelp).join('\n'));
  return EXIT.ok;
}

function unknownCommand(words: readonly string[]): UsageError {
  const names = COMMANDS.map(({ name }) => name);
  const near = nearest(words.slice(0, 2).join(' '), names) ?? nearest(words[0] ?? '', names);
  const hint = near === undefined ? '`moraine help` lists them' : `did you mean ${near}?`;
  return new UsageError(`there is no command ${JSON.stringify(words.slice(0, 2).join(' '))}: ${hint}`);
}

function describe(error: unknown): { readonly lines: readonly string[]; readonly code: number } {
  if (error instanceof UsageError) return { lines: [error.message], code: EXIT.usage };
  if (error instanceof ConfigError) return { lines: error.problems, code: EXIT.usage };
  if (isExpected(error)) return { lines: [error.message], code: EXIT.failed };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { lines: [`this is a mistake of ours, please report it: ${text}`], code: EXIT.failed };
}

/** Everything that can go wrong without a mistake in the program: errors of ours for people, and of the system. */
function isExpected(error: unknown): error is Error {
  const ours = [CommandError, AdminError, MasterKeyError, SealError, Unavailable, Corrupt];
  if (ours.some((kind) => error instanceof kind)) return true;
  return error instanceof Error && 'syscall' in error;
}
