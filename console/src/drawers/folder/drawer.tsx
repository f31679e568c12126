/** The drawer of a folder, or of several things chosen: how much it is, and ACL, metadata and tags for every object of it. */

import type { ReactElement } from 'react';
import type { Targets } from '../../jobs/objects.ts';
import { s3Uri } from '../../pages/browser/names.ts';
import { useAccount, useServices } from '../../services.ts';
import { useObjectText } from '../../text/objects.ts';
import { Drawer } from '../../ui/drawer.tsx';
import { Failure } from '../../ui/failure.tsx';
import { plainKey } from '../../ui/key-parts.ts';
import { CopyButton, Facts } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { Size } from '../../ui/values.tsx';
import { AclEditor } from '../acl/editor.tsx';
import styles from '../object/object.module.css';
import { applyToAll, setAcl } from './apply.ts';
import { MetadataForAll } from './metadata.tsx';
import { TagsForAll } from './tags.tsx';
import { type Count, useCount } from './use-count.ts';

const TABS = ['details', 'acl', 'metadata', 'tags'] as const;
type FolderTab = (typeof TABS)[number];

interface FolderDrawerProps {
  readonly bucket: string;
  readonly targets: Targets;
  /** The folder's prefix; of several things, what they are called together. */
  readonly name: string;
  readonly tab: string | undefined;
  readonly onTab: (tab: string) => void;
  readonly onClose: () => void;
  readonly onOpenPanel: (panel: 'access' | 'policy') => void;
}

export interface ForAllProps {
  readonly bucket: string;
  readonly targets: Targets;
  readonly name: string;
  readonly count: Count;
}

export function FolderDrawer(props: FolderDrawerProps): ReactElement {
  const { bucket, targets, name, tab: asked, onTab, onClose, onOpenPanel } = props;
  const text = useObjectText().object;
  const count = useCount({ bucket, targets });
  const tab = TABS.find((one) => one === asked) ?? 'details';
  const all: ForAllProps = { bucket, targets, name, count };
  return (
    <Drawer open onClose={onClose} title={<bdi>{plainKey(name)}</bdi>} wide={tab === 'acl'}>
      <Tabs<FolderTab>
        label={text.folder.label}
        tabs={TABS.map((value) => ({ value, label: text.tabs[value] }))}
        value={tab}
        onChange={onTab}
      >
        {tab === 'details' ? <Details {...all} /> : null}
        {tab === 'acl' ? <AccessForAll {...all} onOpenPanel={onOpenPanel} /> : null}
        {tab === 'metadata' ? <MetadataForAll {...all} /> : null}
        {tab === 'tags' ? <TagsForAll {...all} /> : null}
      </Tabs>
    </Drawer>
  );
}

function Details({ bucket, targets, count }: ForAllProps): ReactElement {
  const text = useObjectText().object;
  const [prefix] = targets.prefixes;
  const isFolder = targets.keys.length === 0 && targets.prefixes.length === 1 && prefix !== undefined;
  const uri = isFolder ? s3Uri(bucket, prefix) : undefined;
  return (
    <div className={styles.stack}>
      {count.failure === undefined ? null : <Failure failure={count.failure} />}
      <Facts
        facts={[
          [text.folder.holds, count.whole ? text.folder.objects(count.objects) : text.folder.counting(count.objects)],
          ...(targets.keys.length === 0 ? [[text.folder.size, <Size key="s" bytes={count.bytes} />] as const] : []),
          ...(uri === undefined
            ? []
            : [
                [
                  text.details.uri,
                  <span key="u" className={styles.copied}>
                    <bdi className={styles.mono}>{uri}</bdi>
                    <CopyButton value={uri} />
                  </span>,
                ] as const,
              ]),
        ]}
      />
    </div>
  );
}

/** Undefined while nobody knows: a part of a count is never shown for the whole. */
export const totalOf = ({ objects, whole }: Count): number | undefined => (whole ? objects : undefined);

type AccessProps = ForAllProps & Pick<FolderDrawerProps, 'onOpenPanel'>;

function AccessForAll({ bucket, targets, name, count, onOpenPanel }: AccessProps): ReactElement {
  const text = useObjectText().object.folder;
  const { s3, jobs } = useServices();
  const { canonicalId, name: own } = useAccount();
  const { say } = useToasts();
  const total = totalOf(count);
  const key = targets.prefixes[0] ?? '';
  return (
    <div className={styles.stack}>
      <p className={styles.lead}>
        {text.accessLead} {text.old}
      </p>
      <AclEditor
        subject={{ kind: 'folder', bucket, key, count: total }}
        // Objects differ: it begins with nothing, and what is chosen replaces what each has.
        load={async () => ({ owner: { id: canonicalId, name: own }, grants: [] })}
        save={async (acl, canned) => {
          void applyToAll(
            { s3, jobs },
            { bucket, targets, total, title: text.jobs.acl(name) },
            setAcl(s3, acl, canned),
          );
          say(text.started);
        }}
        onOpenPanel={onOpenPanel}
      />
    </div>
  );
}
