/** The list of buckets in the cache: the page, the picker of folders and the search share it. */

import { queryOptions } from '@tanstack/react-query';
import type { S3 } from '../../s3/client.ts';

export const bucketsQuery = (s3: S3) =>
  queryOptions({
    queryKey: ['buckets'],
    queryFn: ({ signal }) => s3.listBuckets({}, { signal }),
    retry: false,
  });
