/** Where uploads are shown, over all pages. What is behind it loads when the page has nothing else to do: there may be interrupted ones. */

import { lazy, type ReactElement, Suspense, useEffect, useState } from 'react';
import { useServices } from '../services.ts';
import type { Desk } from './desk.ts';

const UploadsTray = lazy(() => import('./ui/tray.tsx').then(({ UploadsTray: shown }) => ({ default: shown })));

const IDLE_MS = 2000;

export function UploadsMount(): ReactElement | null {
  const { desk } = useServices();
  const [loaded, setLoaded] = useState<Desk>();
  useEffect(() => {
    const load = (): void => void desk.load().then(setLoaded, () => undefined);
    const timer = setTimeout(load, IDLE_MS);
    return () => clearTimeout(timer);
  }, [desk]);
  if (loaded === undefined) return null;
  return (
    <Suspense fallback={null}>
      <UploadsTray desk={loaded} />
    </Suspense>
  );
}
