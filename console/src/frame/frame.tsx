/** The frame: rail, top bar, the page, and what lies over all pages. */

import { Outlet } from '@tanstack/react-router';
import { lazy, type ReactElement, Suspense } from 'react';
import { AddressedBucketDrawer } from '../drawers/bucket/from-address.tsx';
import { JobsTray } from '../jobs/tray.tsx';
import { useSession } from '../services.ts';
import { PlainHttp } from '../session/plain-http.tsx';
import { useText } from '../text/index.ts';
import { UploadsMount } from '../transfers/mount.tsx';
import { Skeleton } from '../ui/page.tsx';
import styles from './frame.module.css';
import { useGlobalKeys } from './global-keys.ts';
import { Rail } from './rail.tsx';
import { TopBar } from './top-bar.tsx';
import { usePalette } from './use-palette.ts';

/** What is opened over the page is loaded when it is. */
const Palette = lazy(() => import('./palette.tsx').then((its) => ({ default: its.Palette })));
const KeyMap = lazy(() => import('./key-map.tsx').then((its) => ({ default: its.KeyMap })));
const ExpiredDialog = lazy(() =>
  import('../session/expired-dialog.tsx').then((its) => ({ default: its.ExpiredDialog })),
);

export function Frame(): ReactElement | null {
  const text = useText();
  const state = useSession();
  const palette = usePalette();
  const keys = useGlobalKeys(palette.show);
  // Signed out: the router is on its way to the sign-in page.
  if (state.kind !== 'in') return null;
  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#page">
        {text.frame.skip}
      </a>
      <Rail operator={state.account.role === 'operator'} />
      <div className={styles.right}>
        <TopBar account={state.account} onSearch={palette.show} />
        <PlainHttp />
        <main id="page" className={styles.main} tabIndex={-1}>
          <Suspense fallback={<Skeleton rows={6} />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <AddressedBucketDrawer />
      <Suspense fallback={null}>
        {palette.open ? <Palette open onClose={palette.hide} operator={state.account.role === 'operator'} /> : null}
        {keys.mapOpen ? <KeyMap open onClose={keys.hideMap} /> : null}
        {state.expired ? <ExpiredDialog /> : null}
      </Suspense>
      <div className={styles.trays}>
        <JobsTray />
        <UploadsMount />
      </div>
    </div>
  );
}
