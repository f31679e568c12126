/** `panel=access`: who owns what others put here, and what is never public. */

import type { ReactElement } from 'react';
import type { Ownership, PublicAccessBlock } from '../../s3/access.ts';
import { useServices } from '../../services.ts';
import { useSettingsText } from '../../text/settings.ts';
import { CheckField, RadioField } from '../../ui/field.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { Means } from '../acl/means.tsx';
import { SaveBar } from '../save-bar.tsx';
import { type Saved, useSaved } from '../saved.ts';
import styles from './bucket.module.css';
import { Reading, useAskFirst } from './panel.tsx';
import type { PanelProps } from './panels.ts';

interface Access {
  /** `none`: never set. */
  readonly ownership: Ownership | 'none';
  readonly block: PublicAccessBlock;
}

const BLOCKS = ['blockPublicAcls', 'ignorePublicAcls', 'blockPublicPolicy', 'restrictPublicBuckets'] as const;
const OWNERSHIPS = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'] as const;

const blockAll = (on: boolean): PublicAccessBlock => ({
  blockPublicAcls: on,
  ignorePublicAcls: on,
  blockPublicPolicy: on,
  restrictPublicBuckets: on,
});

const sameBlock = (a: PublicAccessBlock, b: PublicAccessBlock): boolean => BLOCKS.every((name) => a[name] === b[name]);

export function AccessPanel({ bucket, onWhy }: PanelProps): ReactElement {
  const { s3 } = useServices();
  const saved = useSaved<Access>({
    name: ['access', bucket],
    load: async (signal) => {
      const [ownership, block] = await Promise.all([
        s3.getBucketOwnershipControls({ bucket }, { signal }),
        s3.getPublicAccessBlock({ bucket }, { signal }),
      ]);
      return { ownership: ownership ?? 'none', block: block ?? blockAll(false) };
    },
    save: async ({ ownership, block }, now) => {
      if (ownership !== now.ownership && ownership !== 'none')
        await s3.putBucketOwnershipControls({ bucket, ownership });
      if (!sameBlock(block, now.block)) await s3.putPublicAccessBlock({ bucket, block });
    },
    same: (a, b) => a.ownership === b.ownership && sameBlock(a.block, b.block),
    also: [
      ['visibility', bucket],
      ['who', bucket],
      ['setting', 'ownership', bucket],
    ],
  });
  return (
    <Reading saved={saved} onWhy={onWhy}>
      {saved.value === undefined ? null : <Editing bucket={bucket} saved={saved} access={saved.value} onWhy={onWhy} />}
    </Reading>
  );
}

interface EditingProps {
  readonly bucket: string;
  readonly saved: Saved<Access>;
  readonly access: Access;
  readonly onWhy: (requestId: string) => void;
}

function Editing({ bucket, saved, access, onWhy }: EditingProps): ReactElement {
  const text = useSettingsText().bucketDrawer;
  const toasts = useToasts();
  const { ownership, block } = access;
  const unsaved = { publicAccessBlock: block, ...(ownership === 'none' ? {} : { objectOwnership: ownership }) };
  const save = async (): Promise<void> => {
    if (await saved.save()) toasts.say(text.access.saved);
  };
  const { begin, question } = useAskFirst({ bucket, unsaved, save });
  const names = saved.base?.ownership === 'none' ? ([...OWNERSHIPS, 'none'] as const) : OWNERSHIPS;
  const every = BLOCKS.every((name) => block[name]);
  return (
    <>
      <p className={styles.lead}>{text.access.blockLead}</p>
      <div className={styles.checks}>
        <CheckField
          label={<strong>{text.access.all}</strong>}
          checked={every}
          onChange={(on) => saved.edit({ ...access, block: blockAll(on) })}
        />
        {BLOCKS.map((name) => (
          <CheckField
            key={name}
            label={text.access.blocks[name]}
            checked={block[name]}
            onChange={(on) => saved.edit({ ...access, block: { ...block, [name]: on } })}
          />
        ))}
      </div>
      <RadioField
        legend={text.access.ownership}
        value={ownership}
        choices={names.map((value) => ({ value, label: text.access.ownerships[value] }))}
        onChange={(chosen) => saved.edit({ ...access, ownership: chosen })}
      />
      <Means subject={{ kind: 'bucket', bucket }} unsaved={unsaved} changed={saved.changed} />
      <SaveBar
        saved={saved}
        label={text.access.save}
        changes={text.notSaved}
        onSave={begin}
        show={(one) => [one.ownership, ...BLOCKS.filter((name) => one.block[name])].join('\n')}
        onWhy={onWhy}
      />
      {question}
    </>
  );
}
