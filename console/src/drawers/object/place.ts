/** What the drawer of an object is about, and what its parts share: the object's head, and what to read again after a change. */

import { type QueryClient, type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { ObjectHead } from '../../s3/objects.ts';
import { useServices } from '../../services.ts';

/** Undefined parameters leave the address. */
export type Go = (change: {
  readonly object?: string | undefined;
  readonly version?: string | undefined;
  readonly tab?: string | undefined;
  readonly panel?: string | undefined;
  readonly line?: string | undefined;
}) => void;

export interface ObjectPlace {
  readonly bucket: string;
  readonly objectKey: string;
  /** Absent: whatever is current. */
  readonly versionId: string | undefined;
  readonly go: Go;
}

export const TABS = [
  'details',
  'preview',
  'share',
  'acl',
  'metadata',
  'tags',
  'versions',
  'lock',
  'copies',
  'why',
] as const;
export type ObjectTab = (typeof TABS)[number];

const queryKeyOf = ({ bucket, objectKey, versionId }: ObjectPlace, part: string): readonly string[] => [
  ...['object', bucket, objectKey, part],
  ...(versionId === undefined ? [] : [versionId]),
];

/** Something of the object that is asked for beside it: where it is denied, its part is blank. */
export function useOfObject<Value>(
  place: ObjectPlace,
  part: string,
  ask: (signal: AbortSignal) => Promise<Value>,
): UseQueryResult<Value> {
  return useQuery({
    queryKey: queryKeyOf(place, part),
    queryFn: ({ signal }) => ask(signal),
    retry: false,
    staleTime: 0,
  });
}

export function useHead(place: ObjectPlace): UseQueryResult<ObjectHead> {
  const { s3 } = useServices();
  const { bucket, objectKey: key, versionId } = place;
  return useOfObject(place, 'head', (signal) => s3.headObject({ bucket, key, versionId }, { signal }));
}

/** After a change: all that the drawer shows, and the lists that the object is in. */
export function useObjectChanged({ bucket, objectKey }: ObjectPlace): () => Promise<void> {
  const queries: QueryClient = useQueryClient();
  return useCallback(async () => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: ['object', bucket, objectKey] }),
      queries.invalidateQueries({ queryKey: ['list', bucket] }),
    ]);
  }, [queries, bucket, objectKey]);
}
