/** PostObject with `success_action_status` 201. Source: "POST Object" in the S3 API reference; S3 gives it no namespace. */

import { leaf, plainDocument } from '../xml-write.ts';

export interface PostResponse {
  readonly location: string;
  readonly bucket: string;
  readonly key: string;
  /** Quoted. */
  readonly etag: string;
}

export const writePostResponse = ({ location, bucket, key, etag }: PostResponse): string =>
  plainDocument(
    'PostResponse',
    leaf('Location', location) + leaf('Bucket', bucket) + leaf('Key', key) + leaf('ETag', etag),
  );
