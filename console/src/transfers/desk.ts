/**
 * From a drop to uploads: collects what was dropped, looks at what is there already, asks once for the whole batch, and sends. A store of
 * the question that is open; the engine has the rest.
 */

import type { Sent } from '../jobs/dropped.ts';
import type { S3 } from '../s3/client.ts';
import { besideOf, type Conflict, existing } from './existing.ts';
import type { Decision, Place, ToUpload, Uploads } from './uploads.ts';

/** What is asked before anything of the batch is sent. */
export interface Question {
  /** Tells it from the next one. */
  readonly number: number;
  readonly to: Place;
  /** Of all that was dropped. */
  readonly all: number;
  readonly conflicts: readonly Conflict[];
  /** What is there is kept as an old version. */
  readonly versioned: boolean;
  /** One decision for each conflict, in their order; `undefined`: nothing is sent. */
  readonly answer: (decisions: readonly Decision[] | undefined) => void;
}

export interface Desk {
  readonly uploads: Uploads;
  subscribe(changed: () => void): () => void;
  question(): Question | undefined;
  /** Resolves when everything is on its way, or was called off. */
  send(to: Place, files: AsyncIterable<Sent> | Iterable<Sent>): Promise<void>;
  /** Decides about rows that turned out to be in the way while they were sent. */
  keepBoth(id: string): void;
}

/** What is dropped as an empty folder becomes an empty object with a `/` at its end, as other tools make them. */
const asUpload = ({ path, file, failure, handle }: Sent): ToUpload => ({
  path,
  file: file ?? new File([], path),
  handle,
  ...(failure === undefined ? {} : { failure }),
});

export function createDesk(s3: S3, uploads: Uploads): Desk {
  const listeners = new Set<() => void>();
  /** One is shown at a time, in the order of the drops. */
  let open: readonly Question[] = [];
  let asked = 0;
  const show = (questions: readonly Question[]): void => {
    open = questions;
    for (const listener of listeners) listener();
  };
  const ask = (question: Omit<Question, 'answer' | 'number'>): Promise<readonly Decision[] | undefined> =>
    new Promise((resolve) => {
      const number = ++asked;
      const answer: Question['answer'] = (decisions) => {
        show(open.filter((one) => one.number !== number));
        resolve(decisions);
      };
      show([...open, { ...question, number, answer }]);
    });
  const isVersioned = (bucket: string): Promise<boolean> =>
    s3.getBucketVersioning({ bucket }).then(
      (status) => status === 'Enabled',
      () => false,
    );
  const send = async (to: Place, files: AsyncIterable<Sent> | Iterable<Sent>): Promise<void> => {
    const dropped: ToUpload[] = [];
    for await (const sent of files) dropped.push(asUpload(sent));
    // Whoever may write but not list finds out by each upload's own condition.
    const conflicts = await existing(s3, to, dropped).catch(() => []);
    if (conflicts.length === 0) {
      uploads.add(to, dropped);
      return;
    }
    const versioned = await isVersioned(to.bucket);
    const decisions = await ask({ to, all: dropped.length, conflicts, versioned });
    if (decisions === undefined) return;
    const decided = new Map(conflicts.map(({ upload }, index) => [upload, decisions[index] ?? 'skip']));
    const beside = dropped.flatMap((upload) => {
      const decision = decided.get(upload);
      return typeof decision === 'object' ? [{ ...upload, path: decision.key.slice(to.prefix.length) }] : [];
    });
    uploads.add(to, [...dropped.filter((upload) => !decided.has(upload)), ...beside]);
    uploads.add(
      to,
      dropped.filter((upload) => decided.get(upload) === 'replace'),
      true,
    );
  };
  return Object.freeze({
    uploads,
    subscribe: (changed: () => void) => {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    question: () => open[0],
    send,
    keepBoth: (id: string) => {
      const row = uploads.state().rows.get(id);
      if (row !== undefined) uploads.decide(id, { key: besideOf(row.key, (key) => key === row.key) });
    },
  });
}
