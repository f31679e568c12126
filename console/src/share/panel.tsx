/**
 * Links to an object for people without an account. The account API makes one key for each, which can do nothing else and can be
 * revoked; a link is never signed with the session's keys, which end with it.
 */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { pathOf } from '../api/client.ts';
import type { Share, Visibility } from '../api/shapes.ts';
import type { ObjectPlace } from '../drawers/object/place.ts';
import { fileName } from '../pages/browser/download.ts';
import { publicUrls } from '../pages/browser/names.ts';
import { useAccount, useServices } from '../services.ts';
import { useObjectText } from '../text/objects.ts';
import { Button } from '../ui/button.tsx';
import { Confirm } from '../ui/dialog.tsx';
import { Failure } from '../ui/failure.tsx';
import { CheckField, RadioField, SelectField } from '../ui/field.tsx';
import { Banner, CopyButton } from '../ui/page.tsx';
import { useToasts } from '../ui/toast.tsx';
import { Time } from '../ui/values.tsx';
import { Qr } from './qr.tsx';
import styles from './share.module.css';

const HOUR = 3600;
const DAY = 86_400;
const SPANS = [HOUR, 12 * HOUR, DAY, 3 * DAY, 7 * DAY] as const;

export function SharePanel(place: ObjectPlace): ReactElement {
  const text = useObjectText().share;
  const [made, setMade] = useState<Share>();
  const [revoking, setRevoking] = useState<Share>();
  return (
    <div className={styles.stack}>
      <Already place={place} />
      <p>{text.lead}</p>
      <Make place={place} onMade={setMade} />
      {made?.url === undefined ? null : <Made url={made.url} />}
      <Links place={place} onRevoke={setRevoking} />
      {revoking === undefined ? null : (
        <Revoke
          share={revoking}
          onClose={() => setRevoking(undefined)}
          onRevoked={() => setMade(made?.id === revoking.id ? undefined : made)}
        />
      )}
    </div>
  );
}

/** Where everyone may read it, a link is not needed. */
function Already({ place }: { readonly place: ObjectPlace }): ReactElement | null {
  const text = useObjectText().share;
  const { api, site } = useServices();
  const { bucket, objectKey: key } = place;
  const { data } = useQuery({
    queryKey: ['who', bucket, key],
    queryFn: ({ signal }) => api.get<Visibility>('/access/visibility', { query: { bucket, key }, signal }),
    retry: false,
    staleTime: 60_000,
  });
  if (data === undefined || !data.read || data.accountsOnly) return null;
  const [url = ''] = publicUrls(site, bucket, key);
  return (
    <Banner tone="warn" actions={<CopyButton value={url} />}>
      <p>{text.public}</p>
      <bdi className={styles.url}>{url}</bdi>
    </Banner>
  );
}

interface MakeProps {
  readonly place: ObjectPlace;
  readonly onMade: (share: Share) => void;
}

function Make({ place, onMade }: MakeProps): ReactElement {
  const text = useObjectText().share;
  const { api, site } = useServices();
  const { id } = useAccount();
  const queries = useQueryClient();
  const [seconds, setSeconds] = useState<string>(String(DAY));
  const [disposition, setDisposition] = useState<Share['disposition']>('inline');
  const [pinned, setPinned] = useState(true);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const { bucket, objectKey: key, versionId } = place;
  const make = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    const version = versionId !== undefined && pinned ? { versionId } : {};
    const expiresAt = new Date(Date.now() + Number(seconds) * 1000).toISOString();
    const body = { ...{ bucket, key, ...version, expiresAt, disposition, filename: fileName(key) } };
    try {
      onMade(await api.post<Share>(pathOf('accounts', id, 'shares'), { body }));
      await queries.invalidateQueries({ queryKey: ['shares', id] });
    } catch (thrown) {
      setFailure(thrown);
    } finally {
      setBusy(false);
    }
  };
  const spans = SPANS.filter((span) => span <= site.limits.shareSeconds);
  const label = (span: number): string => (span < DAY ? text.hours(span / HOUR) : text.days(span / DAY));
  return (
    <>
      <SelectField
        label={text.ends}
        value={seconds}
        choices={spans.map((span) => ({ value: String(span), label: label(span) }))}
        onChange={setSeconds}
      />
      <RadioField<Share['disposition']>
        legend={text.opens}
        inline
        value={disposition}
        choices={(['inline', 'attachment'] as const).map((value) => ({ value, label: text.ways[value] }))}
        onChange={setDisposition}
      />
      {versionId === undefined ? null : (
        <CheckField label={text.version} hint={text.versionHint} checked={pinned} onChange={setPinned} />
      )}
      <div>
        <Button tone="primary" busy={busy} onClick={() => void make()}>
          {text.make}
        </Button>
      </div>
      {failure === undefined ? null : <Failure failure={failure} />}
    </>
  );
}

function Made({ url }: { readonly url: string }): ReactElement {
  const text = useObjectText().share;
  return (
    <section className={styles.stack} aria-label={text.made} aria-live="polite">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reached by key */}
      <p className={`${styles.url} ${styles.made}`} tabIndex={0}>
        {url}
      </p>
      <div>
        <CopyButton value={url} label={text.copy} />
      </div>
      <Qr value={url} label={text.qr} />
    </section>
  );
}

interface LinksProps {
  readonly place: ObjectPlace;
  readonly onRevoke: (share: Share) => void;
}

function Links({ place, onRevoke }: LinksProps): ReactElement | null {
  const text = useObjectText().share;
  const { api } = useServices();
  const { id } = useAccount();
  const { data } = useQuery({
    queryKey: ['shares', id],
    queryFn: ({ signal }) =>
      api.get<{ readonly shares: readonly Share[] }>(pathOf('accounts', id, 'shares'), { signal }),
    retry: false,
    staleTime: 0,
  });
  const own = (data?.shares ?? []).filter(({ bucket, key }) => bucket === place.bucket && key === place.objectKey);
  if (own.length === 0) return null;
  return (
    <section>
      <h3>{text.links}</h3>
      <ul className={styles.links}>
        {own.map((share) => (
          <li key={share.id}>
            <span>
              {text.ways[share.disposition]}, {text.until} <Time at={Date.parse(share.expiresAt)} />
            </span>
            {share.url === undefined ? null : <CopyButton value={share.url} label={text.copy} />}
            <Button small tone="quiet" onClick={() => onRevoke(share)}>
              {text.revoke}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface RevokeProps {
  readonly share: Share;
  readonly onClose: () => void;
  readonly onRevoked: () => void;
}

function Revoke({ share, onClose, onRevoked }: RevokeProps): ReactElement {
  const text = useObjectText().share;
  const { api } = useServices();
  const { id } = useAccount();
  const { say } = useToasts();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const revoke = async (): Promise<void> => {
    setBusy(true);
    try {
      await api.delete(pathOf('accounts', id, 'shares', share.id));
      await queries.invalidateQueries({ queryKey: ['shares', id] });
      say(text.revoked);
      onRevoked();
      onClose();
    } catch (thrown) {
      setFailure(thrown);
      setBusy(false);
    }
  };
  return (
    <Confirm
      open
      onClose={onClose}
      onConfirm={() => void revoke()}
      title={text.revokeTitle}
      act={text.revokeAct}
      busy={busy}
    >
      <p>{text.revokeText}</p>
      {failure === undefined ? null : <Failure failure={failure} />}
    </Confirm>
  );
}
