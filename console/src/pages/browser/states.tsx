/** What is shown instead of rows: nothing there, nothing found, not allowed, not there at all. Each with what to do next. */

import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { FolderOpen, History, Lock, SearchX } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import { S3Failure } from '../../s3/failure.ts';
import { useServices } from '../../services.ts';
import { useText } from '../../text/index.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { TextField } from '../../ui/field.tsx';
import { plainKey } from '../../ui/key-parts.ts';
import { Empty, Skeleton, Snippet } from '../../ui/page.tsx';
import styles from './browser.module.css';
import { countDeleted } from './load.ts';
import { s3Uri } from './names.ts';
import type { Browser } from './use-browser.ts';

interface StatesProps {
  readonly browser: Browser;
  readonly onUpload: () => void;
}

/** Undefined: there are rows to show. */
export function instead({ browser, onUpload }: StatesProps): ReactElement | undefined {
  const { place, rows, list, searching, listing } = browser;
  if (rows.length > 0) return undefined;
  const failure = place.deep ? searching.failure : list.failure;
  if (failure !== undefined) return <Refused browser={browser} failure={failure} />;
  if (place.deep) return <NotFound browser={browser} />;
  if (list.pending || !listing.whole) return <Skeleton rows={8} />;
  if (place.q !== '') return <NoName browser={browser} />;
  if (place.at !== undefined) return <NothingThen />;
  return <Nothing browser={browser} onUpload={onUpload} />;
}

function Nothing({ browser, onUpload }: StatesProps): ReactElement {
  const text = useText().browser;
  const { place } = browser;
  const command = `s3cmd put FILE ${s3Uri(place.bucket, place.prefix)}`;
  return (
    <Empty icon={FolderOpen} title={text.empty.title}>
      <Deleted browser={browser} />
      <p>{text.empty.next}</p>
      <Button tone="primary" onClick={onUpload}>
        {text.bar.upload}
      </Button>
      <p>{text.empty.terminal}</p>
      <Snippet value={command} label={text.empty.copied} />
    </Empty>
  );
}

/** Where all that is left are delete markers, that is what one is looking for. */
function Deleted({ browser }: { readonly browser: Browser }): ReactElement | null {
  const text = useText().browser.empty;
  const { s3 } = useServices();
  const { place, change, versioning } = browser;
  const { data } = useQuery({
    queryKey: ['deleted-count', place.bucket, place.prefix],
    queryFn: ({ signal }) => countDeleted(s3, place, signal),
    enabled: versioning === 'Enabled' || versioning === 'Suspended',
    retry: false,
  });
  if (data === undefined || data.count === 0 || place.deleted) return null;
  return (
    <p className={styles.inline}>
      {text.markers(data.count, data.more)}
      <Button small onClick={() => change({ deleted: '1' })}>
        {text.show}
      </Button>
    </p>
  );
}

function NoName({ browser }: { readonly browser: Browser }): ReactElement {
  const text = useText().browser;
  const { place, change, readOnly } = browser;
  return (
    <Empty icon={SearchX} title={text.empty.filter(plainKey(place.q))}>
      <div className={styles.inline}>
        {readOnly ? null : <Button onClick={() => change({ deep: '1' })}>{text.bar.deeper}</Button>}
        <Button onClick={() => change({ q: undefined })}>{text.empty.clear}</Button>
      </div>
    </Empty>
  );
}

function NotFound({ browser }: { readonly browser: Browser }): ReactElement {
  const text = useText().browser.scan;
  const { place, searching } = browser;
  const ended = searching.scan.state === 'done';
  return <Empty icon={SearchX} title={ended ? text.none(plainKey(place.q)) : text.noneYet} />;
}

function NothingThen(): ReactElement {
  const text = useText().browser.empty;
  return (
    <Empty icon={History} title={text.past}>
      <p>{text.pastNext}</p>
    </Empty>
  );
}

function Refused({ browser, failure }: { readonly browser: Browser; readonly failure: unknown }): ReactElement {
  const text = useText().browser;
  const { place, list, searching } = browser;
  const code = failure instanceof S3Failure ? failure.code : undefined;
  if (code === 'AccessDenied') return <Denied browser={browser} failure={failure} />;
  if (code === 'NoSuchBucket')
    return (
      <Empty icon={SearchX} title={text.missing.title(place.bucket)}>
        <Link to="/buckets" className={buttonClass()}>
          {text.missing.back}
        </Link>
      </Empty>
    );
  return <Failure failure={failure} onRetry={place.deep ? searching.again : list.retry} />;
}

/** Whoever may not list may still read: a key that is known can be opened. */
function Denied({ browser, failure }: { readonly browser: Browser; readonly failure: unknown }): ReactElement {
  const text = useText().browser.denied;
  const navigate = useNavigate();
  const { place, change } = browser;
  const [key, setKey] = useState(place.prefix);
  const why = (request: string): void => void navigate({ to: '/explain', search: { request } });
  return (
    <Empty icon={Lock} title={text.title(place.bucket)}>
      <form
        className={styles.known}
        onSubmit={(event) => {
          event.preventDefault();
          if (key !== '') change({ object: key });
        }}
      >
        <TextField label={text.key} hint={text.keyHint} mono value={key} onChange={setKey} />
        <Button type="submit" tone="primary">
          {text.open}
        </Button>
      </form>
      <div className={styles.known}>
        <Failure failure={failure} onWhy={why} />
      </div>
    </Empty>
  );
}
