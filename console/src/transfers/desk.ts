/**
 * From a drop to uploads: collects what was dropped, looks at what is there already, asks once for the whole batch, and sends. A store of
 * the question that is open; the engine has the rest.
 */

import type { Sent } from '../jobs/dropped.ts';
import type { S3 } from '../s3/client.ts';
import type { Md5Of } from './checksums.ts';
import { besideOf, type Conflict, existing } from './existing.ts';
import type { Decision, Place, ToUpload, Uploads } from './uploads.ts';

/** What is asked before anything of the batch is sent. */
export interface Question {
  /** Tells it from others. */
  readonly id: number;
  readonly to: Place;
  /** Of all that was dropped. */
  readonly all: number;
  readonly conflicts: readonly Conflict[];
  /** What is there is kept as an old version. */
  readonly versioned: boolean;
  /** One decision for each conflict, in their order; `undefined`: nothing is sent. */
  readonly answer: (decisions: readonly Decision[] | undefined) => void;
}

/** Of the tray. `auto`: in sight while there is something in it. */
export type View = 'auto' | 'open' | 'hidden';

export interface Desk {
  readonly uploads: Uploads;
  subscribe(changed: () => void): () => void;
  /** One at a time: others wait until it is answered. */
  question(): Question | undefined;
  /** Files of which it is being looked at whether they are there. */
  checking(): number;
  view(): View;
  /** Shows the tray where it is hidden, and hides it where it is shown. `hide`: the latter, whatever it is. */
  toggle(hide?: boolean): void;
  /** Resolves when everything is on its way, or was called off. */
  send(to: Place, files: AsyncIterable<Sent> | Iterable<Sent>): Promise<void>;
  /** Decides about rows that turned out to be in the way while they were sent. */
  keepBoth(id: string): void;
}

/** What is dropped as an empty folder becomes an empty object with a `/` at its end, as other tools make them. */
const asUpload = ({ path, file, failure, handles }: Sent): ToUpload => ({
  path,
  file: file ?? new File([], path),
  handles,
  ...(failure === undefined ? {} : { failure }),
});

interface DeskServices {
  readonly s3: S3;
  readonly md5Of: Md5Of;
}

const isVersioned = (s3: S3, bucket: string): Promise<boolean> =>
  s3.getBucketVersioning({ bucket }).then(
    (status) => status === 'Enabled',
    () => false,
  );

export function createDesk(services: DeskServices, uploads: Uploads): Desk {
  const { s3 } = services;
  const listeners = new Set<() => void>();
  let checking = 0;
  let view: View = 'auto';
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const { ask, first } = createQuestions(tell);
  const check = async (to: Place, files: AsyncIterable<Sent> | Iterable<Sent>) => {
    const dropped: ToUpload[] = [];
    const look = (more: number): void => {
      checking += more;
      tell();
    };
    try {
      for await (const sent of files) {
        dropped.push(asUpload(sent));
        look(1);
      }
      // What could not be read is not asked about. Whoever may write but not list finds out by each upload's own condition.
      const readable = dropped.filter(({ failure }) => failure === undefined);
      const conflicts = await existing(services, to, readable).catch(() => []);
      const versioned = conflicts.length > 0 && (await isVersioned(s3, to.bucket));
      return { dropped, conflicts, versioned };
    } finally {
      look(-dropped.length);
    }
  };
  const send: Desk['send'] = async (to, files) => {
    if (view === 'hidden') view = 'auto';
    const { dropped, conflicts, versioned } = await check(to, files);
    if (conflicts.length === 0) {
      uploads.add(to, dropped);
      return;
    }
    const decisions = await ask({ to, all: dropped.length, conflicts, versioned });
    if (decisions !== undefined)
      for (const { some, replace } of sorted(to, dropped, decidedOf(conflicts, decisions)))
        uploads.add(to, some, replace);
  };
  return Object.freeze({
    ...{ uploads, send },
    subscribe: (changed: () => void) => {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    question: first,
    checking: () => checking,
    view: () => view,
    toggle: (hide = false) => {
      const inSight = view === 'open' || (view === 'auto' && (checking > 0 || uploads.state().rows.size > 0));
      view = hide || inSight ? 'hidden' : 'open';
      tell();
    },
    keepBoth: (id: string) => {
      const row = uploads.state().rows.get(id);
      if (row !== undefined) uploads.decide(id, { key: besideOf(row.key, (key) => key === row.key) });
    },
  });
}

/** In the order of the drops; one is shown at a time. */
function createQuestions(tell: () => void) {
  let open: readonly Question[] = [];
  let asked = 0;
  return {
    first: (): Question | undefined => open[0],
    ask: (question: Omit<Question, 'answer' | 'id'>): Promise<readonly Decision[] | undefined> =>
      new Promise((resolve) => {
        const one: Question = {
          ...question,
          id: ++asked,
          answer: (decisions) => {
            open = open.filter((other) => other !== one);
            tell();
            resolve(decisions);
          },
        };
        open = [...open, one];
        tell();
      }),
  };
}

type Decided = ReadonlyMap<ToUpload, Decision>;

const decidedOf = (conflicts: readonly Conflict[], decisions: readonly Decision[]): Decided =>
  new Map(conflicts.map(({ upload }, index) => [upload, decisions[index] ?? 'skip']));

/** What is sent: what is not in the way or goes beside it, and what replaces. */
function sorted(to: Place, dropped: readonly ToUpload[], decided: Decided) {
  const beside = dropped.flatMap((upload) => {
    const decision = decided.get(upload);
    return typeof decision === 'object' ? [{ ...upload, path: decision.key.slice(to.prefix.length) }] : [];
  });
  return [
    { some: [...dropped.filter((upload) => !decided.has(upload)), ...beside], replace: false },
    { some: dropped.filter((upload) => decided.get(upload) === 'replace'), replace: true },
  ];
}
