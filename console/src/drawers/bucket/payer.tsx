/** `panel=payer`: Requester Pays. */

import type { ReactElement } from 'react';
import type { Payer } from '../../s3/buckets.ts';
import { useServices } from '../../services.ts';
import { useSettingsText } from '../../text/settings.ts';
import { RadioField } from '../../ui/field.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { Coded } from '../../ui/values.tsx';
import { SaveBar } from '../save-bar.tsx';
import { useSaved } from '../saved.ts';
import styles from './bucket.module.css';
import { Reading } from './panel.tsx';
import type { PanelProps } from './panels.ts';

const PAYERS = ['BucketOwner', 'Requester'] as const;

export function PayerPanel({ bucket, onWhy }: PanelProps): ReactElement {
  const { payer: text, notSaved } = useSettingsText().bucketDrawer;
  const toasts = useToasts();
  const { s3 } = useServices();
  const saved = useSaved<Payer>({
    name: ['payer', bucket],
    load: (signal) => s3.getBucketRequestPayment({ bucket }, { signal }),
    save: (payer) => s3.putBucketRequestPayment({ bucket, payer }),
    same: (a, b) => a === b,
  });
  const save = async (): Promise<void> => {
    if (await saved.save()) toasts.say(text.saved);
  };
  return (
    <Reading saved={saved} onWhy={onWhy}>
      <RadioField<Payer>
        legend={text.legend}
        value={saved.value}
        choices={PAYERS.map((value) => ({ value, label: text.payers[value] }))}
        onChange={saved.edit}
      />
      <p className={styles.lead}>
        <Coded text={text.lead} />
      </p>
      <SaveBar
        saved={saved}
        label={text.save}
        changes={notSaved}
        onSave={() => void save()}
        show={(payer) => payer}
        onWhy={onWhy}
      />
    </Reading>
  );
}
