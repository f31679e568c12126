/**
 * Deleting. Where versions are kept it happens at once: markers are laid, and Undo takes those markers away again. Elsewhere it is
 * asked first (by the page). Nothing is called deleted before the server has said so.
 */

import { keysOf, type Targets, type Version } from '../../jobs/objects.ts';
import { type Batch, batchesOf, type Gone } from '../../jobs/removing.ts';
import { useServices } from '../../services.ts';
import { useText } from '../../text/index.ts';
import { useToasts } from '../../ui/toast.tsx';
import type { MarkerEntry } from './entries.ts';
import { usePatches } from './use-listing.ts';

/** As many as can be taken back from a toast; beyond, versions do it. */
const UNDO_MOST = 10_000;

export interface Removing {
  readonly bucket: string;
  readonly targets: Targets;
  readonly what: string;
  readonly versioned: boolean;
}

export interface Remove {
  readonly remove: (asked: Removing) => Promise<(() => void) | undefined>;
  readonly undelete: (bucket: string, markers: readonly MarkerEntry[]) => Promise<void>;
}

async function* versionless(keys: AsyncIterable<string>): AsyncGenerator<Version> {
  for await (const key of keys) yield { key };
}

export function useRemove(): Remove {
  const { s3, jobs } = useServices();
  const text = useText();
  const toasts = useToasts();
  const patches = usePatches();
  const takeBack = async (bucket: string, markers: readonly Version[]): Promise<number> => {
    const ended = await jobs.start<Batch>({
      title: text.jobs.undeleting,
      items: () => batchesOf(markers),
      total: markers.length,
      each: (batch, signal) => batch.remove(s3, bucket, { signal, gone: () => {} }),
      over: (batch, failure) => batch.over(failure),
      nameOf: ({ first }) => first,
    });
    patches.stale(bucket);
    return ended.done;
  };
  const remove = async ({ bucket, targets, what, versioned }: Removing): Promise<(() => void) | undefined> => {
    let markers: readonly Version[] = [];
    const gone = ({ keys, markers: laid }: Gone): void => {
      if (markers.length < UNDO_MOST) markers = [...markers, ...laid];
      patches.remove(bucket, keys);
    };
    const ended = await jobs.start<Batch>({
      title: text.jobs.deleting(what),
      items: (signal) => batchesOf(versionless(keysOf(s3, { bucket, targets }, signal))),
      total: targets.prefixes.length === 0 ? targets.keys.length : undefined,
      each: (batch, signal) => batch.remove(s3, bucket, { signal, gone }),
      over: (batch, failure) => batch.over(failure),
      nameOf: ({ first }) => first,
    });
    if (targets.prefixes.length > 0 && ended.failed.length === 0 && !ended.stopped && targets.except.length === 0)
      patches.remove(bucket, targets.prefixes);
    else if (ended.failed.length > 0 || ended.stopped || targets.except.length > 0) patches.stale(bucket);
    if (ended.done === 0) return undefined;
    const whole = markers.length === ended.done;
    if (!versioned || !whole) {
      toasts.say(versioned ? text.browser.remove.marked(ended.done) : text.browser.remove.done(ended.done));
      return undefined;
    }
    const undo = (): void =>
      void takeBack(bucket, markers).then((many) => toasts.say(text.browser.remove.undone(many)));
    toasts.sayUndo(text.browser.remove.done(ended.done), undo);
    return undo;
  };
  const undelete = async (bucket: string, markers: readonly MarkerEntry[]): Promise<void> => {
    const many = await takeBack(
      bucket,
      markers.map(({ key, versionId }) => ({ key, versionId })),
    );
    if (many > 0) toasts.say(text.browser.remove.undeleted(many));
  };
  return { remove, undelete };
}
