/**
 * A question before something is done to an account, and the doing of it. The server may want to know first who is asking: that
 * dialog takes the place of this one, and what was typed here is still there after it.
 */

import { useQueryClient } from '@tanstack/react-query';
import { type ReactElement, type ReactNode, useState } from 'react';
import { useConfirmed } from '../../session/confirm.tsx';
import type { Tone } from '../../ui/button.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { useToasts } from '../../ui/toast.tsx';

export interface DeedProps {
  readonly title: string;
  /** What the button says. */
  readonly act: string;
  readonly tone?: Tone;
  readonly ready?: boolean;
  readonly work: () => Promise<unknown>;
  /** Said when the server has done it. */
  readonly done: string;
  /** After it was done; by default it closes. */
  readonly onDone?: (() => void) | undefined;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** All that is shown of an account is read again: it is shown as the server has it. */
const SHOWN = ['account', 'accounts', 'keys', 'keys-of', 'sessions', 'shares', 'shares-of', 'holdings'];

export function Deed(props: DeedProps): ReactElement {
  const { title, act, tone = 'danger', ready = true, work, done, onClose, onDone = onClose, children } = props;
  const queries = useQueryClient();
  const confirmed = useConfirmed();
  const { say } = useToasts();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const go = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      await confirmed.run(work);
      say(done);
      onDone();
      await queries.invalidateQueries({ predicate: ({ queryKey: [first] }) => SHOWN.includes(String(first)) });
    } catch (thrown) {
      setFailure(thrown);
      setBusy(false);
    }
  };
  return (
    <>
      <Confirm
        open={confirmed.dialog === null}
        onClose={onClose}
        onConfirm={() => void go()}
        title={title}
        act={act}
        tone={tone}
        busy={busy}
        ready={ready}
      >
        {children}
        {failure === undefined ? null : <Failure failure={failure} />}
      </Confirm>
      {confirmed.dialog}
    </>
  );
}
