/** What is dangerous to others wants a sign-in of the last ten minutes: asks once more who it is, then does what was asked. */

import { type ReactElement, useState } from 'react';
import { ApiFailure } from '../api/client.ts';
import { useServices, useSession } from '../services.ts';
import { useText } from '../text/index.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Failure } from '../ui/failure.tsx';
import { SecretField, TextField } from '../ui/field.tsx';

export interface Confirmed {
  /** Does it; when the server wants to know who it is, asks and does it again. Rejects with whatever else fails, or when it is called off. */
  readonly run: <Value>(act: () => Promise<Value>) => Promise<Value>;
  /** Belongs into the page. */
  readonly dialog: ReactElement | null;
}

interface Waiting {
  readonly go: () => void;
  readonly stop: () => void;
}

export function useConfirmed(): Confirmed {
  const [waiting, setWaiting] = useState<Waiting>();
  const run = async <Value,>(act: () => Promise<Value>): Promise<Value> => {
    try {
      return await act();
    } catch (failure) {
      if (!(failure instanceof ApiFailure) || failure.code !== 'RecentSignInRequired') throw failure;
      await new Promise<void>((resolve, reject) => setWaiting({ go: resolve, stop: () => reject(failure) }));
      return act();
    }
  };
  const close = (how: keyof Waiting) => (): void => {
    waiting?.[how]();
    setWaiting(undefined);
  };
  return { run, dialog: waiting === undefined ? null : <Proof onDone={close('go')} onClose={close('stop')} /> };
}

interface ProofProps {
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function Proof({ onDone, onClose }: ProofProps): ReactElement {
  const text = useText().session;
  const { session } = useServices();
  const state = useSession();
  const byKey = state.kind === 'in' && state.by !== 'password';
  const [id, setId] = useState('');
  const [secret, setSecret] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    const given = byKey ? { accessKeyId: id.trim(), secretAccessKey: secret.trim() } : { password: secret };
    await session.confirm(given).then(onDone, setFailure);
    setBusy(false);
  };
  const actions = (
    <Button type="submit" tone="primary" busy={busy}>
      {text.confirmAct}
    </Button>
  );
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.confirmTitle}
      actions={actions}
      onSubmit={() => (busy ? undefined : void submit())}
    >
      <p>{text.confirm}</p>
      {byKey ? <TextField label={text.accessKeyId} mono autoComplete="username" value={id} onChange={setId} /> : null}
      <SecretField
        label={byKey ? text.secretAccessKey : text.password}
        autoComplete="current-password"
        value={secret}
        onChange={setSecret}
      />
      {failure === undefined ? null : <Failure failure={failure} />}
    </Dialog>
  );
}
