/** Where to: a bucket and a folder in it. The other way to what dragging does. */

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { CornerLeftUp, Folder } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import { useServices } from '../../services.ts';
import { useText } from '../../text/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { KeyName } from '../../ui/key-name.tsx';
import { plainKey } from '../../ui/key-parts.ts';
import { Skeleton } from '../../ui/page.tsx';
import { bucketsQuery } from '../buckets/buckets-query.ts';
import styles from './browser.module.css';
import { folderOf, nameOf } from './names.ts';
import type { Acts } from './use-acts.ts';
import type { Browser } from './use-browser.ts';
import { listingQuery } from './use-listing.ts';

interface PickProps {
  readonly browser: Browser;
  readonly acts: Acts;
  readonly how: 'copy' | 'move';
  readonly onClose: () => void;
}

export function PickFolder({ browser, acts, how, onClose }: PickProps): ReactElement {
  const text = useText();
  const pick = text.browser.pick;
  const { s3 } = useServices();
  const { place } = browser;
  const [bucket, setBucket] = useState(place.bucket);
  const [prefix, setPrefix] = useState(place.prefix);
  const { data: buckets } = useQuery(bucketsQuery(s3));
  // One may list no buckets and still copy within this one.
  const names = [...new Set([place.bucket, ...(buckets ?? []).map(({ name }) => name)])];
  const inside =
    bucket === place.bucket && acts.rows.some(({ kind, key }) => kind === 'folder' && prefix.startsWith(key));
  const same = bucket === place.bucket && prefix === place.prefix && !place.deep;
  const wrong = inside ? pick.inside : same ? pick.same : undefined;
  const actions = (
    <>
      <Button onClick={onClose}>{text.common.cancel}</Button>
      <Button type="submit" tone="primary" disabled={wrong !== undefined}>
        {how === 'copy' ? pick.copyAct : pick.moveAct}
      </Button>
    </>
  );
  return (
    <Dialog
      open
      onClose={onClose}
      title={pick[how](acts.what)}
      actions={actions}
      onSubmit={() => (wrong === undefined ? acts.moveTo(how, { bucket, prefix }) : undefined)}
    >
      <SelectField
        label={pick.bucket}
        value={bucket}
        choices={names.map((name) => ({ value: name, label: name }))}
        onChange={(name) => {
          setBucket(name);
          setPrefix('');
        }}
      />
      <p aria-live="polite">
        {pick.here(plainKey(`${bucket}/${prefix}`))} {wrong}
      </p>
      <Folders key={`${bucket}/${prefix}`} bucket={bucket} prefix={prefix} onOpen={setPrefix} />
    </Dialog>
  );
}

interface FoldersProps {
  readonly bucket: string;
  readonly prefix: string;
  readonly onOpen: (prefix: string) => void;
}

function Folders({ bucket, prefix, onOpen }: FoldersProps): ReactElement {
  const text = useText().browser.pick;
  const { s3 } = useServices();
  const [q, setQ] = useState('');
  const place = { bucket, prefix, q, deep: false, at: undefined, deleted: false };
  const { data, error, isPending, hasNextPage, refetch } = useInfiniteQuery(listingQuery(s3, place));
  const folders = (data?.pages ?? []).flatMap(({ entries }) => entries.filter(({ kind }) => kind === 'folder'));
  return (
    <div className={styles.folders}>
      {hasNextPage || q !== '' ? <TextField label={text.filter} value={q} onChange={setQ} /> : null}
      {error === null ? null : <Failure failure={error} onRetry={() => void refetch()} />}
      {isPending ? <Skeleton rows={3} /> : null}
      <ul aria-label={text.folders}>
        {prefix === '' ? null : (
          <li>
            <button type="button" onClick={() => onOpen(folderOf(prefix))}>
              <CornerLeftUp size={16} strokeWidth={1.75} aria-hidden />
              {text.up}
            </button>
          </li>
        )}
        {folders.map(({ key }) => (
          <li key={key}>
            <button type="button" onClick={() => onOpen(key)}>
              <Folder size={16} strokeWidth={1.75} aria-hidden />
              <KeyName name={nameOf(key)} />
            </button>
          </li>
        ))}
      </ul>
      {folders.length === 0 && !isPending && error === null ? <p>{text.none}</p> : null}
      {hasNextPage ? <p>{text.more}</p> : null}
    </div>
  );
}
