/** What the object is: exact size, type, checksums, dates, owner, encryption, and its addresses. What one may not know is left out. */

import type { ReactElement, ReactNode } from 'react';
import { publicUrls, s3Uri } from '../../pages/browser/names.ts';
import { Who } from '../../pages/browser/who.tsx';
import type { ObjectHead } from '../../s3/objects.ts';
import { useServices } from '../../services.ts';
import { useLocale } from '../../text/index.ts';
import { type ObjectText, useObjectText } from '../../text/objects.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { fullTimeText } from '../../ui/format.ts';
import { KeyName } from '../../ui/key-name.tsx';
import { CopyButton, Facts, Skeleton } from '../../ui/page.tsx';
import { Size } from '../../ui/values.tsx';
import styles from './object.module.css';
import { type ObjectPlace, useHead, useOfObject } from './place.ts';
import { useWhy } from './why.tsx';

export function Details(place: ObjectPlace): ReactElement {
  const text = useObjectText().object.details;
  const why = useWhy();
  const { data: head, error, refetch } = useHead(place);
  if (head !== undefined) return <Known place={place} head={head} />;
  return error === null ? (
    <Skeleton rows={8} />
  ) : (
    <Failure failure={error} onRetry={() => void refetch()} onWhy={why}>
      <div>
        <Button small onClick={() => place.go({ tab: 'versions' })}>
          {text.toVersions}
        </Button>
      </div>
    </Failure>
  );
}

type Fact = readonly [ReactNode, ReactNode];

function Copied({ value }: { readonly value: string }): ReactElement {
  return (
    <span className={styles.copied}>
      <bdi className={styles.mono}>{value}</bdi>
      <CopyButton value={value} />
    </span>
  );
}

function Known({ place, head }: { readonly place: ObjectPlace; readonly head: ObjectHead }): ReactElement {
  const text = useObjectText();
  const locale = useLocale();
  const { s3, site } = useServices();
  const { bucket, objectKey: key, versionId } = place;
  const said = text.object.details;
  const { data: attributes } = useOfObject(place, 'attributes', (signal) =>
    s3.getObjectAttributes({ bucket, key, versionId }, { signal }),
  );
  const { data: acl } = useOfObject(place, 'owner', (signal) => s3.getAcl({ bucket, key, versionId }, { signal }));
  const checksums = Object.entries({ ...head.checksums, ...attributes?.checksums });
  const parts = attributes?.parts ?? head.parts;
  const [url = '', hostUrl] = publicUrls(site, bucket, key);
  const when = (at: number): string => fullTimeText(at, locale);
  const facts: readonly Fact[] = [
    [said.name, <KeyName key="k" name={key} whole />],
    [
      said.size,
      <span key="s">
        {head.size < 1000 ? null : (
          <>
            <Size bytes={head.size} />,{' '}
          </>
        )}
        {said.bytes(head.size)}
      </span>,
    ],
    [said.type, head.contentType ?? ''],
    [said.who, <Who key="w" bucket={bucket} objectKey={key} />],
    [said.modified, when(head.modifiedAt)],
    ...(acl === undefined ? [] : [[said.owner, acl.owner.name ?? acl.owner.id] as const]),
    ...(head.versionId === undefined ? [] : [[said.version, <Copied key="v" value={head.versionId} />] as const]),
    [said.storageClass, head.storageClass ?? said.standard],
    ...kept(head, text, when),
    [said.etag, <Copied key="e" value={head.etag} />],
    ...checksums.map(([name, value]): Fact => [said.checksum(name), <Copied key={name} value={value} />]),
    ...(parts === undefined ? [] : [[said.parts, said.partCount(parts)] as const]),
    [said.replication, said.noReplication],
  ];
  return (
    <div className={styles.stack}>
      <Facts facts={facts} />
      <Facts
        facts={[
          [said.uri, <Copied key="u" value={s3Uri(bucket, key)} />],
          [said.url, <Copied key="p" value={url} />],
          ...(hostUrl === undefined ? [] : [[said.hostUrl, <Copied key="h" value={hostUrl} />] as const]),
        ]}
      />
      <p className={styles.note}>{said.urlNote}</p>
    </div>
  );
}

/** How it is kept: encryption, and what locks it. */
function kept(head: ObjectHead, text: ObjectText, when: (at: number) => string): readonly Fact[] {
  const said = text.object.details;
  const { encryption, encryptionKey, lockMode, lockUntil, legalHold } = head;
  const mode = lockMode === 'COMPLIANCE' || lockMode === 'GOVERNANCE' ? text.object.lock.modes[lockMode] : '';
  return [
    [said.encryption, encryption === undefined ? said.plain : [encryption, encryptionKey ?? ''].join(' ').trim()],
    ...(lockUntil === undefined ? [] : [[said.lock, `${when(lockUntil)} (${mode})`] as const]),
    ...(legalHold === true ? [[said.hold, said.holdOn] as const] : []),
  ];
}
