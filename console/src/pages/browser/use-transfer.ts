/**
 * Copy, move, rename and upload as jobs. Nothing is overwritten unasked: every write says "only if nothing is there", and what is in
 * the way is asked about afterwards, once for all. Of a move the source goes only when its copy is confirmed.
 */

import { useState } from 'react';
import type { Sent } from '../../jobs/dropped.ts';
import type { Ended, Plan } from '../../jobs/jobs.ts';
import { besideKey, copyOne, keysOf, movedKey, type Targets } from '../../jobs/objects.ts';
import type { S3 } from '../../s3/client.ts';
import { useServices } from '../../services.ts';
import { useText } from '../../text/index.ts';
import { type Patches, usePatches } from './use-listing.ts';

/** What is in the way, and what may be done about it. */
export interface InTheWay {
  readonly many: number;
  readonly names: readonly string[];
  readonly replace: () => void;
  readonly keepBoth: () => void;
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
}

export interface Transfer {
  readonly halted: Halted | undefined;
  readonly leave: () => void;
  readonly inTheWay: InTheWay | undefined;
  readonly skip: () => void;
  readonly move: (asked: Moving) => Promise<Ended<string>>;
  readonly upload: (to: Moving['to'], files: AsyncIterable<Sent> | readonly Sent[]) => Promise<void>;
}

type How = 'new' | 'replace' | 'beside';
const BESIDE_MOST = 50;

/** Tries names beside the one that is taken. */
async function beside(key: string, write: (key: string) => Promise<void>): Promise<string> {
  for (let number = 2; ; number++) {
    const free = besideKey(key, number);
    try {
      await write(free);
      return free;
    } catch (failure) {
      const taken = failure instanceof Error && 'status' in failure && failure.status === 412;
      if (!taken || number === BESIDE_MOST) throw failure;
    }
  }
}

const written = (how: How, key: string, write: (key: string, ifAbsent: boolean) => Promise<void>): Promise<string> =>
  how === 'beside' ? beside(key, (free) => write(free, true)) : write(key, how === 'new').then(() => key);

export function useTransfer(): Transfer {
  const { s3, jobs, desk } = useServices();
  const text = useText().jobs;
  const patches = usePatches();
  const [inTheWay, setInTheWay] = useState<InTheWay>();
  const [halted, setHalted] = useState<Halted>();
  const ask = <Item>(
    ended: Ended<Item>,
    names: (item: Item) => string,
    again: (items: readonly Item[], how: How) => void,
  ) => {
    if (ended.exists.length === 0) return;
    const answer = (how: How) => () => {
      setInTheWay(undefined);
      again(ended.exists, how);
    };
    const { exists } = ended;
    setInTheWay({
      many: exists.length,
      names: exists.slice(0, 8).map(names),
      replace: answer('replace'),
      keepBoth: answer('beside'),
    });
  };
  const move = async (asked: Moving): Promise<Ended<string>> => {
    const { kind, from, to, targets, what } = asked;
    const moved = new Set<string>();
    const title = text[kind === 'move' ? 'moving' : 'copying'](what, `${to.bucket}/${to.prefix}`);
    const run = async (items: Plan<string>['items'], how: How, total?: number): Promise<Ended<string>> => {
      const each = moveOf({ s3, asked, how, patches, moved });
      const ended = await jobs.start({ title, items, each, nameOf: (key) => key, total });
      ask(
        ended,
        (key) => key,
        (keys, next) => void run(() => keys, next, keys.length),
      );
      const goOn = (): void => {
        setHalted(undefined);
        void run(items, how, total === undefined ? undefined : total - ended.done);
      };
      if (kind === 'move' && ended.stopped) setHalted({ done: ended.done, goOn });
      if (!isSmall(targets)) for (const bucket of new Set([from.bucket, to.bucket])) patches.stale(bucket);
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

/** Few enough to ask how each looks where it is now; of others the lists are asked for again. */
const isSmall = ({ keys, prefixes }: Targets): boolean => prefixes.length === 0 && keys.length <= 50;

interface MoveOf {
  readonly s3: S3;
  readonly asked: Moving;
  readonly how: How;
  readonly patches: Patches;
  /** What is done, for whoever goes on after a stop. */
  readonly moved: Set<string>;
}

function moveOf({ s3, asked, how, patches, moved }: MoveOf): Plan<string>['each'] {
  const { kind, from, to } = asked;
  return async (key, signal) => {
    const source = { bucket: from.bucket, key };
    const wanted = movedKey(key, from.prefix, to.prefix);
    const made = await written(how, wanted, async (free, ifAbsent) => {
      await copyOne(s3, { from: source, bucket: to.bucket, key: free, ifAbsent }, signal);
    });
    if (kind === 'move') {
      const { failed } = await s3.deleteObjects({ bucket: from.bucket, objects: [{ key }] }, { signal });
      if (failed[0] !== undefined) throw Object.assign(new Error(failed[0].message), { code: failed[0].code });
      patches.remove(from.bucket, [key]);
      moved.add(key);
    }
    if (!isSmall(asked.targets)) return 1;
    const head = await s3.headObject({ bucket: to.bucket, key: made }, { signal }).catch(() => undefined);
    const { size = 0, modifiedAt: modified = Date.now(), etag = '' } = head ?? {};
    patches.put(to.bucket, [{ kind: 'object', key: made, size, modified, etag }]);
    return 1;
  };
}
