/** Tagging, as GetObjectTagging and GetBucketTagging answer it. Source: both operations in the S3 API reference. */

import { branch, leaf, s3Document } from '../xml-write.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export function writeTagging(tags: readonly Tag[]): string {
  const content = tags.map(({ key, value }) => branch('Tag', leaf('Key', key) + leaf('Value', value)));
  return s3Document('Tagging', branch('TagSet', content.join('')));
}
