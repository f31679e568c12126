/** `panel=lock`: whether versions can be locked here, and what new ones get. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type { LockConfiguration } from '../../s3/buckets.ts';
import { useServices } from '../../services.ts';
import { useSettingsText } from '../../text/settings.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { RadioField, SelectField, TextField } from '../../ui/field.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { SaveBar } from '../save-bar.tsx';
import { type Saved, useSaved } from '../saved.ts';
import styles from './bucket.module.css';
import { Reading } from './panel.tsx';
import type { Panel, PanelProps } from './panels.ts';

/** A hundred years, as S3 has it. */
const MOST = Object.freeze({ days: 36_500, years: 100 });

const saidOf = (lock: LockConfiguration | undefined): string => {
  const { mode, days, years } = lock?.retention ?? {};
  return lock === undefined ? '-' : `${mode ?? 'none'} ${days ?? ''}d ${years ?? ''}y`;
};

export function LockPanel({ bucket, onPanel, onWhy }: PanelProps): ReactElement {
  const { s3 } = useServices();
  const saved = useSaved<LockConfiguration | undefined>({
    name: ['lock', bucket],
    load: (signal) => s3.getObjectLockConfiguration({ bucket }, { signal }),
    save: async (lock) => {
      if (lock !== undefined) await s3.putObjectLockConfiguration({ bucket, lock });
    },
    same: (a, b) => saidOf(a) === saidOf(b),
    also: [['setting', 'locked', bucket]],
  });
  return (
    <Reading saved={saved} onWhy={onWhy}>
      {saved.value === undefined ? (
        <NoLock bucket={bucket} onPanel={onPanel} onWhy={onWhy} />
      ) : (
        <Editing saved={saved} lock={saved.value} onWhy={onWhy} />
      )}
    </Reading>
  );
}

interface NoLockProps {
  readonly bucket: string;
  readonly onPanel: (panel: Panel) => void;
  readonly onWhy: (requestId: string) => void;
}

function NoLock({ bucket, onPanel, onWhy }: NoLockProps): ReactElement {
  const { lock: text, panels } = useSettingsText().bucketDrawer;
  const { s3 } = useServices();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const { data: status } = useQuery({
    queryKey: ['setting', 'versioning', bucket],
    queryFn: async ({ signal }) => ({ value: await s3.getBucketVersioning({ bucket }, { signal }) }),
  });
  const turnOn = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    await s3.putObjectLockConfiguration({ bucket, lock: {} }).catch(setFailure);
    await queries.invalidateQueries({ queryKey: ['setting'] });
    setBusy(false);
    setAsking(false);
  };
  return (
    <>
      <p>{text.none}</p>
      <p className={styles.lead}>{text.noneLead}</p>
      {failure === undefined ? null : <Failure failure={failure} onWhy={onWhy} />}
      <div className={styles.actions}>
        {status?.value === 'Enabled' ? (
          <Button onClick={() => setAsking(true)}>{text.turnOn}</Button>
        ) : (
          <>
            <span>{text.needsVersioning}</span>
            <Button small onClick={() => onPanel('versioning')}>
              {panels.versioning}
            </Button>
          </>
        )}
      </div>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => void turnOn()}
        title={text.askTitle}
        act={text.turnOn.replace('…', '')}
        busy={busy}
      >
        <p>{text.ask}</p>
      </Confirm>
    </>
  );
}

interface EditingProps {
  readonly saved: Saved<LockConfiguration | undefined>;
  readonly lock: LockConfiguration;
  readonly onWhy: (requestId: string) => void;
}

function Editing({ saved, lock, onWhy }: EditingProps): ReactElement {
  const text = useSettingsText().bucketDrawer;
  const words = text.lock;
  const toasts = useToasts();
  const { retention } = lock;
  const unit = retention?.years === undefined ? 'days' : 'years';
  const period = retention?.years ?? retention?.days ?? 0;
  const ready = retention === undefined || (period >= 1 && period <= MOST[unit]);
  const set = (mode: 'GOVERNANCE' | 'COMPLIANCE', count: number, of: 'days' | 'years'): void =>
    saved.edit({
      retention: { mode, days: of === 'days' ? count : undefined, years: of === 'years' ? count : undefined },
    });
  const choose = (mode: 'none' | 'GOVERNANCE' | 'COMPLIANCE'): void =>
    mode === 'none' ? saved.edit({}) : set(mode, period === 0 ? 30 : period, unit);
  const save = async (): Promise<void> => {
    if (await saved.save()) toasts.say(words.saved);
  };
  return (
    <>
      <p className={styles.lead}>{words.on}</p>
      <RadioField<'none' | 'GOVERNANCE' | 'COMPLIANCE'>
        legend={words.legend}
        value={retention?.mode ?? 'none'}
        choices={(['none', 'GOVERNANCE', 'COMPLIANCE'] as const).map((value) => ({ value, label: words.mode[value] }))}
        onChange={choose}
      />
      {retention === undefined ? null : (
        <div className={styles.inline}>
          <TextField
            label={words.period}
            inputMode="numeric"
            value={period === 0 ? '' : String(period)}
            onChange={(typed) => set(retention.mode, Number(typed.replace(/\D/g, '').slice(0, 6)), unit)}
            {...(ready ? {} : { error: words.badPeriod(MOST[unit]) })}
          />
          <SelectField
            label={words.unit}
            value={unit}
            choices={(['days', 'years'] as const).map((value) => ({ value, label: words[value] }))}
            onChange={(of) => set(retention.mode, period, of)}
          />
        </div>
      )}
      <SaveBar
        saved={saved}
        label={words.save}
        changes={text.notSaved}
        onSave={() => void save()}
        ready={ready}
        show={saidOf}
        onWhy={onWhy}
      />
    </>
  );
}
