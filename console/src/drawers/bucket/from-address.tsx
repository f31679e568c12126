/** The bucket's drawer, where the address names one: `panel`, with the bucket of the path or (over the list of buckets) of the query. */

import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, type ReactElement, Suspense } from 'react';
import { panelNamed } from './panels.ts';

const BucketDrawer = lazy(() => import('./drawer.tsx').then((loaded) => ({ default: loaded.BucketDrawer })));

interface Addressed {
  readonly bucket?: string;
  readonly panel?: string;
  readonly line?: string;
}

export function AddressedBucketDrawer(): ReactElement | null {
  const navigate = useNavigate();
  const params: Addressed = useParams({ strict: false });
  const search: Addressed = useSearch({ strict: false });
  const bucket = params.bucket ?? search.bucket;
  const panel = panelNamed(search.panel);
  if (bucket === undefined || panel === undefined) return null;
  const go = (change: Addressed): void =>
    void navigate({ to: '.', search: (now: object) => Object.fromEntries(Object.entries({ ...now, ...change })) });
  const close = (): void =>
    void navigate({
      to: '.',
      search: (now: object) =>
        Object.fromEntries(Object.entries(now).filter(([name]) => !['panel', 'line', 'bucket'].includes(name))),
    });
  const line = Number(search.line);
  return (
    <Suspense fallback={null}>
      <BucketDrawer
        bucket={bucket}
        panel={panel}
        line={Number.isInteger(line) && line > 0 ? line : undefined}
        onPanel={(to) => go({ panel: to })}
        onClose={close}
      />
    </Suspense>
  );
}
