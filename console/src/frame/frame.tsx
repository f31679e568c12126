/** The frame: rail, top bar, the page, and what lies over all pages. */

import { Outlet } from '@tanstack/react-router';
import { type ReactElement, Suspense } from 'react';
import { AddressedBucketDrawer } from '../drawers/bucket/from-address.tsx';
import { JobsTray } from '../jobs/tray.tsx';
import { useSession } from '../services.ts';
import { ExpiredDialog } from '../session/expired-dialog.tsx';
import { PlainHttp } from '../session/plain-http.tsx';
import { useText } from '../text/index.ts';
import { UploadsMount } from '../transfers/mount.tsx';
import { Skeleton } from '../ui/page.tsx';
import styles from './frame.module.css';
import { useGlobalKeys } from './global-keys.ts';
import { KeyMap } from './key-map.tsx';
import { Palette, usePalette } from './palette.tsx';
import { Rail } from './rail.tsx';
import { TopBar } from './top-bar.tsx';

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
      <Palette open={palette.open} onClose={palette.hide} operator={state.account.role === 'operator'} />
      <KeyMap open={keys.mapOpen} onClose={keys.hideMap} />
      <AddressedBucketDrawer />
      <ExpiredDialog />
      <div className={styles.trays}>
        <JobsTray />
        <UploadsMount />
      </div>
    </div>
  );
}
