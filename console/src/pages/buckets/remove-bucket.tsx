/** Deleting a bucket, or emptying it. What is in it is counted first; nothing of it can be brought back, so its name is typed. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { versionsOf } from '../../jobs/objects.ts';
import { type Batch, batchesOf } from '../../jobs/removing.ts';
import type { S3 } from '../../s3/client.ts';
import { useServices } from '../../services.ts';
import { useLocale, useText } from '../../text/index.ts';
import { Confirm } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { TextField } from '../../ui/field.tsx';
import { sizeText } from '../../ui/format.ts';
import { Skeleton } from '../../ui/page.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { bucketsQuery } from './buckets-query.ts';

interface RemoveProps {
  readonly bucket: string;
  readonly keep: boolean;
  readonly onClose: () => void;
}

interface Content {
  readonly objects: number;
  readonly versions: number;
  readonly markers: number;
  readonly uploads: number;
  readonly bytes: number;
  /** There is more than was counted. */
  readonly atLeast: boolean;
}

/** Pages of versions that are counted for the question. */
const COUNTED_PAGES = 5;

async function contentOf(s3: S3, bucket: string, signal: AbortSignal): Promise<Content> {
  const { uploads, next: moreUploads } = await s3.listMultipartUploads({ bucket }, { signal });
  let [objects, versions, markers, bytes] = [0, 0, 0, 0];
  let next: { readonly keyMarker: string; readonly versionIdMarker?: string | undefined } | undefined;
  for (let page = 0; page < COUNTED_PAGES && (page === 0 || next !== undefined); page++) {
    const answer = await s3.listObjectVersions({ bucket, maxKeys: 1000, ...next }, { signal });
    for (const { latest, marker, size } of answer.versions) {
      if (marker) markers += 1;
      else if (latest) objects += 1;
      else versions += 1;
      bytes += size;
    }
    next = answer.next;
  }
  return {
    objects,
    versions,
    markers,
    uploads: uploads.length,
    bytes,
    atLeast: next !== undefined || moreUploads !== undefined,
  };
}

export function RemoveBucket({ bucket, keep, onClose }: RemoveProps): ReactElement {
  const text = useText().buckets.remove;
  const locale = useLocale();
  const { s3 } = useServices();
  const [typed, setTyped] = useState('');
  const { data, error } = useQuery({
    queryKey: ['content', bucket],
    queryFn: ({ signal }) => contentOf(s3, bucket, signal),
    retry: false,
    staleTime: 0,
    gcTime: 0,
  });
  const { remove, busy, failure } = useRemoveBucket({ bucket, keep, onClose });
  const empty = data !== undefined && data.objects + data.versions + data.markers + data.uploads === 0;
  const ready = empty ? !keep : typed === bucket && (data !== undefined || error !== null);
  return (
    <Confirm
      open
      onClose={onClose}
      onConfirm={() => void remove(!empty)}
      title={keep ? text.emptyTitle(bucket) : text.title(bucket)}
      act={keep ? text.emptyAct : empty ? text.act : text.both}
      busy={busy}
      ready={ready}
    >
      {data === undefined && error === null ? <Skeleton rows={2} /> : null}
      {empty ? <p>{keep ? text.alreadyEmpty : text.empty}</p> : null}
      {data === undefined || empty ? null : (
        <p>
          {text.holds(data)}
          {text.size(sizeText(data.bytes, locale))}
        </p>
      )}
      {error === null ? null : <Failure failure={error} />}
      {empty || (data === undefined && error === null) ? null : (
        <>
          <p>{text.consequence}</p>
          <TextField label={keep ? text.typeEmpty(bucket) : text.type(bucket)} mono value={typed} onChange={setTyped} />
        </>
      )}
      {failure === undefined ? null : <Failure failure={failure} />}
    </Confirm>
  );
}

/** Emptying is a job: it goes on when the dialog and the page are gone, and can be stopped. */
function useRemoveBucket({ bucket, keep, onClose }: RemoveProps) {
  const text = useText();
  const { s3, jobs } = useServices();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const gone = async (): Promise<void> => {
    await s3.deleteBucket({ bucket });
    queries.setQueryData(bucketsQuery(s3).queryKey, (old) => old?.filter(({ name }) => name !== bucket));
    toasts.say(text.buckets.remove.done(bucket));
  };
  const empty = async (): Promise<void> => {
    onClose();
    const ended = await jobs.start<Batch>({
      title: text.jobs.emptying(bucket),
      items: (signal) => batchesOf(versionsOf(s3, bucket, signal)),
      each: (batch, signal) => batch.remove(s3, bucket, { signal, gone: () => {} }),
      over: (batch, failure) => batch.over(failure),
      nameOf: ({ first }) => first,
    });
    void queries.invalidateQueries({ queryKey: ['list', bucket] });
    if (ended.stopped || ended.failed.length > 0) return;
    await jobs.start({
      title: keep ? text.jobs.emptying(bucket) : text.jobs.deleting(bucket),
      items: () => [bucket],
      each: async (_, signal) => {
        await abortUploads(s3, bucket, signal);
        if (keep) toasts.say(text.buckets.remove.emptied(bucket));
        else await gone();
        return 1;
      },
      nameOf: (name) => name,
    });
  };
  const remove = async (isFull: boolean): Promise<void> => {
    if (isFull) return empty();
    setBusy(true);
    setFailure(undefined);
    await gone().then(onClose, setFailure);
    setBusy(false);
  };
  return { remove, busy, failure };
}

async function abortUploads(s3: S3, bucket: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { uploads } = await s3.listMultipartUploads({ bucket }, { signal });
    if (uploads.length === 0) return;
    for (const { key, uploadId } of uploads) await s3.abortMultipartUpload({ bucket, key, uploadId }, { signal });
  }
}
