/** Every version of the object, newest first: looked at, fetched, put back on top, deleted for good; and markers, which hide it. */

import { useInfiniteQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { downloadUrl } from '../../pages/browser/download.ts';
import { useVersioning } from '../../pages/browser/use-browser.ts';
import type { VersionEntry } from '../../s3/listings.ts';
import { useServices } from '../../services.ts';
import { useLocale, useText } from '../../text/index.ts';
import { type ObjectText, useObjectText } from '../../text/objects.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { sizeText } from '../../ui/format.ts';
import { Banner, Skeleton } from '../../ui/page.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { Badge, Size, Time } from '../../ui/values.tsx';
import { DeleteVersion } from './delete-version.tsx';
import styles from './object.module.css';
import { type ObjectPlace, useObjectChanged } from './place.ts';
import { useWhy } from './why.tsx';

const PAGE = 100;

/** The key's own come first among those that begin with it. */
function useVersions({ bucket, objectKey }: ObjectPlace) {
  const { s3 } = useServices();
  return useInfiniteQuery({
    queryKey: ['object', bucket, objectKey, 'versions'],
    queryFn: async ({ pageParam, signal }) => {
      const asked = { bucket, prefix: objectKey, maxKeys: PAGE, ...pageParam };
      const { versions, next } = await s3.listObjectVersions(asked, { signal });
      const own = versions.filter(({ key }) => key === objectKey);
      return { own, next: own.length === versions.length && own.length > 0 ? next : undefined };
    },
    initialPageParam: {},
    getNextPageParam: ({ next }) => next,
    retry: false,
    staleTime: 0,
  });
}

export function Versions(place: ObjectPlace): ReactElement {
  const text = useObjectText().object.versions;
  const why = useWhy();
  const versioning = useVersioning(place.bucket);
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useVersions(place);
  const [deleting, setDeleting] = useState<VersionEntry>();
  const acts = useVersionActs(place, setDeleting);
  if (data === undefined)
    return error === null ? <Skeleton /> : <Failure failure={error} onRetry={() => void refetch()} onWhy={why} />;
  const versions = data.pages.flatMap(({ own }) => own);
  return (
    <div className={styles.stack}>
      {versioning === 'Off' ? <Banner tone="info">{text.off}</Banner> : <p className={styles.lead}>{text.note}</p>}
      {acts.failure === undefined ? null : <Failure failure={acts.failure} onWhy={why} />}
      {versions.length === 0 ? <p>{text.none}</p> : null}
      <ol className={styles.versions} aria-label={text.list}>
        {versions.map((version, index) => (
          <Row
            key={version.versionId}
            place={place}
            version={version}
            before={versions.slice(index + 1).find(({ marker }) => !marker)}
            acts={acts}
          />
        ))}
      </ol>
      {hasNextPage ? (
        <div>
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {text.more}
          </Button>
        </div>
      ) : null}
      {deleting === undefined ? null : (
        <DeleteVersion place={place} version={deleting} onClose={() => setDeleting(undefined)} />
      )}
    </div>
  );
}

interface VersionActs {
  readonly busy: string | undefined;
  readonly failure: unknown;
  readonly restore: (version: VersionEntry) => void;
  readonly unmark: (version: VersionEntry) => void;
  readonly remove: (version: VersionEntry) => void;
}

function useVersionActs(place: ObjectPlace, onDelete: (version: VersionEntry) => void): VersionActs {
  const text = useObjectText().object.versions;
  const { s3 } = useServices();
  const { say } = useToasts();
  const changed = useObjectChanged(place);
  const [busy, setBusy] = useState<string>();
  const [failure, setFailure] = useState<unknown>();
  const { bucket, objectKey: key } = place;
  const act = async ({ versionId }: VersionEntry, doing: () => Promise<unknown>, done: string): Promise<void> => {
    setBusy(versionId);
    setFailure(undefined);
    try {
      await doing();
      await changed();
      say(done);
    } catch (thrown) {
      setFailure(thrown);
    } finally {
      setBusy(undefined);
    }
  };
  return {
    busy,
    failure,
    restore: (version) =>
      void act(
        version,
        () => s3.copyObject({ from: { bucket, key, versionId: version.versionId }, bucket, key }),
        text.restored,
      ),
    unmark: (version) =>
      void act(
        version,
        () => s3.deleteObject({ bucket, key, versionId: version.versionId }),
        version.latest ? text.undeleted : text.markerRemoved,
      ),
    remove: onDelete,
  };
}

interface RowProps {
  readonly place: ObjectPlace;
  readonly version: VersionEntry;
  /** The one that had bytes before it. */
  readonly before: VersionEntry | undefined;
  readonly acts: VersionActs;
}

function Row({ place, version, before, acts }: RowProps): ReactElement {
  const text = useObjectText();
  const locale = useLocale();
  const { modifiedAt, marker, latest, owner, size, versionId } = version;
  const said = text.object.versions;
  return (
    <li data-open={(place.versionId === versionId && !latest) || undefined}>
      <span className={styles.line}>
        <Time at={modifiedAt} />
        {marker ? <Badge tone="warn">{said.marker}</Badge> : <Size bytes={size} />}
        {latest && !marker ? <Badge tone="ok">{said.current}</Badge> : null}
        {owner?.name === undefined ? null : <span>{said.by(owner.name)}</span>}
      </span>
      <span className={styles.note}>
        {marker || before === undefined ? '' : compared(version, before, text, locale)}
      </span>
      <span className={styles.acts}>
        <RowActs place={place} version={version} acts={acts} />
      </span>
    </li>
  );
}

function compared(version: VersionEntry, before: VersionEntry, { object }: ObjectText, locale: string): string {
  const said = object.versions;
  const difference = version.size - before.size;
  if (difference === 0) return version.etag === before.etag ? said.same : said.sameSize;
  const size = sizeText(Math.abs(difference), locale);
  return difference > 0 ? said.larger(size) : said.smaller(size);
}

function RowActs({ place, version, acts }: Omit<RowProps, 'before'>): ReactElement {
  const text = useObjectText();
  const { common } = useText();
  const { s3 } = useServices();
  const { bucket, objectKey, go } = place;
  const { versionId, marker, latest } = version;
  const said = text.object.versions;
  const busy = acts.busy === versionId;
  const download = (): void =>
    void downloadUrl(s3, bucket, objectKey, versionId).then((url) => window.location.assign(url));
  if (marker)
    return (
      <Button small busy={busy} onClick={() => acts.unmark(version)}>
        {latest ? said.undelete : said.removeMarker}
      </Button>
    );
  return (
    <>
      <Button small onClick={() => go({ version: latest ? undefined : versionId, tab: 'preview' })}>
        {said.view}
      </Button>
      <Button small onClick={download}>
        {common.download}
      </Button>
      {latest ? null : (
        <Button small busy={busy} onClick={() => acts.restore(version)}>
          {said.restore}
        </Button>
      )}
      <Button small tone="quiet" onClick={() => acts.remove(version)}>
        {common.delete}
      </Button>
    </>
  );
}
