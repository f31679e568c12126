/**
 * Where uploads are shown, over all pages, and their number in the top bar. What is behind it loads when the page has nothing else to
 * do: there may be interrupted ones.
 */

import { ArrowUpDown } from 'lucide-react';
import { lazy, type ReactElement, Suspense, useEffect, useState } from 'react';
import { usePatches } from '../pages/browser/use-listing.ts';
import { useServices } from '../services.ts';
import { useText } from '../text/index.ts';
import { IconButton } from '../ui/button.tsx';
import type { Desk } from './desk.ts';

const UploadsTray = lazy(() => import('./ui/tray.tsx').then(({ UploadsTray: shown }) => ({ default: shown })));
const Pill = lazy(() => import('./ui/pill.tsx').then(({ Pill: shown }) => ({ default: shown })));

const IDLE_MS = 2000;

function useLoadedDesk(): Desk | undefined {
  const { desk } = useServices();
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
  return loaded;
}

export function UploadsMount(): ReactElement | null {
  const loaded = useLoadedDesk();
  const patches = usePatches();
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

export function TransfersPill(): ReactElement {
  const { desk } = useServices();
  const loaded = useLoadedDesk();
  const label = useText().frame.transfers;
  const show = (): void => void desk.load().then((ready) => ready.toggle());
  const plain = <IconButton icon={ArrowUpDown} label={label} aria-keyshortcuts="t" onClick={show} />;
  return loaded === undefined ? (
    plain
  ) : (
    <Suspense fallback={plain}>
      <Pill desk={loaded} />
    </Suspense>
  );
}
