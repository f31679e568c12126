/**
 * The documents of buckets. Sources: "ListBuckets", "CreateBucket" and "GetBucketLocation" in the S3 API reference.
 * Left out: directory buckets and tags at creation, which `elements.ts` refuses by name.
 */

import { isoDate } from '../values.ts';
import type { XmlLimits } from '../xml.ts';
import { branch, escapeXml, leaf, s3Document } from '../xml-write.ts';
import { type Owner, writeOwner } from './common.ts';
import { Members, readRoot } from './members.ts';

export interface CreateBucketConfiguration {
  /** Undefined when the document has none or an empty one: the region that was contacted. */
  readonly locationConstraint: string | undefined;
}

/** No bytes at all are a configuration that says nothing. Throws `MalformedXML`, `NotImplemented`. */
export function readCreateBucketConfiguration(bytes: Uint8Array, limits: XmlLimits): CreateBucketConfiguration {
  if (bytes.length === 0) return { locationConstraint: undefined };
  const root = readRoot(bytes, 'CreateBucketConfiguration', limits);
  const members = new Members(root, ['LocationConstraint']);
  return { locationConstraint: members.text('LocationConstraint') || undefined };
}

export interface ListBucketsResult {
  readonly owner: Owner;
  readonly buckets: readonly {
    readonly name: string;
    readonly createdAt: number;
    /** S3 sends it when the request has any parameter. */
    readonly region?: string | undefined;
  }[];
  readonly prefix?: string | undefined;
  /** Where the next page begins; absent on the last. */
  readonly continuationToken?: string | undefined;
}

export function writeListBuckets(result: ListBucketsResult): string {
  let buckets = '';
  for (const bucket of result.buckets) {
    buckets += branch(
      'Bucket',
      leaf('Name', bucket.name) + leaf('CreationDate', isoDate(bucket.createdAt)) + leaf('BucketRegion', bucket.region),
    );
  }
  return s3Document(
    'ListAllMyBucketsResult',
    writeOwner('Owner', result.owner) +
      branch('Buckets', buckets) +
      leaf('ContinuationToken', result.continuationToken) +
      leaf('Prefix', result.prefix),
  );
}

/** `us-east-1` is written as nothing: S3's first region had no name when the document was made. */
export const writeLocation = (region: string): string =>
  s3Document('LocationConstraint', region === 'us-east-1' ? '' : escapeXml(region));
