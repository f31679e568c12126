/** The drawer of one object, at `object=KEY&version=ID&tab=…`: what it is, who may read it, how it is kept. The address says which part is open. */

import { Download, Share2 } from 'lucide-react';
import type { ReactElement } from 'react';
import { downloadUrl } from '../../pages/browser/download.ts';
import { nameOf, s3Uri } from '../../pages/browser/names.ts';
import { addressable } from '../../s3/encode.ts';
import { useServices } from '../../services.ts';
import { SharePanel } from '../../share/panel.tsx';
import { useText } from '../../text/index.ts';
import { useObjectText } from '../../text/objects.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Drawer } from '../../ui/drawer.tsx';
import { KeyName } from '../../ui/key-name.tsx';
import { Banner, Snippet } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Size } from '../../ui/values.tsx';
import { Access } from './access.tsx';
import { Copies } from './copies.tsx';
import { Details } from './details.tsx';
import { LockPanel } from './lock.tsx';
import { MetadataPanel } from './metadata-panel.tsx';
import styles from './object.module.css';
import { type ObjectPlace, type ObjectTab, TABS, useHead } from './place.ts';
import { Preview } from './preview.tsx';
import { TagsPanel } from './tags-panel.tsx';
import { Versions } from './versions.tsx';
import { Why } from './why.tsx';

interface ObjectDrawerProps extends ObjectPlace {
  readonly tab: string | undefined;
}

const PANELS: Readonly<Record<ObjectTab, (place: ObjectPlace) => ReactElement>> = {
  details: Details,
  preview: Preview,
  share: SharePanel,
  acl: Access,
  metadata: MetadataPanel,
  tags: TagsPanel,
  versions: Versions,
  lock: LockPanel,
  copies: Copies,
  why: Why,
};

const WIDE: ReadonlySet<ObjectTab> = new Set(['acl', 'preview', 'versions']);

export function ObjectDrawer({ tab: asked, ...place }: ObjectDrawerProps): ReactElement {
  const text = useObjectText();
  const { data: head } = useHead(place);
  const { bucket, objectKey, versionId, go } = place;
  const tab = TABS.find((one) => one === asked) ?? 'details';
  const Panel = PANELS[tab];
  const canOpen = addressable(objectKey);
  const title = (
    <span className={styles.name}>
      <KeyName name={nameOf(objectKey) === '' ? objectKey : nameOf(objectKey)} />
      {head === undefined ? null : (
        <small>
          <Size bytes={head.size} />
        </small>
      )}
    </span>
  );
  return (
    <Drawer
      open
      onClose={() => go({ object: undefined, version: undefined, tab: undefined })}
      title={title}
      actions={head === undefined ? undefined : <Actions {...place} />}
      wide={WIDE.has(tab)}
    >
      {versionId === undefined ? null : (
        <Banner
          tone="info"
          actions={
            <Button small onClick={() => go({ version: undefined })}>
              {text.object.toCurrent}
            </Button>
          }
        >
          {text.object.oldVersion}
        </Banner>
      )}
      {canOpen ? (
        <Tabs
          label={text.object.tabs.label}
          tabs={TABS.map((value) => ({ value, label: text.object.tabs[value] }))}
          value={tab}
          onChange={(value) => go({ tab: value === 'details' ? undefined : value })}
        >
          <Panel key={`${objectKey} ${versionId ?? ''}`} {...place} />
        </Tabs>
      ) : (
        <div className={styles.stack}>
          <p>{text.object.dots}</p>
          <Snippet label={text.object.terminal} value={`s3cmd get ${s3Uri(bucket, objectKey)}`} />
        </div>
      )}
    </Drawer>
  );
}

function Actions({ bucket, objectKey, versionId, go }: ObjectPlace): ReactElement {
  const text = useObjectText();
  const { common } = useText();
  const { s3 } = useServices();
  const download = (): void =>
    void downloadUrl(s3, bucket, objectKey, versionId).then((url) => window.location.assign(url));
  return (
    <>
      <IconButton icon={Download} label={common.download} onClick={download} />
      <IconButton icon={Share2} label={text.object.share} onClick={() => go({ tab: 'share' })} />
    </>
  );
}
