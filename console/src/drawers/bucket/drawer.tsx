/** The drawer with a bucket's settings. Which of them is open is in the address: whoever shows the drawer keeps it there. */

import { useNavigate } from '@tanstack/react-router';
import { type ComponentType, lazy, type ReactElement, Suspense } from 'react';
import { useSettingsText } from '../../text/settings.ts';
import { Drawer } from '../../ui/drawer.tsx';
import { Skeleton } from '../../ui/page.tsx';
import { AccessPanel } from './access.tsx';
import { AclPanel } from './acl.tsx';
import styles from './bucket.module.css';
import { EncryptionPanel } from './encryption.tsx';
import { LockPanel } from './lock.tsx';
import { GROUPS, type Panel, type PanelProps } from './panels.ts';
import { PayerPanel } from './payer.tsx';
import { TagsPanel } from './tags.tsx';
import { UploadsPanel } from './uploads.tsx';
import { VersioningPanel } from './versioning.tsx';

interface BucketDrawerProps {
  readonly bucket: string;
  readonly panel: Panel;
  /** A line of the policy. */
  readonly line?: number | undefined;
  readonly onPanel: (panel: Panel) => void;
  readonly onClose: () => void;
}

const BODIES: Readonly<Record<Panel, ComponentType<PanelProps>>> = {
  acl: AclPanel,
  policy: lazy(() => import('./policy.tsx').then(({ PolicyPanel }) => ({ default: PolicyPanel }))),
  access: AccessPanel,
  versioning: VersioningPanel,
  lock: LockPanel,
  encryption: EncryptionPanel,
  tags: TagsPanel,
  uploads: UploadsPanel,
  cors: lazy(() => import('./cors.tsx').then(({ CorsPanel }) => ({ default: CorsPanel }))),
  payer: PayerPanel,
};

const WIDE: readonly Panel[] = ['acl', 'cors', 'policy'];

export function BucketDrawer({ bucket, panel, line, onPanel, onClose }: BucketDrawerProps): ReactElement {
  const text = useSettingsText().bucketDrawer;
  const navigate = useNavigate();
  const Body = BODIES[panel];
  const why = (request: string): void => void navigate({ to: '/explain', search: { request } });
  return (
    <Drawer open onClose={onClose} title={text.title(bucket)} wide={WIDE.includes(panel)}>
      <nav className={styles.nav} aria-label={text.nav}>
        {GROUPS.map(({ name, panels }) => (
          <div key={name}>
            <h3>{text.groups[name]}</h3>
            <span>
              {panels.map((one) => (
                <button
                  key={one}
                  type="button"
                  aria-current={one === panel ? 'page' : undefined}
                  onClick={() => onPanel(one)}
                >
                  {text.panels[one]}
                </button>
              ))}
            </span>
          </div>
        ))}
      </nav>
      <Suspense fallback={<Skeleton rows={6} />}>
        <Body key={`${bucket} ${panel}`} bucket={bucket} onPanel={onPanel} onWhy={why} line={line} />
      </Suspense>
    </Drawer>
  );
}
