/** `panel=uploads`: uploads in parts that were begun and neither finished nor aborted. */

import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { addressable } from '../../s3/encode.ts';
import { S3Failure } from '../../s3/failure.ts';
import type { UploadEntry } from '../../s3/listings.ts';
import { useServices } from '../../services.ts';
import { useSettingsText } from '../../text/settings.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { KeyName } from '../../ui/key-name.tsx';
import { Skeleton } from '../../ui/page.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { Size, Time } from '../../ui/values.tsx';
import styles from './bucket.module.css';
import type { PanelProps } from './panels.ts';

/** Asked for at once. */
const TOGETHER = 4;

interface Marker {
  readonly keyMarker?: string;
  readonly uploadIdMarker?: string;
}

const FIRST: Marker = Object.freeze({});

export function UploadsPanel({ bucket, onWhy }: PanelProps): ReactElement {
  const text = useSettingsText().bucketDrawer.uploads;
  const { s3 } = useServices();
  const list = useInfiniteQuery({
    queryKey: ['uploads', bucket],
    queryFn: ({ pageParam, signal }) => s3.listMultipartUploads({ bucket, ...pageParam }, { signal }),
    initialPageParam: FIRST,
    getNextPageParam: ({ next }): Marker | undefined => next,
    staleTime: 0,
  });
  const [chosen, setChosen] = useState<readonly UploadEntry[]>([]);
  const uploads = list.data?.pages.flatMap((page) => page.uploads) ?? [];
  const columns: readonly Column<UploadEntry>[] = [
    { name: text.key, cell: ({ key }) => <KeyName name={key} /> },
    { name: text.begun, cell: ({ initiatedAt }) => <Time at={initiatedAt} relative /> },
    { name: text.size, cell: (upload) => <SizeSoFar bucket={bucket} upload={upload} />, number: true },
    {
      name: text.actions,
      cell: (upload) =>
        addressable(upload.key) ? (
          <Button small onClick={() => setChosen([upload])}>
            {text.abort}
          </Button>
        ) : (
          text.unaddressable
        ),
      actions: true,
    },
  ];
  if (list.data === undefined) {
    return list.error === null ? (
      <Skeleton />
    ) : (
      <Failure failure={list.error} onRetry={() => void list.refetch()} onWhy={onWhy} />
    );
  }
  const all = uploads.filter(({ key }) => addressable(key));
  return (
    <>
      <p className={styles.lead}>{text.lead}</p>
      {uploads.length === 0 ? (
        <p>{text.none}</p>
      ) : (
        <Table label={text.label} columns={columns} rows={uploads} keyOf={({ uploadId }) => uploadId} />
      )}
      <div className={styles.actions}>
        {list.hasNextPage ? (
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {text.more}
          </Button>
        ) : null}
        {all.length > 1 ? (
          <Button onClick={() => setChosen(all)}>{text.abortAll(all.length, list.hasNextPage)}</Button>
        ) : null}
      </div>
      <Abort bucket={bucket} uploads={chosen} onClose={() => setChosen([])} onWhy={onWhy} />
    </>
  );
}

interface SizeProps {
  readonly bucket: string;
  readonly upload: UploadEntry;
}

/** Of the parts that are there; a dash where they may not be listed. */
function SizeSoFar({ bucket, upload: { key, uploadId } }: SizeProps): ReactElement | string {
  const text = useSettingsText().bucketDrawer.uploads;
  const { s3 } = useServices();
  const { data } = useQuery({
    queryKey: ['uploads', bucket, 'size', uploadId],
    queryFn: async ({ signal }) => {
      let size = 0;
      let after: number | undefined;
      do {
        const page = await s3.listParts({ bucket, key, uploadId, after }, { signal });
        size += page.parts.reduce((sum, part) => sum + part.size, 0);
        after = page.next;
      } while (after !== undefined);
      return size;
    },
    enabled: addressable(key),
    retry: false,
  });
  return data === undefined ? text.unknown : <Size bytes={data} />;
}

interface AbortProps {
  readonly bucket: string;
  /** None: nothing is asked. */
  readonly uploads: readonly UploadEntry[];
  readonly onClose: () => void;
  readonly onWhy: (requestId: string) => void;
}

function Abort({ bucket, uploads, onClose, onWhy }: AbortProps): ReactElement {
  const text = useSettingsText().bucketDrawer.uploads;
  const { s3 } = useServices();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const close = (): void => {
    setFailure(undefined);
    onClose();
  };
  const abort = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    const left = [...uploads];
    const take = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const { key, uploadId } = next;
        await s3.abortMultipartUpload({ bucket, key, uploadId }).catch((thrown: unknown) => {
          // Somebody else ended it: that is what was asked for.
          if (!(thrown instanceof S3Failure && thrown.code === 'NoSuchUpload')) throw thrown;
        });
      }
    };
    try {
      await Promise.all(Array.from({ length: TOGETHER }, take));
      toasts.say(text.done(uploads.length));
      close();
    } catch (thrown) {
      setFailure(thrown);
    } finally {
      setBusy(false);
      await queries.invalidateQueries({ queryKey: ['uploads', bucket] });
    }
  };
  return (
    <Confirm
      open={uploads.length > 0}
      onClose={close}
      onConfirm={() => void abort()}
      title={text.askTitle(uploads.length)}
      act={text.act}
      busy={busy}
    >
      <p>{text.ask}</p>
      {failure === undefined ? null : <Failure failure={failure} onWhy={onWhy} />}
    </Confirm>
  );
}
