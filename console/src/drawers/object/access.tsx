/** The ACL of the object, in the editor that buckets have too. */

import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useServices } from '../../services.ts';
import { AclEditor } from '../acl/editor.tsx';
import styles from './object.module.css';
import { type ObjectPlace, useObjectChanged } from './place.ts';
import { useWhy } from './why.tsx';

export function Access(place: ObjectPlace): ReactElement {
  const { s3 } = useServices();
  const why = useWhy();
  const changed = useObjectChanged(place);
  const { bucket, objectKey: key, versionId, go } = place;
  const subject = { kind: 'object', bucket, key, versionId } as const;
  // Who owns the bucket is known to those who may read its ACL; without, the choices that name its owner are not there.
  const { data: bucketAcl } = useQuery({
    queryKey: ['bucket-owner', bucket],
    queryFn: ({ signal }) => s3.getAcl({ bucket }, { signal }),
    retry: false,
    staleTime: 60_000,
  });
  return (
    <div className={styles.stack}>
      <AclEditor
        subject={subject}
        bucketOwner={bucketAcl?.owner.id}
        load={(signal) => s3.getAcl(subject, { signal })}
        save={async (acl, canned) => {
          await (canned === undefined ? s3.putAcl({ ...subject, acl }) : s3.putCannedAcl({ ...subject, canned }));
          await changed();
        }}
        onOpenPanel={(panel) => go({ object: undefined, version: undefined, tab: undefined, panel })}
        onWhy={why}
      />
    </div>
  );
}
