/**
 * Copy, move, rename and upload as jobs. Nothing is overwritten unasked: what is in the way is asked about afterwards, once for all. A
 * move that was stopped can go on, or be taken back.
 */

import { useState } from 'react';
import type { Sent } from '../../jobs/dropped.ts';
import type { Ended, Jobs, Plan } from '../../jobs/jobs.ts';
import { type How, Mover } from '../../jobs/moving.ts';
import { keysOf, movedKey, type Targets } from '../../jobs/objects.ts';
import type { S3 } from '../../s3/client.ts';
import { useServices } from '../../services.ts';
import { useText } from '../../text/index.ts';
import type { ObjectEntry } from './entries.ts';
import { usePatches } from './use-listing.ts';

/** What is done about something in the way: write over it (a new version where they are kept), write beside it, or leave it. */
export type Way = 'replace' | 'beside' | 'skip';

/** What is in the way: keys of sources, whose targets exist. */
export interface InTheWay {
  readonly keys: readonly string[];
  /** Of all that was to be copied or moved. */
  readonly all: number;
  /** What is there is kept as an old version. */
  readonly versioned: boolean;
  readonly answer: (wayOf: (key: string) => Way) => void;
}

export interface Moving {
  readonly kind: 'copy' | 'move';
  readonly from: { readonly bucket: string; readonly prefix: string };
  readonly to: { readonly bucket: string; readonly prefix: string };
  readonly targets: Targets;
  /** In words, for the tray. */
  readonly what: string;
}

/** A move that was stopped: what was moved is there, the rest is where it was. */
export interface Halted {
  readonly done: number;
  readonly goOn: () => void;
  readonly back: () => void;
}

export interface Transfer {
  readonly halted: Halted | undefined;
  readonly leave: () => void;
  readonly inTheWay: InTheWay | undefined;
  readonly skip: () => void;
  readonly move: (asked: Moving) => Promise<Ended<string>>;
  readonly upload: (to: Moving['to'], files: AsyncIterable<Sent> | readonly Sent[]) => Promise<void>;
}

export function useTransfer(): Transfer {
  const { s3, jobs, desk } = useServices();
  const text = useText().jobs;
  const patches = usePatches();
  const [inTheWay, setInTheWay] = useState<InTheWay>();
  const [halted, setHalted] = useState<Halted>();
  const ask = async (
    { exists: keys, done }: Ended<string>,
    to: string,
    again: (keys: readonly string[], how: How) => void,
  ): Promise<void> => {
    if (keys.length === 0) return;
    // Of the bucket they go to, which may be another than is shown.
    const status = await s3.getBucketVersioning({ bucket: to }).catch(() => 'Off' as const);
    const answer = (wayOf: (key: string) => Way): void => {
      setInTheWay(undefined);
      for (const way of ['replace', 'beside'] as const) {
        const chosen = keys.filter((key) => wayOf(key) === way);
        if (chosen.length > 0) again(chosen, way);
      }
    };
    setInTheWay({ keys, all: keys.length + done, versioned: status === 'Enabled', answer });
  };
  const move = async (asked: Moving): Promise<Ended<string>> => {
    const { kind, from, to, targets, what } = asked;
    /** Where each key is that has been moved. */
    const moved = new Map<string, string>();
    const mover = new Mover(s3, { kind, from: from.bucket, to: to.bucket });
    const refetch = (): void => [...new Set([from.bucket, to.bucket])].forEach(patches.stale);
    const title = text[kind === 'move' ? 'moving' : 'copying'](what, `${to.bucket}/${to.prefix}`);
    const run = async (items: Plan<string>['items'], how: How, total?: number): Promise<Ended<string>> => {
      const each = async (key: string, signal: AbortSignal): Promise<number> => {
        const made = await mover.move({ key, wanted: movedKey(key, from.prefix, to.prefix), how }, signal);
        if (kind === 'move') {
          patches.remove(from.bucket, [key]);
          moved.set(key, made);
        }
        if (isSmall(targets)) patches.put(to.bucket, await entriesOf(s3, to.bucket, made, signal).catch(() => []));
        return 1;
      };
      const ended = await jobs.start({ title, items, each, nameOf: (key) => key, total });
      void ask(ended, to.bucket, (keys, next) => void run(() => keys, next, keys.length));
      const goOn = (): void => {
        setHalted(undefined);
        void run(items, how, total === undefined ? undefined : total - ended.done);
      };
      const back = (): void => {
        setHalted(undefined);
        void takeBack({ s3, jobs, title: text.moving(what, `${from.bucket}/${from.prefix}`) }, asked, moved).then(
          refetch,
        );
      };
      if (kind === 'move' && ended.stopped) setHalted({ done: moved.size, goOn, back });
      if (!isSmall(targets)) refetch();
      return ended;
    };
    const known = targets.prefixes.length === 0 ? targets.keys.length : undefined;
    async function* left(signal: AbortSignal): AsyncGenerator<string> {
      for await (const key of keysOf(s3, { bucket: from.bucket, targets }, signal)) if (!moved.has(key)) yield key;
    }
    return run(left, 'new', known);
  };
  const upload = async (to: Moving['to'], files: AsyncIterable<Sent> | readonly Sent[]): Promise<void> =>
    (await desk.load()).send(to, files);
  return { halted, leave: () => setHalted(undefined), inTheWay, skip: () => setInTheWay(undefined), move, upload };
}

interface Taking {
  readonly s3: S3;
  readonly jobs: Jobs;
  readonly title: string;
}

/** Moves back what was moved, each to the key that it had, where nothing has come meanwhile. */
async function takeBack(
  { s3, jobs, title }: Taking,
  { from, to }: Moving,
  moved: ReadonlyMap<string, string>,
): Promise<void> {
  const mover = new Mover(s3, { kind: 'move', from: to.bucket, to: from.bucket });
  await jobs.start({
    title,
    items: () => moved,
    total: moved.size,
    each: ([was, is], signal) => mover.move({ key: is, wanted: was, how: 'new' }, signal).then(() => 1),
    nameOf: ([, is]) => is,
  });
}

/** Few enough to ask how each looks where it is now; of others the lists are asked for again. */
const isSmall = ({ keys, prefixes }: Targets): boolean => prefixes.length === 0 && keys.length <= 50;

/** What the list shows of an object that has just been made. Asked of the list, which knows keys that no browser can address. */
async function entriesOf(s3: S3, bucket: string, key: string, signal: AbortSignal): Promise<readonly ObjectEntry[]> {
  const { objects } = await s3.listObjectsV2({ bucket, prefix: key, maxKeys: 1 }, { signal });
  return objects
    .filter((found) => found.key === key)
    .map(({ size, modifiedAt: modified, etag }) => ({ kind: 'object', key, size, modified, etag }));
}
