/** A PDF, drawn in a sandbox without an origin and without a network: its bytes are handed in, nothing comes out but "drawn" and "failed". */

import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useEffect, useRef, useState } from 'react';
import type { ObjectHead, Target } from '../s3/objects.ts';
import { useServices } from '../services.ts';
import { useLocale } from '../text/index.ts';
import { useObjectText } from '../text/objects.ts';
import { Failure } from '../ui/failure.tsx';
import { sizeText } from '../ui/format.ts';
import { plainKey } from '../ui/key-parts.ts';
import { Empty, Skeleton } from '../ui/page.tsx';
import { type Draw, saidIn } from './messages.ts';
import styles from './preview.module.css';

/** It is in memory twice, here and in the frame. */
const MOST_BYTES = 50_000_000;

interface DocumentFrameProps {
  readonly at: Target;
  readonly head: ObjectHead;
}

export function DocumentFrame({ at, head }: DocumentFrameProps): ReactElement {
  const text = useObjectText().preview;
  const locale = useLocale();
  const { s3 } = useServices();
  const tooLarge = head.size > MOST_BYTES;
  const { data, error, refetch } = useQuery({
    queryKey: ['object', at.bucket, at.key, 'document', at.versionId ?? '', head.etag],
    queryFn: async ({ signal }) => (await s3.getObject(at, { signal })).bytes,
    enabled: !tooLarge,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (tooLarge) return <Empty title={text.large(sizeText(MOST_BYTES, locale))} />;
  if (error !== null) return <Failure failure={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton rows={8} />;
  return <Frame bytes={data} name={plainKey(at.key)} />;
}

function Frame({ bytes, name }: { readonly bytes: Uint8Array<ArrayBuffer>; readonly name: string }): ReactElement {
  const text = useObjectText().preview;
  const { base } = useServices();
  const frame = useRef<HTMLIFrameElement>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const hear = (event: MessageEvent): void => {
      const inside = frame.current?.contentWindow;
      if (inside === undefined || inside === null || event.source !== inside) return;
      const said = saidIn(event.data);
      if (said === 'failed') setFailed(true);
      if (said !== 'ready') return;
      const copy = bytes.slice().buffer;
      const draw: Draw = { kind: 'draw', bytes: copy, pageName: text.page };
      inside.postMessage(draw, '*', [copy]);
    };
    window.addEventListener('message', hear);
    return () => window.removeEventListener('message', hear);
  }, [bytes, text.page]);
  if (failed)
    return (
      <Empty title={text.broken}>
        <p>{text.brokenNext}</p>
      </Empty>
    );
  return (
    <iframe
      ref={frame}
      className={styles.document}
      title={text.document(name)}
      src={`${base}preview.html`}
      sandbox="allow-scripts"
    />
  );
}
