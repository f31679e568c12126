/** `panel=versioning`. */

import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { VersioningStatus } from '../../s3/buckets.ts';
import { useServices } from '../../services.ts';
import { useSettingsText } from '../../text/settings.ts';
import { RadioField } from '../../ui/field.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { SaveBar } from '../save-bar.tsx';
import { useSaved } from '../saved.ts';
import styles from './bucket.module.css';
import { Reading } from './panel.tsx';
import type { PanelProps } from './panels.ts';

export function VersioningPanel({ bucket, onWhy }: PanelProps): ReactElement {
  const text = useSettingsText().bucketDrawer;
  const toasts = useToasts();
  const { s3 } = useServices();
  const saved = useSaved<VersioningStatus>({
    name: ['versioning', bucket],
    load: (signal) => s3.getBucketVersioning({ bucket }, { signal }),
    save: async (status) => {
      if (status !== 'Off') await s3.putBucketVersioning({ bucket, status });
    },
    same: (a, b) => a === b,
    also: [
      ['setting', 'lock', bucket],
      ['versioning', bucket],
    ],
  });
  const { data: locked = false } = useQuery({
    queryKey: ['setting', 'locked', bucket],
    queryFn: async ({ signal }) => (await s3.getObjectLockConfiguration({ bucket }, { signal })) !== undefined,
    retry: false,
  });
  const off = saved.base === 'Off';
  const names = off ? (['Enabled', 'Off'] as const) : (['Enabled', 'Suspended'] as const);
  const save = async (): Promise<void> => {
    if (await saved.save()) toasts.say(text.versioning.saved);
  };
  return (
    <Reading saved={saved} onWhy={onWhy}>
      <RadioField<VersioningStatus>
        legend={text.versioning.legend}
        value={saved.value}
        choices={names.map((value) => ({
          value,
          label: text.versioning.status[value],
          disabled: locked && value === 'Suspended',
        }))}
        onChange={saved.edit}
      />
      <p className={styles.lead}>
        {text.versioning.cost} {off ? text.versioning.once : null} {locked ? text.versioning.locked : null}
      </p>
      <SaveBar
        saved={saved}
        label={text.versioning.save}
        changes={text.notSaved}
        onSave={() => void save()}
        show={(status) => status}
        onWhy={onWhy}
      />
    </Reading>
  );
}
