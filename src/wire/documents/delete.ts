/** The documents of DeleteObjects. Source: "DeleteObjects" in the S3 API reference. */

import type { Limits } from '../../base/limits.ts';
import { malformedXml, type XmlElement, type XmlLimits } from '../xml.ts';
import { branch, leaf, s3Document } from '../xml-write.ts';
import { Members, readRoot } from './members.ts';

export interface DeleteDocument {
  /** Only errors are wanted in the answer. */
  readonly quiet: boolean;
  /** 1 to 1000, in order; keys are not validated. */
  readonly objects: readonly ObjectIdentifier[];
}

export interface ObjectIdentifier {
  readonly key: string;
  readonly versionId?: string;
  /** The current version must have it; `*`: must be there. As sent. */
  readonly etag?: string;
  /** Conditions of directory buckets, as sent. */
  readonly lastModifiedTime?: string;
  readonly size?: string;
}

/** Throws `MalformedXML`, also for no key or more than `deleteKeys`, as S3 does. */
export function readDelete(bytes: Uint8Array, limits: XmlLimits & Pick<Limits, 'deleteKeys'>): DeleteDocument {
  const members = new Members(readRoot(bytes, 'Delete', limits), ['Object', 'Quiet']);
  const objects = members.all('Object');
  if (objects.length === 0 || objects.length > limits.deleteKeys) {
    throw malformedXml(`Delete must name 1 to ${limits.deleteKeys} objects, not ${objects.length}`);
  }
  return { quiet: readBoolean(members.text('Quiet')), objects: objects.map(readObject) };
}

function readBoolean(text: string | undefined): boolean {
  if (text === undefined || text === 'false' || text === '0') return false;
  if (text === 'true' || text === '1') return true;
  throw malformedXml('Quiet must be true or false');
}

function readObject(element: XmlElement): ObjectIdentifier {
  const members = new Members(element, ['Key', 'VersionId', 'ETag', 'LastModifiedTime', 'Size']);
  const key = members.requiredExact('Key');
  if (key === '') throw malformedXml('Key must not be empty');
  const [versionId, etag, lastModifiedTime, size] = [
    members.text('VersionId'),
    members.text('ETag'),
    members.text('LastModifiedTime'),
    members.text('Size'),
  ];
  return {
    key,
    ...(versionId === undefined ? {} : { versionId }),
    ...(etag === undefined ? {} : { etag }),
    ...(lastModifiedTime === undefined ? {} : { lastModifiedTime }),
    ...(size === undefined ? {} : { size }),
  };
}

export interface DeletedObject {
  readonly key: string;
  readonly versionId?: string;
  /** A delete marker was made, or was what was removed. */
  readonly deleteMarker?: boolean;
  readonly deleteMarkerVersionId?: string;
}

export interface DeleteFailure {
  readonly key: string;
  readonly versionId?: string;
  readonly code: string;
  readonly message: string;
}

export interface DeleteResult {
  /** Leave out what a quiet request does not want. */
  readonly deleted: readonly DeletedObject[];
  readonly errors: readonly DeleteFailure[];
}

export function writeDeleteResult(result: DeleteResult): string {
  let content = '';
  for (const deleted of result.deleted) {
    content += branch(
      'Deleted',
      leaf('Key', deleted.key) +
        leaf('VersionId', deleted.versionId) +
        leaf('DeleteMarker', deleted.deleteMarker) +
        leaf('DeleteMarkerVersionId', deleted.deleteMarkerVersionId),
    );
  }
  for (const failure of result.errors) {
    content += branch(
      'Error',
      leaf('Key', failure.key) +
        leaf('VersionId', failure.versionId) +
        leaf('Code', failure.code) +
        leaf('Message', failure.message),
    );
  }
  return s3Document('DeleteResult', content);
}
