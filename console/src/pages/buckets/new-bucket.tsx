/** Making a bucket: the rules of names tick one by one, and whether the name is free is known before the button is pressed. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Check, Circle } from 'lucide-react';
import { type ReactElement, useEffect, useState } from 'react';
import { useAccount, useServices } from '../../services.ts';
import { useLocale, useText } from '../../text/index.ts';
import { Confirm } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { CheckField, SelectField, TextField } from '../../ui/field.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { isGoodName, judgeName, otherNames } from './bucket-name.ts';
import styles from './buckets.module.css';
import { bucketsQuery } from './buckets-query.ts';

const ASK_MS = 300;

export function NewBucket({ onClose }: { readonly onClose: () => void }): ReactElement {
  const text = useText().buckets.make;
  const { site } = useServices();
  const [name, setName] = useState('');
  const [versioning, setVersioning] = useState(true);
  const [lock, setLock] = useState(false);
  const { make, busy, failure } = useMake(onClose);
  const free = useFree(name);
  const ready = isGoodName(name) && free !== 'taken' && free !== 'yours';
  return (
    <Confirm
      open
      onClose={onClose}
      onConfirm={() => void make({ name, versioning: versioning && !lock, lock })}
      title={text.title}
      act={text.act}
      tone="primary"
      busy={busy}
      ready={ready}
    >
      <TextField label={text.name} mono maxLength={63} value={name} onChange={setName} />
      <Rules name={name} />
      <Free name={name} free={free} />
      {site.regions.length > 1 ? <Region /> : null}
      <CheckField
        label={text.versioning}
        hint={text.versioningHint}
        checked={versioning || lock}
        disabled={lock}
        onChange={setVersioning}
      />
      <CheckField label={text.lock} hint={text.lockHint} checked={lock} onChange={setLock} />
      {failure === undefined ? null : <Failure failure={failure} />}
    </Confirm>
  );
}

function Rules({ name }: { readonly name: string }): ReactElement {
  const text = useText().buckets.make;
  return (
    <ul className={styles.rules} aria-label={text.rules}>
      {judgeName(name).map(({ rule, holds }) => (
        <li key={rule} data-holds={holds || undefined}>
          {holds ? <Check size={14} strokeWidth={2} aria-hidden /> : <Circle size={14} strokeWidth={1.5} aria-hidden />}
          {text[rule]}
          <span className="visually-hidden">{holds ? text.holds : text.broken}</span>
        </li>
      ))}
    </ul>
  );
}

type Free = 'asking' | 'yours' | 'taken' | 'free' | undefined;

/** Asked when nobody has typed for a moment; a refused question leaves it open, and making the bucket says it. */
function useFree(name: string): Free {
  const { s3 } = useServices();
  const [settled, setSettled] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSettled(name), ASK_MS);
    return () => clearTimeout(timer);
  }, [name]);
  const good = isGoodName(name);
  const { data, isFetching } = useQuery({
    queryKey: ['bucket-name', settled],
    queryFn: ({ signal }) => s3.headBucket({ bucket: settled }, { signal }),
    enabled: good && settled === name,
    retry: false,
  });
  if (!good) return undefined;
  return settled !== name || isFetching ? 'asking' : data;
}

function Free({ name, free }: { readonly name: string; readonly free: Free }): ReactElement {
  const text = useText().buckets.make;
  const account = useAccount();
  const said = {
    asking: text.asking,
    free: text.free,
    yours: text.yours,
    taken: text.taken(otherNames(name, account.name, new Date(Date.now()).getFullYear())),
  };
  return (
    <p className={styles.said} role="status" data-free={free === 'free' || undefined}>
      {free === undefined ? '' : said[free]}
    </p>
  );
}

/** The country of a region whose name begins with one: `ch-dk-2`. */
function countryOf(region: string, locale: string): string | undefined {
  const code = /^([a-z]{2})-/.exec(region)?.[1]?.toUpperCase();
  const name =
    code === undefined ? undefined : new Intl.DisplayNames(locale, { type: 'region', fallback: 'none' }).of(code);
  return name === code ? undefined : name;
}

/** Of regions elsewhere buckets are made at their own endpoints: they are named, so that nobody looks for them here. */
function Region(): ReactElement {
  const text = useText().buckets.make;
  const locale = useLocale();
  const { site } = useServices();
  const choices = site.regions.map(({ name, here, endpoint }) => ({
    value: name,
    label: [
      text.regionOf(name, countryOf(name, locale)),
      ...(here || endpoint === undefined ? [] : [text.elsewhere(endpoint)]),
    ].join(', '),
    disabled: !here,
  }));
  return <SelectField label={text.region} value={site.region} choices={choices} onChange={() => undefined} />;
}

interface Asked {
  readonly name: string;
  readonly versioning: boolean;
  readonly lock: boolean;
}

function useMake(onClose: () => void) {
  const text = useText().buckets.make;
  const { s3 } = useServices();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toasts = useToasts();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const make = async ({ name, versioning, lock }: Asked): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      await s3.createBucket({ bucket: name, objectLock: lock });
    } catch (refused) {
      setFailure(refused);
      setBusy(false);
      return;
    }
    if (versioning)
      await s3.putBucketVersioning({ bucket: name, status: 'Enabled' }).catch(() => toasts.say(text.halfMade(name)));
    await queries.invalidateQueries({ queryKey: bucketsQuery(s3).queryKey });
    onClose();
    void navigate({ to: '/buckets/$bucket', params: { bucket: name } });
  };
  return { make, busy, failure };
}
