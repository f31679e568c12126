/** What is set on every object of a folder, or of a choice of several: as a job, one object at a time, in the tray. */

import type { Jobs } from '../../jobs/jobs.ts';
import { keysOf, type Targets } from '../../jobs/objects.ts';
import type { Acl } from '../../s3/access.ts';
import type { Tag } from '../../s3/buckets.ts';
import type { S3 } from '../../s3/client.ts';
import type { Canned } from '../acl/model.ts';
import { appliedTo, type FolderChange } from '../object/metadata.ts';
import { rewrite } from '../object/rewrite.ts';
import { sameTags, taggedWith } from '../object/tags.ts';

export interface Many {
  readonly bucket: string;
  readonly targets: Targets;
}

interface Applying extends Many {
  readonly title: string;
  /** Undefined until somebody has counted. */
  readonly total: number | undefined;
}

type Act = (where: { readonly bucket: string; readonly key: string }, signal: AbortSignal) => Promise<unknown>;

export function applyToAll(services: { readonly s3: S3; readonly jobs: Jobs }, asked: Applying, act: Act) {
  const { bucket, targets, title, total } = asked;
  return services.jobs.start({
    ...{ title, total },
    items: (signal) => keysOf(services.s3, { bucket, targets }, signal),
    each: async (key: string, signal) => {
      await act({ bucket, key }, signal);
      return 1;
    },
    nameOf: (key) => key,
  });
}

/** Objects of others keep their owner: what the list says of oneself is said of whoever owns the object. */
export const setAcl =
  (s3: S3, acl: Acl, canned: Canned | undefined): Act =>
  async (where, signal) => {
    if (canned !== undefined) return s3.putCannedAcl({ ...where, canned }, { signal });
    const { owner } = await s3.getAcl(where, { signal });
    const grants = acl.grants.map((grant) =>
      grant.grantee.type === 'id' && grant.grantee.id === acl.owner.id
        ? { ...grant, grantee: { type: 'id' as const, id: owner.id } }
        : grant,
    );
    return s3.putAcl({ ...where, acl: { owner, grants } }, { signal });
  };

export const setMetadata =
  (s3: S3, change: FolderChange): Act =>
  (where, signal) =>
    rewrite(s3, where, (old) => appliedTo(old, change), signal);

export const setTags =
  (s3: S3, set: readonly Tag[], remove: readonly string[]): Act =>
  async (where, signal) => {
    const old = await s3.getObjectTagging(where, { signal });
    const tags = taggedWith(old, set, remove);
    if (!sameTags(old, tags)) await s3.putObjectTagging({ ...where, tags }, { signal });
  };

/** `a, b` → a and b. */
export const namesIn = (text: string): readonly string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
