/** The object, shown in the one way that its kind allows. Nothing of it becomes markup or script of this page. */

import { type ReactElement, useState } from 'react';
import { DocumentFrame } from '../../preview/document-frame.tsx';
import { type Shown, shownAs } from '../../preview/kinds.ts';
import styles from '../../preview/preview.module.css';
import { TextPreview } from '../../preview/text.tsx';
import type { ObjectHead } from '../../s3/objects.ts';
import { useServices } from '../../services.ts';
import { useObjectText } from '../../text/objects.ts';
import { Failure } from '../../ui/failure.tsx';
import { plainKey } from '../../ui/key-parts.ts';
import { Empty, Skeleton } from '../../ui/page.tsx';
import { type ObjectPlace, useHead, useOfObject } from './place.ts';
import { useWhy } from './why.tsx';

export function Preview(place: ObjectPlace): ReactElement {
  const text = useObjectText().preview;
  const why = useWhy();
  const { data: head, error, refetch } = useHead(place);
  if (head === undefined)
    return error === null ? (
      <Skeleton rows={6} />
    ) : (
      <Failure failure={error} onRetry={() => void refetch()} onWhy={why} />
    );
  const shown = shownAs(place.objectKey, head.contentType);
  if (head.size === 0) return <Empty title={text.empty} />;
  if (shown === undefined)
    return (
      <Empty title={text.none}>
        <p>
          {head.contentType === undefined ? null : text.as(head.contentType)} {text.noneNext}
        </p>
      </Empty>
    );
  return <Kind place={place} head={head} shown={shown} />;
}

interface KindProps {
  readonly place: ObjectPlace;
  readonly head: ObjectHead;
  readonly shown: Shown;
}

function Kind({ place, head, shown }: KindProps): ReactElement {
  const { bucket, objectKey: key, versionId } = place;
  const at = { bucket, key, versionId };
  switch (shown.kind) {
    case 'text':
    case 'json':
      return <TextPreview at={at} head={head} json={shown.kind === 'json'} />;
    case 'pdf':
      return <DocumentFrame at={at} head={head} />;
    default:
      return <Media place={place} shown={shown} />;
  }
}

/** Pictures, sound and film: the browser's own elements, on the origin of S3, with the type that we say. */
function Media({ place, shown }: Omit<KindProps, 'head'>): ReactElement {
  const text = useObjectText().preview;
  const { s3 } = useServices();
  const why = useWhy();
  const [broken, setBroken] = useState(false);
  const { bucket, objectKey: key, versionId } = place;
  const { data: src, error } = useOfObject(place, 'address', () =>
    s3.presign({ bucket, key, versionId, query: { 'response-content-type': shown.type } }),
  );
  const name = plainKey(key);
  if (error !== null) return <Failure failure={error} onWhy={why} />;
  if (broken)
    return (
      <Empty title={text.broken}>
        <p>{text.brokenNext}</p>
      </Empty>
    );
  if (src === undefined) return <Skeleton rows={6} />;
  const onError = (): void => setBroken(true);
  if (shown.kind === 'image')
    return <img className={styles.image} src={src} alt={text.image(name)} onError={onError} />;
  return shown.kind === 'audio' ? (
    // biome-ignore lint/a11y/useMediaCaption: whatever somebody stored has no captions of ours
    <audio
      className={styles.media}
      src={src}
      controls
      preload="metadata"
      aria-label={text.media(name)}
      onError={onError}
    />
  ) : (
    // biome-ignore lint/a11y/useMediaCaption: whatever somebody stored has no captions of ours
    <video
      className={styles.media}
      src={src}
      controls
      preload="metadata"
      aria-label={text.media(name)}
      onError={onError}
    />
  );
}
