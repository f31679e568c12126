/**
 * What a row of the account API is, and what its handler is given. `route.ts` makes rows, `table.ts` lists them, `line.ts` runs
 * them; what has no row does not exist (SECURITY rule 7).
 */

import type { z } from 'zod';
import type { AdminAction } from '../../admin/rights.ts';
import type { Actor, Admin, SessionHolder } from '../../admin/types.ts';
import type { Clock } from '../../base/clock.ts';
import type { Limits } from '../../base/limits.ts';
import type { UsageJob } from '../../jobs/usage.ts';
import type { PlatformAccess } from '../../model/entities.ts';
import type { PolicyCache } from '../../model/policy/cache.ts';
import type { Capabilities, Rows, Upkeep } from '../../store/port.ts';
import type { Site } from '../site.ts';
import type { Shown } from './credentials.ts';
import type { AnswerFile } from './errors.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Who may: anyone at all; whoever is signed in, with whatever; or who `admin/rights.ts` says, of what the row is about. */
export type May = 'anyone' | 'signed-in' | AdminAction;

export interface ApiServices {
  readonly admin: Admin;
  readonly rows: Pick<Rows, 'getTarget' | 'getUpload' | 'getAccount' | 'getRefusal' | 'scanBuckets'>;
  readonly upkeep: Pick<Upkeep, 'copies' | 'health' | 'usage'>;
  readonly usage: Pick<UsageJob, 'of' | 'known' | 'countedAt'>;
  /** What the front end's processes count together, in the form of `/metrics`. */
  readonly figures: () => Promise<string>;
  readonly capabilities: Pick<Capabilities, 'name'>;
  readonly site: Site;
  readonly access: PlatformAccess;
  readonly policies: PolicyCache;
  readonly clock: Clock;
  readonly limits: Limits;
  /** Of Moraine, for the description. */
  readonly version: string;
}

/** A request as far as every row needs it. */
export interface Asked {
  /** Parts of the path by the names that the row gives them, decoded once. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Who does it, for the audit trail. */
  readonly by: Actor;
  readonly secure: boolean;
  /** By which name of ours, as the Host header has it. */
  readonly host: string;
}

/** Somebody who is signed in. */
export interface Caller {
  readonly holder: SessionHolder;
  readonly shown: Shown;
}

export interface Outcome {
  readonly answer: unknown;
  /** Instead of the answer: something to be saved. */
  readonly file?: AnswerFile;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The parts of a request that a row reads in the order in which it may: query, then rights, then body. */
export interface Incoming extends Asked {
  /** Undefined exactly on rows that anyone may ask for. */
  readonly caller: Caller | undefined;
  readonly query: ReadonlyMap<string, string>;
  /** Reads the body: `undefined` when there is none. */
  readonly json: () => Promise<unknown>;
}

export interface Route {
  readonly method: Method;
  /** `/keys/{accessKeyId}`, below `/api/v1`. */
  readonly path: string;
  /** For the log and the description. */
  readonly operation: string;
  readonly summary: string;
  readonly details?: string | undefined;
  readonly may: May;
  readonly query: z.ZodObject;
  /** `NOTHING` where there is none. */
  readonly body: z.ZodType;
  readonly answer: z.ZodType;
  readonly status: number;
  serve(incoming: Incoming, services: ApiServices): Promise<Outcome>;
}
