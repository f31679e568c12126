/** Where uploads are shown, over all pages. What is behind it loads when the page has nothing else to do: there may be interrupted ones. */

import { lazy, type ReactElement, Suspense, useEffect, useState } from 'react';
import { usePatches } from '../pages/browser/use-listing.ts';
import { useServices } from '../services.ts';
import type { Desk } from './desk.ts';

const UploadsTray = lazy(() => import('./ui/tray.tsx').then(({ UploadsTray: shown }) => ({ default: shown })));

const IDLE_MS = 2000;

export function UploadsMount(): ReactElement | null {
  const { desk } = useServices();
  const patches = usePatches();
  const [loaded, setLoaded] = useState<Desk>();
  useEffect(() => {
    const load = (): void => void desk.load().then(setLoaded, () => undefined);
    const timer = setTimeout(load, IDLE_MS);
    const forget = desk.onLoad(setLoaded);
    return () => {
      clearTimeout(timer);
      forget();
    };
  }, [desk]);
  useEffect(
    () =>
      loaded?.uploads.onDone(({ bucket, key, size }) =>
        key.endsWith('/')
          ? patches.putFolder(bucket, key)
          : patches.put(bucket, [{ kind: 'object', key, size, modified: Date.now(), etag: '' }]),
      ),
    [loaded, patches],
  );
  if (loaded === undefined) return null;
  return (
    <Suspense fallback={null}>
      <UploadsTray desk={loaded} />
    </Suspense>
  );
}
