/** Changing the attributes of the version that a request names, in place: tags, retention, legal hold. */

import type { Bucket, ObjectVersion, VersionAttributes } from '../model/entities.ts';
import { requireObject } from './authorise.ts';
import { changeTarget, presentBucket } from './change.ts';
import { type ReplyHeaders, versionIdHeader } from './headers.ts';
import type { Call, Services } from './types.ts';

/**
 * Commits what `change` makes of the version's attributes, expecting the state that it saw; if that changed meanwhile, the
 * caller is authorised and `change` asked again. Undefined: there is nothing to change. Answers the headers that name the
 * version. Throws what `change` throws.
 */
export async function changeVersion(
  call: Call,
  services: Services,
  change: (version: ObjectVersion, bucket: Bucket) => VersionAttributes | undefined,
): Promise<ReplyHeaders> {
  const target = await changeTarget(call, services, async (current) => {
    const bucket = presentBucket(call, current);
    const found = requireObject(call, services, current);
    const attributes = change(found, bucket);
    if (attributes === undefined) return undefined;
    const { attributes: _old, ...version } = found;
    const changed = { ...version, ...(Object.keys(attributes).length > 0 && { attributes }) };
    return {
      mutation: { type: 'updateVersion', bucketId: bucket.id, version: changed, expect: version.revision },
    };
  });
  return versionIdHeader(requireObject(call, services, target), presentBucket(call, target));
}
