/** `panel=encryption`: what new objects are encrypted with when their sender says nothing. */

import type { ReactElement } from 'react';
import type { BucketEncryption } from '../../s3/buckets.ts';
import { useServices } from '../../services.ts';
import { useSettingsText } from '../../text/settings.ts';
import { CheckField, RadioField, TextField } from '../../ui/field.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { SaveBar } from '../save-bar.tsx';
import { useSaved } from '../saved.ts';
import styles from './bucket.module.css';
import { Reading } from './panel.tsx';
import type { PanelProps } from './panels.ts';

/** Nothing is set: as a bucket is made. */
const OFF: BucketEncryption = Object.freeze({ algorithm: undefined, bucketKey: false, blocked: false });
const isOff = ({ algorithm, blocked }: BucketEncryption): boolean => algorithm === undefined && !blocked;

const saidOf = ({ algorithm, keyId, bucketKey, blocked }: BucketEncryption): string =>
  [algorithm ?? '-', ...(keyId === undefined ? [] : [keyId]), ...(bucketKey ? ['bucket key'] : [])]
    .concat(blocked ? ['no SSE-C'] : [])
    .join('\n');

export function EncryptionPanel({ bucket, onWhy }: PanelProps): ReactElement {
  const text = useSettingsText().bucketDrawer;
  const words = text.encryption;
  const toasts = useToasts();
  const { s3 } = useServices();
  const saved = useSaved<BucketEncryption>({
    name: ['encryption', bucket],
    load: async (signal) => (await s3.getBucketEncryption({ bucket }, { signal })) ?? OFF,
    save: (encryption) =>
      isOff(encryption) ? s3.deleteBucketEncryption({ bucket }) : s3.putBucketEncryption({ bucket, encryption }),
    same: (a, b) => saidOf(a) === saidOf(b),
  });
  const value = saved.value ?? OFF;
  const chosen = value.algorithm === undefined ? 'off' : value.algorithm === 'AES256' ? 'AES256' : 'aws:kms';
  const choose = (name: 'off' | 'AES256' | 'aws:kms'): void =>
    saved.edit({ ...OFF, blocked: value.blocked, algorithm: name === 'off' ? undefined : name });
  const save = async (): Promise<void> => {
    if (await saved.save()) toasts.say(words.saved);
  };
  return (
    <Reading saved={saved} onWhy={onWhy}>
      <RadioField
        legend={words.legend}
        value={chosen}
        choices={[
          { value: 'off', label: words.off },
          { value: 'AES256', label: words.AES256 },
          { value: 'aws:kms', label: words['aws:kms'] },
        ]}
        onChange={choose}
      />
      {chosen === 'aws:kms' ? (
        <>
          <TextField
            label={words.key}
            hint={words.keyHint}
            mono
            value={value.keyId ?? ''}
            onChange={(keyId) => saved.edit({ ...value, keyId: keyId.trim() === '' ? undefined : keyId.trim() })}
          />
          <CheckField
            label={words.bucketKey}
            checked={value.bucketKey}
            onChange={(bucketKey) => saved.edit({ ...value, bucketKey })}
          />
        </>
      ) : null}
      <CheckField
        label={words.blocked}
        checked={value.blocked}
        onChange={(blocked) => saved.edit({ ...value, blocked })}
      />
      <p className={styles.lead}>{words.lead}</p>
      <SaveBar
        saved={saved}
        label={words.save}
        changes={text.notSaved}
        onSave={() => void save()}
        show={saidOf}
        onWhy={onWhy}
      />
    </Reading>
  );
}
