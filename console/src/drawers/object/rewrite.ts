/** New headers for an object: a copy onto itself that says again whatever a copy would lose, on condition that nobody wrote meanwhile. */

import type { Acl } from '../../s3/access.ts';
import type { S3 } from '../../s3/client.ts';
import { S3Failure } from '../../s3/failure.ts';
import { keptHeaders, type Metadata, metadataOf, rewriteOf, sameMetadata } from './metadata.ts';

interface Where {
  readonly bucket: string;
  readonly key: string;
}

/**
 * `change`: from the headers it has to those it should have. Answers whether anything was to be changed. Rejects with
 * `PreconditionFailed` when the object changed between reading and writing, with `AccessDenied` when its ACL cannot be read: it
 * would be lost.
 */
export async function rewrite(
  s3: S3,
  where: Where,
  change: (old: Metadata) => Metadata,
  signal?: AbortSignal,
): Promise<boolean> {
  const head = await s3.headObject(where, { signal });
  const old = metadataOf(head);
  const wanted = change(old);
  if (sameMetadata(old, wanted)) return false;
  const acl: Acl | undefined = await s3.getAcl(where, { signal }).catch((failure: unknown) => {
    // Buckets without ACLs have nothing to keep.
    if (failure instanceof S3Failure && failure.code === 'AccessControlListNotSupported') return undefined;
    throw failure;
  });
  const from = { ...where, versionId: head.versionId };
  await s3.copyObject(
    {
      ...{ ...where, ...rewriteOf(wanted), from, sourceIfMatch: head.etag, ifMatch: head.etag },
      headers: keptHeaders(head, acl, Date.now()),
    },
    { signal },
  );
  return true;
}
