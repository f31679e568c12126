/**
 * What is kept of a refused request, so that it can be explained by its id: what was asked, what the rules said then, and of a
 * signature that did not match enough to find out why. No secret, no signature, no token, no customer key (SECURITY rule 26).
 *
 * `http/refusals.ts` makes these, `cli/explain-request.ts` and the account API tell them. Written as JSON (`Refusal.record`).
 */

import type { Reason } from '../model/access/question.ts';
import type { AccountId } from '../model/entities.ts';
import type { ErrorCode } from '../model/errors.ts';
import type { Explanation } from './explain.ts';
import type { OperationName } from './table.ts';

export interface RefusalRecord {
  readonly method: string;
  /** Undefined: refused before it was known. */
  readonly operation?: OperationName | undefined;
  readonly bucket?: string | undefined;
  readonly key?: string | undefined;
  readonly versionId?: string | undefined;
  readonly remoteAddress: string;
  readonly secure: boolean;
  /** Whose the claimed credentials are, and whose the bucket; undefined: nobody's that is known. */
  readonly asker?: AccountId | undefined;
  readonly owner?: AccountId | undefined;
  /** As claimed; undefined: anonymous, or its claim could not be read. */
  readonly accessKeyId?: string | undefined;
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  /** What the layers said then; undefined: nobody asked them. */
  readonly explanation?: KeptExplanation | undefined;
  /** Undefined: the signature was right, or there was none. */
  readonly signature?: KeptSignature | undefined;
}

/** An `Explanation`, with the reason that decided by its place. */
export type KeptExplanation = Omit<Explanation, 'decision'> & {
  readonly allowed: boolean;
  readonly reasons: readonly Reason[];
  /** -1: none. */
  readonly decisive: number;
  readonly remedies: readonly string[];
};

export interface KeptSignature {
  readonly version: 'v2' | 'v4';
  readonly place: 'header' | 'query' | 'form';
  /** V4: what the credential says. */
  readonly date?: string;
  readonly region?: string;
  readonly service?: string;
  readonly timestamp?: string;
  readonly signedHeaders?: readonly string[];
  /** As sent: seconds that it holds (V4), or the second when it ends (V2). */
  readonly expires?: string;
  /** SHA-256 of the signature that was sent, hex: guesses are compared with it. */
  readonly digest: string;
  /** The request's head without what is secret in it; undefined: too large to keep. */
  readonly head?: { readonly target: string; readonly headers: readonly string[] } | undefined;
}

export function keptExplanation({ decision, ...rest }: Explanation): KeptExplanation {
  const { allowed, reasons, decisive, remedies } = decision;
  return { ...rest, allowed, reasons, decisive: decisive === undefined ? -1 : reasons.indexOf(decisive), remedies };
}

export function explanationOf({ allowed, reasons, decisive, remedies, ...rest }: KeptExplanation): Explanation {
  return { ...rest, decision: { allowed, reasons, decisive: reasons[decisive], remedies } };
}

export const writeRefusal = (record: RefusalRecord): string => JSON.stringify(record);

/** What we wrote ourselves. */
export function readRefusal(text: string): RefusalRecord {
  const record: RefusalRecord = JSON.parse(text);
  return record;
}
