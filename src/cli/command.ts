/**
 * What a command is: data about its words, options and settings, and one function. `run.ts` does the rest.
 *
 * Exit codes: 0 done; 1 it failed, or a check found something; 2 the command line or the configuration is wrong and
 * nothing was tried.
 */

import type { Clock } from '../base/clock.ts';
import type { Limits } from '../base/limits.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Sources } from '../config.ts';
import type { SettingKey } from '../settings.ts';
import type { DatabaseOptions, DatabaseStatus } from '../store/cassandra/database/open.ts';
import type { Engine } from '../store/port.ts';

export const EXIT = Object.freeze({ ok: 0, failed: 1, usage: 2 });

export interface Command {
  /** Words after `moraine`: `account add`. */
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Paragraphs for `--help`, beyond the summary. */
  readonly details?: string;
  readonly positionals: readonly Positional[];
  readonly options: readonly Option[];
  /** Settings that it reads and that may therefore be given as flags. */
  readonly settings: readonly SettingKey[];
  /** Resolves to the exit code. */
  run(context: Context, input: Input): Promise<number>;
}

export interface Positional {
  readonly name: string;
  readonly required: boolean;
  readonly help: string;
}

export interface Option {
  /** Without `--`. */
  readonly name: string;
  /** What stands for its value; undefined: it takes none. */
  readonly value?: string;
  /** May be given several times: `Input.lists` has its values. */
  readonly many?: boolean;
  readonly help: string;
}

export interface Input {
  readonly positionals: readonly string[];
  /** Options of the command that were given; those without a value are `''`. */
  readonly options: ReadonlyMap<string, string>;
  /** Values, in order, of those options that may be given several times. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  /** Where the configuration comes from, flags included. */
  readonly sources: Sources;
}

/** All that commands touch of the world. */
export interface Context {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** All of standard input. */
  readonly stdin: () => Promise<string>;
  /** What is typed after the question, without showing it; undefined when standard input is no terminal. */
  readonly askSecret: (question: string) => Promise<string | undefined>;
  readonly sources: (flags: ReadonlyMap<string, string>) => Sources;
  readonly clock: Clock;
  readonly random: Random;
  readonly openEngine: (options: EngineOptions) => Promise<Engine>;
  readonly cluster: ClusterTools;
}

/** What `moraine cassandra …` does to a cluster. Each connects, and leaves nothing open. */
export interface ClusterTools {
  /** Makes what is missing, with so many copies in each data centre; resolves to its names. */
  init(options: ClusterOptions & { readonly copies: number }): Promise<readonly string[]>;
  status(options: ClusterOptions): Promise<DatabaseStatus>;
  /** Moves an older format forward; resolves to the format that the store has now. */
  upgrade(options: ClusterOptions): Promise<number>;
}

export type ClusterOptions = DatabaseOptions;
/** A cluster, and how it is spoken with. */
export type ClusterPlace = Omit<ClusterOptions, 'clock' | 'random' | 'log' | 'selfTest'>;

export interface EngineOptions {
  readonly path: string;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: Log;
  readonly readOnly?: boolean;
  /** Instead of `path`. `giveUp`: drives whose last writes the operator parts with. */
  readonly drives?: {
    readonly paths: readonly string[];
    readonly minCopies: number;
    readonly giveUp?: readonly string[];
  };
  /** Instead of `path`: in a cluster. */
  readonly cassandra?: ClusterPlace;
  /** Whether the cluster is held to what promises rest on, before it is trusted. Default: true. */
  readonly selfTest?: boolean;
}

/** The command line is wrong: shown with where to find help. */
export class UsageError extends Error {}

/** It cannot be done: one line that says why and what to do. */
export class CommandError extends Error {}
