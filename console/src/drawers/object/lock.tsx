/** What keeps the version from being deleted: retention with a mode and an end, and a legal hold without one. */

import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type { LockConfiguration } from '../../s3/buckets.ts';
import { useServices } from '../../services.ts';
import { useLocale } from '../../text/index.ts';
import { useObjectText } from '../../text/objects.ts';
import { Confirm } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { CheckField, RadioField, TextField } from '../../ui/field.tsx';
import { fullTimeText } from '../../ui/format.ts';
import { Banner, Skeleton } from '../../ui/page.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { SaveBar } from '../save-bar.tsx';
import { type Saved, useSaved } from '../saved.ts';
import { draftOf, type LockDraft, lockVerdict, retentionFrom } from './lock-rules.ts';
import styles from './object.module.css';
import { type ObjectPlace, useObjectChanged } from './place.ts';
import { useWhy } from './why.tsx';

/** Null: the bucket has none. */
function useBucketLock(bucket: string) {
  const { s3 } = useServices();
  return useQuery({
    queryKey: ['bucket-lock', bucket],
    queryFn: async ({ signal }) => (await s3.getObjectLockConfiguration({ bucket }, { signal })) ?? null,
    retry: false,
    staleTime: 60_000,
  });
}

export function LockPanel(place: ObjectPlace): ReactElement {
  const text = useObjectText().object.lock;
  const why = useWhy();
  const { data: lock, error, refetch } = useBucketLock(place.bucket);
  if (lock === null) return <p className={styles.lead}>{text.off}</p>;
  if (lock !== undefined) return <OfVersion place={place} lock={lock} />;
  return error === null ? <Skeleton /> : <Failure failure={error} onRetry={() => void refetch()} onWhy={why} />;
}

interface Locked {
  readonly draft: LockDraft;
  readonly hold: boolean;
  readonly bypass: boolean;
}

const same = (a: Locked, b: Locked): boolean =>
  a.draft.mode === b.draft.mode && (a.draft.mode === 'none' || a.draft.until === b.draft.until) && a.hold === b.hold;

function OfVersion({ place, lock }: { readonly place: ObjectPlace; readonly lock: LockConfiguration }): ReactElement {
  const { s3 } = useServices();
  const why = useWhy();
  const changed = useObjectChanged(place);
  const { bucket, objectKey: key, versionId } = place;
  const where = { bucket, key, versionId };
  const saved = useSaved<Locked>({
    name: ['object-lock', bucket, key, versionId ?? ''],
    load: async (signal) => {
      const [retention, hold] = await Promise.all([
        s3.getObjectRetention(where, { signal }),
        s3.getObjectLegalHold(where, { signal }),
      ]);
      return { draft: draftOf(retention, Date.now()), hold, bypass: false };
    },
    save: async ({ draft, hold, bypass }, base) => {
      const isSame = same({ draft, hold, bypass }, { ...base, hold });
      const retention = retentionFrom(draft);
      if (!isSame) await s3.putObjectRetention({ ...where, retention, bypassGovernance: bypass });
      if (hold !== base.hold) await s3.putObjectLegalHold({ ...where, on: hold });
      await changed();
    },
    same,
  });
  if (saved.value === undefined || saved.base === undefined)
    return saved.failure === undefined ? (
      <Skeleton />
    ) : (
      <Failure failure={saved.failure} onRetry={saved.reload} onWhy={why} />
    );
  return <Editing lock={lock} saved={saved} value={saved.value} base={saved.base} />;
}

interface EditingProps {
  readonly lock: LockConfiguration;
  readonly saved: Saved<Locked>;
  readonly value: Locked;
  readonly base: Locked;
}

function Editing({ lock, saved, value, base }: EditingProps): ReactElement {
  const text = useObjectText().object.lock;
  const locale = useLocale();
  const { say } = useToasts();
  const why = useWhy();
  const [asking, setAsking] = useState(false);
  const verdict = lockVerdict(retentionFrom(base.draft), value.draft, Date.now());
  const ready = verdict === 'fine' || (verdict === 'needsBypass' && value.bypass);
  const until = retentionFrom(value.draft)?.until;
  const forGood = value.draft.mode === 'COMPLIANCE' && !same({ ...value, hold: base.hold }, base);
  const write = async (): Promise<void> => {
    const done = await saved.save();
    setAsking(false);
    if (done) say(text.saved);
  };
  return (
    <>
      <Default lock={lock} />
      <RetentionFields value={value} verdict={verdict} onChange={saved.edit} />
      <CheckField
        label={text.hold}
        hint={text.holdHint}
        checked={value.hold}
        onChange={(hold) => saved.edit({ ...value, hold })}
      />
      <SaveBar
        saved={saved}
        label={text.save}
        changes={text.changed}
        ready={ready}
        onSave={() => (forGood ? setAsking(true) : void write())}
        show={({ draft, hold }) => text.as(text.modes[draft.mode], draft.until.replace('T', ' '), hold)}
        onWhy={why}
      />
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => void write()}
        title={text.askTitle}
        act={text.askAct}
        busy={saved.saving}
      >
        <p>{until === undefined ? null : text.ask(fullTimeText(until, locale))}</p>
      </Confirm>
    </>
  );
}

interface RetentionFieldsProps {
  readonly value: Locked;
  readonly verdict: ReturnType<typeof lockVerdict>;
  readonly onChange: (value: Locked) => void;
}

function RetentionFields({ value, verdict, onChange }: RetentionFieldsProps): ReactElement {
  const text = useObjectText().object.lock;
  const { draft } = value;
  const set = (change: Partial<LockDraft>): void => onChange({ ...value, draft: { ...draft, ...change } });
  const modes = ['none', 'GOVERNANCE', 'COMPLIANCE'] as const;
  const problem = verdict === 'fine' || verdict === 'needsBypass' ? undefined : text.verdicts[verdict];
  return (
    <div className={styles.near}>
      <RadioField<LockDraft['mode']>
        legend={text.retention}
        value={draft.mode}
        choices={modes.map((mode) => ({ value: mode, label: text.modes[mode], hint: text.hints[mode] }))}
        onChange={(mode) => set({ mode })}
      />
      {draft.mode === 'none' ? null : (
        <TextField
          type="datetime-local"
          step={1}
          label={text.until}
          value={draft.until}
          error={problem}
          onChange={(until) => set({ until })}
        />
      )}
      {draft.mode === 'none' && problem !== undefined ? <Banner tone="bad">{problem}</Banner> : null}
      {verdict === 'needsBypass' ? (
        <CheckField
          label={text.bypass}
          hint={text.bypassHint}
          checked={value.bypass}
          onChange={(bypass) => onChange({ ...value, bypass })}
        />
      ) : null}
    </div>
  );
}

function Default({ lock }: { readonly lock: LockConfiguration }): ReactElement | null {
  const text = useObjectText().object.lock;
  const { retention } = lock;
  if (retention === undefined) return null;
  const { mode, days, years = 0 } = retention;
  const time = days === undefined ? text.years(years) : text.days(days);
  return <p className={styles.lead}>{text.byDefault(text.modes[mode], time)}</p>;
}
