/** `panel=acl`: the bucket's access list. */

import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useServices } from '../../services.ts';
import { useSettingsText } from '../../text/settings.ts';
import { Button } from '../../ui/button.tsx';
import { Banner } from '../../ui/page.tsx';
import { AclEditor } from '../acl/editor.tsx';
import type { PanelProps } from './panels.ts';

export function AclPanel({ bucket, onPanel, onWhy }: PanelProps): ReactElement {
  const text = useSettingsText().acl;
  const { s3 } = useServices();
  // Who may not see it is not told of it, and edits the list all the same.
  const { data } = useQuery({
    queryKey: ['setting', 'ownership', bucket],
    queryFn: async ({ signal }) => (await s3.getBucketOwnershipControls({ bucket }, { signal })) ?? null,
    retry: false,
  });
  return (
    <>
      {data === 'BucketOwnerEnforced' ? (
        <Banner
          tone="info"
          actions={
            <Button small onClick={() => onPanel('access')}>
              {text.offAct}
            </Button>
          }
        >
          {text.off}
        </Banner>
      ) : null}
      <AclEditor
        subject={{ kind: 'bucket', bucket }}
        load={(signal) => s3.getAcl({ bucket }, { signal })}
        save={(acl) => s3.putAcl({ bucket, acl })}
        onOpenPanel={onPanel}
        onWhy={onWhy}
      />
    </>
  );
}
