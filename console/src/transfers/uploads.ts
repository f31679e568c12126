/** Uploads as pages see them, and what they are made with. `engine.ts` makes them. */

import type { Handles, RequestServices } from './requests.ts';
import type { Row } from './row.ts';
import type { State } from './state.ts';

/** A file to send, and where the browser has it. */
export interface ToUpload {
  /** Below the folder it goes to. */
  readonly path: string;
  readonly file: File;
  readonly handles?: (() => Promise<Handles | undefined>) | undefined;
  /** It could not be read: a row that says so. */
  readonly failure?: unknown;
}

export interface Place {
  readonly bucket: string;
  readonly prefix: string;
}

/** About what is in the way: write over it (a new version where they are kept), leave it, or write beside it. */
export type Decision = 'replace' | 'skip' | { readonly key: string };

/** Without ids: all of them. */
export interface Uploads {
  subscribe(changed: () => void): () => void;
  state(): State;
  /** Begins; answers with the batch's name. */
  add(to: Place, files: readonly ToUpload[], replace?: boolean): string;
  pause(ids?: readonly string[]): void;
  resume(ids?: readonly string[]): void;
  cancel(ids?: readonly string[]): void;
  retry(ids?: readonly string[]): void;
  decide(id: string, as: Decision): void;
  /** Takes rows that are over out of sight. */
  tidy(): void;
  /** Whether the browser has a network. */
  line(offline: boolean): void;
  /** Whether anybody is signed in: until then everything waits. */
  session(signedOut: boolean): void;
  /** Somebody else signs in: rows go out of sight, what was begun is remembered for whoever began it. */
  leave(): void;
  /** What was under way before the page was loaded anew. */
  recall(account: string): Promise<void>;
  /** Goes on with an interrupted one: from its handle, or with the file chosen again. Rejects when it is another file. */
  revive(id: string, file?: File): Promise<void>;
  /** Whether the browser kept a handle of an interrupted one's file. */
  hasHandle(id: string): boolean;
  /** Something became an object. */
  onDone(heard: (row: Row) => void): () => void;
}

export interface UploadServices extends RequestServices {
  readonly now: () => number;
  /** Calls after so many ms. Answers how to stop that. */
  readonly later: (ms: number, act: () => void) => () => void;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Names rows. */
  readonly newId: () => string;
}
