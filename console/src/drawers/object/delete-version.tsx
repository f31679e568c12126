/** Before one version is deleted for good. */

import { type ReactElement, useState } from 'react';
import type { VersionEntry } from '../../s3/listings.ts';
import { useServices } from '../../services.ts';
import { useLocale } from '../../text/index.ts';
import { useObjectText } from '../../text/objects.ts';
import { Confirm } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { CheckField } from '../../ui/field.tsx';
import { fullTimeText, sizeText } from '../../ui/format.ts';
import { useToasts } from '../../ui/toast.tsx';
import { useBucketLock } from './lock.tsx';
import { type ObjectPlace, useObjectChanged } from './place.ts';
import { useWhy } from './why.tsx';

interface DeleteVersionProps {
  readonly place: ObjectPlace;
  readonly version: VersionEntry;
  readonly onClose: () => void;
}

export function DeleteVersion({ place, version, onClose }: DeleteVersionProps): ReactElement {
  const text = useObjectText().object.versions;
  const locale = useLocale();
  const { s3 } = useServices();
  const { say } = useToasts();
  const why = useWhy();
  const changed = useObjectChanged(place);
  const { data: lock } = useBucketLock(place.bucket);
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
    >
      <p>{text.deleteText(fullTimeText(modifiedAt, locale), sizeText(size, locale))}</p>
      {latest ? <p>{text.deleteLast}</p> : null}
      {lock === undefined || lock === null ? null : (
        <CheckField label={text.bypass} hint={text.bypassHint} checked={bypassGovernance} onChange={setBypass} />
      )}
      {failure === undefined ? null : <Failure failure={failure} onWhy={why} />}
    </Confirm>
  );
}
