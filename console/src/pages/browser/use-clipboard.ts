/** Rows that were copied or cut, to be pasted in another folder or bucket. Kept for as long as the page is, wherever one goes. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { Moving } from './use-transfer.ts';

export type Clipped = Pick<Moving, 'kind' | 'from' | 'targets' | 'what'>;

const NAME = ['clipboard'] as const;

export function useClipboard(): readonly [Clipped | null, (clipped: Clipped | null) => void] {
  const queries = useQueryClient();
  const { data } = useQuery<Clipped | null>({
    queryKey: NAME,
    queryFn: () => null,
    initialData: null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });
  const set = useCallback((clipped: Clipped | null) => void queries.setQueryData(NAME, clipped), [queries]);
  return [data, set];
}
