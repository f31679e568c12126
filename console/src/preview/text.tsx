/** Text and JSON as text nodes: the first MiB, and more when it is asked for. */

import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { ObjectHead, Target } from '../s3/objects.ts';
import { useServices } from '../services.ts';
import { useLocale } from '../text/index.ts';
import { useObjectText } from '../text/objects.ts';
import { Button } from '../ui/button.tsx';
import { Failure } from '../ui/failure.tsx';
import { sizeText } from '../ui/format.ts';
import { plainKey } from '../ui/key-parts.ts';
import { Empty, Skeleton } from '../ui/page.tsx';
import { indented, textIn } from './kinds.ts';
import styles from './preview.module.css';

const STEP = 2 ** 20;

interface TextPreviewProps {
  readonly at: Target;
  readonly head: ObjectHead;
  readonly json: boolean;
}

export function TextPreview({ at, head, json }: TextPreviewProps): ReactElement {
  const text = useObjectText().preview;
  const locale = useLocale();
  const { s3 } = useServices();
  // The browser unpacks what is stored compressed; a piece of it could not be.
  const packed = head.contentEncoding !== undefined && !/^(?:identity|aws-chunked)?$/.test(head.contentEncoding);
  const tooLarge = packed && head.size > STEP;
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['object', at.bucket, at.key, 'text', at.versionId ?? '', head.etag],
    queryFn: async ({ pageParam: start, signal }) => {
      const range = packed ? {} : { start, end: Math.min(head.size, start + STEP) };
      return (await s3.getObject({ ...at, ...range }, { signal })).bytes;
    },
    initialPageParam: 0,
    getNextPageParam: (_, pages) => (packed || pages.length * STEP >= head.size ? undefined : pages.length * STEP),
    enabled: !tooLarge,
    retry: false,
  });
  if (tooLarge) return <Empty title={text.compressed} />;
  if (error !== null) return <Failure failure={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton rows={8} />;
  const bytes = joined(data.pages);
  const read = textIn(bytes, !hasNextPage);
  if (read === undefined) return <Empty title={text.binary} />;
  return (
    <div className={styles.text}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reached by key */}
      <section tabIndex={0} aria-label={text.text(plainKey(at.key))}>
        <pre>{json && !hasNextPage ? indented(read) : read}</pre>
      </section>
      {hasNextPage ? (
        <p className={styles.cut}>
          {text.cut(sizeText(bytes.length, locale), sizeText(head.size, locale))}
          <Button small busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {text.more}
          </Button>
        </p>
      ) : null}
    </div>
  );
}

function joined(pages: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pages.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const page of pages) {
    all.set(page, at);
    at += page.length;
  }
  return all;
}
