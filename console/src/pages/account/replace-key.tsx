/** A key like another, with a secret of its own; both work for a while, so that what uses the old one can change over. */

import { type ReactElement, useState } from 'react';
import { pathOf } from '../../api/client.ts';
import type { AccessKey } from '../../api/shapes.ts';
import { useServices } from '../../services.ts';
import { useAccountText } from '../../text/account.ts';
import { Confirm } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { RadioField } from '../../ui/field.tsx';
import type { Made } from './key-dialog.tsx';
import { useLeaving } from './leaving.ts';
import { SecretOnce } from './secret-once.tsx';
import { useKeysChanged } from './use-keys.ts';

/** How long both work, s. */
const OVERLAPS = Object.freeze({ week: 604_800, day: 86_400, hour: 3600, none: 0 });
type Overlap = keyof typeof OVERLAPS;
const CHOICES: readonly Overlap[] = ['week', 'day', 'hour', 'none'];

interface ReplaceProps {
  readonly replaced: AccessKey;
  readonly onClose: () => void;
}

export function ReplaceKey({ replaced, onClose }: ReplaceProps): ReactElement {
  const text = useAccountText().account.replace;
  const { api } = useServices();
  const changed = useKeysChanged();
  const [overlap, setOverlap] = useState<Overlap>('day');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [made, setMade] = useState<Made>();
  const leaving = useLeaving(busy || made !== undefined);
  const replace = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      const body = { overlapSeconds: OVERLAPS[overlap] };
      setMade(await api.post<Made>(pathOf('keys', replaced.accessKeyId, 'rotate'), { body }));
      await changed();
    } catch (thrown) {
      setFailure(thrown);
    }
    setBusy(false);
  };
  if (made !== undefined) return <SecretOnce made={made} onDone={onClose} leaving={leaving} />;
  return (
    <Confirm
      open
      onClose={busy ? leaving.stay : onClose}
      onConfirm={() => void replace()}
      title={text.title(replaced.label ?? replaced.accessKeyId)}
      act={text.act}
      tone={overlap === 'none' ? 'danger' : 'primary'}
      busy={busy}
    >
      <p>{text.text}</p>
      <RadioField
        legend={text.overlap}
        value={overlap}
        onChange={setOverlap}
        choices={CHOICES.map((value) => ({ value, label: text.overlaps[value] }))}
      />
      {failure === undefined ? null : <Failure failure={failure} />}
    </Confirm>
  );
}
