/**
 * Opening the database for a front end: connect, look at the store's format, the places of its copies, the clocks and what the
 * cluster does, in this order; then sessions. What makes promises untrue refuses the start with what to do.
 *
 * Afterwards it is looked at every minute: a wrong clock or a newer format stops writes, everything else is logged.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../../base/log.ts';
import { Unavailable } from '../../port.ts';
import { createClients, type RegionClient } from './driver.ts';
import { failureOf } from './failures.ts';
import { formatOf, initStore, newerProblem, olderProblem, openStore, type Store, upgradeStore } from './format.ts';
import { selfTest } from './selftest.ts';
import { connectAll, createSessions, homeOf, type SessionsOptions } from './sessions.ts';
import { type ClockReading, judgeClocks, type Problem, readClocks, readTopology, type Topology } from './topology.ts';
import type { Node, RegionName, Sessions } from './types.ts';

export interface DatabaseOptions extends Omit<SessionsOptions, 'refusal'> {
  /** The operator accepts fewer than three copies on three racks, and to lose data thereby. */
  readonly fewerCopies?: boolean;
  /** Default: true. For commands that read: not worth its second. */
  readonly selfTest?: boolean;
}

export interface Database {
  readonly sessions: Sessions;
  /** Looks at everything now. */
  status(): Promise<DatabaseStatus>;
  close(): Promise<void>;
}

export interface DatabaseStatus {
  readonly format: number;
  readonly topology: Topology;
  readonly clocks: readonly ClockReading[];
  /** All that is wrong, those of the clocks included. */
  readonly problems: readonly Problem[];
  /** Why nothing may be written now. */
  readonly refusal: string | undefined;
}

const LOOK_MS = 60_000;

/** Throws `Error` for the operator. Closes what it opened. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  return await withClients(options, async (parts) => {
    await openStore(parts.store);
    const status = await look(parts);
    const [worst] = status.problems.filter((problem) => refuses(problem, options));
    if (worst !== undefined) throw new Error(worst.message + hint(worst));
    if (options.selfTest !== false) {
      const { home: connection, region } = parts;
      const { prefix, random, clock, log } = options;
      await selfTest({ connection, region, prefix, random, clock, log });
    }
    return serve(parts, status);
  });
}

/**
 * `moraine cassandra init`. Resolves to the keyspaces and tables that were missing. Refuses data centres with fewer racks than
 * needed; where that is accepted, there are no more copies than nodes.
 */
export async function initDatabase(options: DatabaseOptions & { readonly copies: number }): Promise<readonly string[]> {
  return await withClients(options, async (parts) => {
    const { store, home } = parts;
    const { topology } = await readTopology(home.client, options, () => formatOf(store.meta, 'seen'));
    const { nodes, problems } = topology;
    const racks = problems.find(({ kind }) => kind === 'racks');
    if (racks !== undefined && options.fewerCopies !== true) throw new Error(racks.message + hint(racks));
    const copies = options.fewerCopies === true ? mostCopies(options, nodes) : options.copies;
    const made = await initStore(parts.store, copies);
    await parts.sessions.close();
    return made;
  });
}

/** As many as each data centre has nodes for. */
function mostCopies(
  { regions, copies }: DatabaseOptions & { readonly copies: number },
  nodes: readonly Node[],
): number {
  const counts = Object.values(regions)
    .flat()
    .map((centre) => nodes.filter(({ dataCentre }) => dataCentre === centre).length);
  return Math.max(1, Math.min(copies, ...counts));
}

/** `moraine cassandra upgrade`. Resolves to the format. */
export async function upgradeDatabase(options: DatabaseOptions): Promise<number> {
  return await withClients(options, async (parts) => {
    await upgradeStore(parts.store);
    const format = await formatOf(parts.store.meta, 'agreed');
    await parts.sessions.close();
    return format;
  });
}

/** `moraine cassandra status`: works over a store that `openDatabase` would refuse. */
export async function inspectDatabase(options: DatabaseOptions): Promise<DatabaseStatus> {
  return await withClients(options, async (parts) => {
    const status = await look(parts);
    await parts.sessions.close();
    return status;
  });
}

interface Parts {
  readonly options: DatabaseOptions;
  readonly region: RegionName;
  readonly home: RegionClient;
  readonly sessions: Sessions;
  readonly store: Store;
  /** Why nothing is written now. */
  readonly gate: { refusal: string | undefined };
}

async function withClients<T>(options: DatabaseOptions, use: (parts: Parts) => Promise<T>): Promise<T> {
  const clients = createClients(options);
  const region = homeOf(options);
  const gate: Parts['gate'] = { refusal: undefined };
  const sessions = createSessions(clients, { ...options, refusal: () => gate.refusal });
  try {
    const home = await connectAll(clients, options);
    const { clock, random } = options;
    const store = { client: home.client, keyspaces: options, meta: { session: sessions.home, clock, random } };
    return await use({ options, region, home, sessions, store, gate });
  } catch (error) {
    await sessions.close();
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    const { message, mayHaveApplied } = failure;
    throw new Unavailable(`the cluster does not answer as it should: ${message}`, { mayHaveApplied, cause: error });
  }
}

async function look({ home, store, options, gate }: Parts): Promise<DatabaseStatus> {
  const { topology, format } = await readTopology(home.client, options, () => formatOf(store.meta, 'seen'));
  const clocks = await readClocks(home.client, home.dataCentre, options.clock);
  const verdict = judgeClocks(clocks);
  const older = olderProblem(format);
  gate.refusal = verdict.refusal ?? newerProblem(format);
  return Object.freeze({
    format,
    topology,
    clocks,
    problems: [
      ...(older === undefined ? [] : [{ kind: 'format', message: older } as const]),
      ...topology.problems,
      ...verdict.problems,
    ],
    refusal: gate.refusal,
  });
}

function refuses({ kind }: Problem, { fewerCopies }: DatabaseOptions): boolean {
  return kind === 'place' || ((kind === 'copies' || kind === 'racks') && fewerCopies !== true);
}

function hint({ kind }: Problem): string {
  return kind === 'copies' || kind === 'racks'
    ? '. For trials, cassandra.fewer-copies = "i-accept-data-loss" starts all the same: the loss of a disk may then lose what was acknowledged'
    : '';
}

function serve(parts: Parts, first: DatabaseStatus): Database {
  const end = new AbortController();
  const { log } = parts.options;
  tell(log, first, undefined);
  const watching = watch(parts, first, end.signal);
  return Object.freeze({
    sessions: parts.sessions,
    status: () => look(parts),
    close: async () => {
      end.abort();
      await watching;
      await parts.sessions.close();
    },
  });
}

async function watch(parts: Parts, first: DatabaseStatus, signal: AbortSignal): Promise<void> {
  const { log } = parts.options;
  let last = first;
  for (;;) {
    await sleep(LOOK_MS, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    try {
      const status = await look(parts);
      tell(log, status, last);
      last = status;
    } catch (error) {
      log?.warn('the cluster could not be looked at', {}, error);
    }
  }
}

/** Each problem once, when it appears. */
function tell(log: Log | undefined, { problems, refusal }: DatabaseStatus, last: DatabaseStatus | undefined): void {
  const known = new Set(last?.problems.map(({ message }) => message));
  for (const { kind, message } of problems)
    if (!known.has(message)) log?.warn('the cluster', { kind, problem: message });
  if (refusal !== undefined && refusal !== last?.refusal) log?.error('writes are refused', { reason: refusal });
  if (refusal === undefined && last?.refusal !== undefined) log?.info('writes are accepted again');
}
