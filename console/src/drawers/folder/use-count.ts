/** How many objects there are below a folder, and their bytes: counted while somebody looks, never guessed. */

import { useEffect, useState } from 'react';
import { useServices } from '../../services.ts';
import type { Many } from './apply.ts';

export interface Count {
  readonly objects: number;
  /** Of objects in folders; those named one by one are not asked for their size. */
  readonly bytes: number;
  readonly whole: boolean;
  readonly failure?: unknown;
}

const PAGE = 1000;
const NOTHING: Count = Object.freeze({ objects: 0, bytes: 0, whole: false });

export function useCount({ bucket, targets }: Many): Count {
  const { s3 } = useServices();
  const [count, setCount] = useState(NOTHING);
  const asked = JSON.stringify([bucket, targets]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: of what is asked, whichever object says it
  useEffect(() => {
    const stopper = new AbortController();
    const { signal } = stopper;
    const spared = (key: string): boolean =>
      targets.except.some((one) => key === one || (one.endsWith('/') && key.startsWith(one)));
    const walk = async (): Promise<void> => {
      let now: Count = { objects: targets.keys.length, bytes: 0, whole: false };
      for (const prefix of targets.prefixes) {
        let continuationToken: string | undefined;
        do {
          const page = await s3.listObjectsV2({ bucket, prefix, continuationToken, maxKeys: PAGE }, { signal });
          const own = page.objects.filter(({ key }) => !spared(key));
          const bytes = own.reduce((sum, { size }) => sum + size, now.bytes);
          now = { objects: now.objects + own.length, bytes, whole: false };
          setCount(now);
          continuationToken = page.next;
        } while (continuationToken !== undefined);
      }
      setCount({ ...now, whole: true });
    };
    setCount(NOTHING);
    walk().catch((failure: unknown) => {
      if (!signal.aborted) setCount((now) => ({ ...now, failure }));
    });
    return () => stopper.abort();
  }, [asked, s3]);
  return count;
}
