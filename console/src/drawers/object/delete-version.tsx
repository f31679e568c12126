/** Before one version is deleted for good. */

import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type { Retention } from '../../s3/buckets.ts';
import type { VersionEntry } from '../../s3/listings.ts';
import { useServices } from '../../services.ts';
import { useLocale } from '../../text/index.ts';
import { useObjectText } from '../../text/objects.ts';
import { Confirm } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { CheckField } from '../../ui/field.tsx';
import { fullTimeText, sizeText } from '../../ui/format.ts';
import { Banner } from '../../ui/page.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { type ObjectPlace, useObjectChanged } from './place.ts';
import { useWhy } from './why.tsx';

interface DeleteVersionProps {
  readonly place: ObjectPlace;
  readonly version: VersionEntry;
  readonly onClose: () => void;
}

/** What keeps the version; undefined: nothing, or one may not know. */
function useKept({ bucket, objectKey: key }: ObjectPlace, versionId: string): 'hold' | Retention | undefined {
  const { s3 } = useServices();
  const { data: head } = useQuery({
    queryKey: ['object', bucket, key, 'kept', versionId],
    queryFn: ({ signal }) => s3.headObject({ bucket, key, versionId }, { signal }),
    retry: false,
    staleTime: 0,
  });
  if (head?.legalHold === true) return 'hold';
  const { lockMode: mode, lockUntil: until = 0 } = head ?? {};
  return (mode === 'COMPLIANCE' || mode === 'GOVERNANCE') && until > Date.now() ? { mode, until } : undefined;
}

export function DeleteVersion({ place, version, onClose }: DeleteVersionProps): ReactElement {
  const text = useObjectText().object.versions;
  const locale = useLocale();
  const { s3 } = useServices();
  const { say } = useToasts();
  const why = useWhy();
  const changed = useObjectChanged(place);
  const kept = useKept(place, version.versionId);
  const [bypassGovernance, setBypass] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const { bucket, objectKey: key, versionId: open, go } = place;
  const { versionId, latest, modifiedAt, size } = version;
  const remove = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      await s3.deleteObject({ bucket, key, versionId, bypassGovernance });
      if (open === versionId) go({ version: undefined });
      await changed();
      say(text.deleted);
      onClose();
    } catch (thrown) {
      setFailure(thrown);
      setBusy(false);
    }
  };
  return (
    <Confirm
      open
      onClose={onClose}
      onConfirm={() => void remove()}
      title={text.deleteTitle}
      act={text.deleteAct}
      busy={busy}
      ready={kept === undefined || (kept !== 'hold' && kept.mode === 'GOVERNANCE' && bypassGovernance)}
    >
      <p>{text.deleteText(fullTimeText(modifiedAt, locale), sizeText(size, locale))}</p>
      {latest ? <p>{text.deleteLast}</p> : null}
      {kept === undefined ? null : (
        <Banner tone="bad">
          {kept === 'hold' ? text.kept.hold : text.kept[kept.mode](fullTimeText(kept.until, locale))}
        </Banner>
      )}
      {kept !== undefined && kept !== 'hold' && kept.mode === 'GOVERNANCE' ? (
        <CheckField label={text.bypass} hint={text.bypassHint} checked={bypassGovernance} onChange={setBypass} />
      ) : null}
      {failure === undefined ? null : <Failure failure={failure} onWhy={why} />}
    </Confirm>
  );
}
