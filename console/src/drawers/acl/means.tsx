/** What rules mean, saved or not: told by the store, which knows policy, public-access block and ownership beside it; never by the form. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { ApiFailure } from '../../api/client.ts';
import type { AccessAnswer, Visibility } from '../../api/shapes.ts';
import { encodeKey, encodeName } from '../../s3/encode.ts';
import { useServices } from '../../services.ts';
import { type SettingsText, useSettingsText } from '../../text/settings.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/page.tsx';
import styles from './acl.module.css';
import type { AclSubject } from './model.ts';

interface MeansProps {
  readonly subject: AclSubject;
  /** The rules as they would be, as `POST /access/visibility` takes them. */
  readonly unsaved: object;
  readonly changed: boolean;
  /** The rules grant something to everybody: when nobody may all the same, what stops it is told. */
  readonly opens?: boolean;
  readonly onOpenPanel?: ((panel: 'access' | 'policy') => void) | undefined;
}

const bodyOf = ({ bucket, key, versionId }: AclSubject, unsaved: object) => ({
  bucket,
  ...(key === undefined ? {} : { key }),
  ...(versionId === undefined ? {} : { versionId }),
  unsaved,
});

export function Means({ subject, unsaved, changed, opens = false, onOpenPanel }: MeansProps): ReactElement {
  const text = useSettingsText();
  const { api } = useServices();
  const isFolder = subject.kind === 'folder';
  const body = bodyOf(subject, unsaved);
  const { data, error } = useQuery({
    queryKey: ['visibility', subject.bucket, 'unsaved', body],
    queryFn: ({ signal }) => api.post<Visibility>('/access/visibility', { body, signal }),
    enabled: !isFolder,
    placeholderData: keepPreviousData,
    staleTime: 0,
    retry: false,
  });
  if (isFolder) return <p className={styles.means}>{text.acl.meansFolder}</p>;
  const hidden = error instanceof ApiFailure && error.status === 404;
  return (
    <section className={styles.means} aria-label={text.acl.means} aria-live="polite">
      <h3>
        {text.acl.means} · {changed ? text.acl.meansThen : text.acl.meansNow}
      </h3>
      {data === undefined ? (
        <p>{error === null ? text.acl.meansAsking : hidden ? text.acl.meansHidden : error.message}</p>
      ) : (
        <Told subject={subject} seen={data} text={text} />
      )}
      {data !== undefined && data.who !== 'public' && opens ? (
        <Stopped subject={subject} unsaved={unsaved} onOpenPanel={onOpenPanel} />
      ) : null}
    </section>
  );
}

/** The sentence. */
export function sentenceOf(seen: Visibility, kind: AclSubject['kind'], { acl }: SettingsText): string {
  const { may, who } = acl;
  const acts = [
    ...(seen.list ? [may.list] : []),
    ...(seen.read ? [kind === 'bucket' ? may.readAll : may.readObject] : []),
    ...(seen.write ? [may.write] : []),
  ];
  if (acts.length > 0) return (seen.accountsOnly ? who.accounts : who.public)(may.and(acts));
  if (seen.partly) return who.partly;
  return seen.others.length > 0 ? who.others(seen.others.map(({ name }) => name).join(', ')) : who.private;
}

interface ToldProps {
  readonly subject: AclSubject;
  readonly seen: Visibility;
  readonly text: SettingsText;
}

function Told({ subject, seen, text }: ToldProps): ReactElement {
  const { site } = useServices();
  const path = `/${encodeName(subject.bucket)}${subject.key === undefined ? '' : `/${encodeKey(subject.key)}`}`;
  const address = `${site.endpoint}${path}`;
  return (
    <>
      <p>
        <strong>{sentenceOf(seen, subject.kind, text)}</strong>{' '}
        {subject.kind === 'bucket' && seen.objectAcls ? text.acl.who.objects : null}
      </p>
      {(subject.kind === 'bucket' ? seen.list : seen.read) && !seen.accountsOnly && subject.versionId === undefined ? (
        <p className={styles.address}>
          <code>{address}</code>
          <CopyButton value={address} />
        </p>
      ) : null}
      {seen.why.length === 0 ? null : (
        <ul>
          {seen.why.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
    </>
  );
}

type StoppedProps = Omit<MeansProps, 'changed' | 'opens'>;

/** Everyone is granted something, and something else says no: what does, with a way there. */
function Stopped({ subject, unsaved, onOpenPanel }: StoppedProps): ReactElement | null {
  const text = useSettingsText().acl;
  const { api } = useServices();
  const operation = subject.kind === 'bucket' ? 'ListObjectsV2' : 'GetObject';
  const body = { operation, as: 'anonymous', ...bodyOf(subject, unsaved) };
  const { data } = useQuery({
    queryKey: ['visibility', subject.bucket, 'stopped', body],
    queryFn: ({ signal }) => api.post<AccessAnswer>('/access/explain', { body, signal }),
    staleTime: 0,
  });
  // What decides, or what says that it takes no notice of the grant.
  const reason =
    data?.reasons.find(({ decides, verdict }) => decides === true && verdict === 'denies') ??
    data?.reasons.find(({ layer }) => layer === 'public-access-block' || layer === 'ownership');
  if (data === undefined || data.answer === 'allowed' || reason === undefined) return null;
  const panel = /policy/.test(reason.layer) ? 'policy' : 'access';
  return (
    <div>
      <p>{text.stopped}</p>
      <ul>
        <li>{reason.text}</li>
      </ul>
      {onOpenPanel === undefined ? null : (
        <Button small onClick={() => onOpenPanel(panel)}>
          {panel === 'policy' ? text.stopPolicy : text.stopAccess}
        </Button>
      )}
    </div>
  );
}
