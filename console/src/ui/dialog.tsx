/** Dialogs. A question says what will happen, to how much, and names its buttons by what they do. */

import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { type FormEvent, type ReactElement, type ReactNode, useRef } from 'react';
import { useText } from '../text/index.ts';
import { Button, IconButton, type Tone } from './button.tsx';
import styles from './dialog.module.css';

interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: ReactNode;
  readonly children: ReactNode;
  /** Buttons, the one that goes on last. */
  readonly actions?: ReactNode;
  readonly wide?: boolean;
  /** Makes the whole a form: Enter does it. */
  readonly onSubmit?: () => void;
}

export function Dialog({ open, onClose, title, children, actions, wide = false, onSubmit }: DialogProps): ReactElement {
  const text = useText();
  const body = useRef<HTMLDivElement>(null);
  // What is asked for has the focus, not the cross; where nothing is, the button that calls it off.
  const first = (): HTMLElement | null =>
    body.current?.querySelector<HTMLElement>('input, select, textarea') ??
    body.current?.parentElement?.querySelector<HTMLElement>('[data-actions] button') ??
    null;
  const inside = (
    <>
      <div className={styles.body} ref={body}>
        {children}
      </div>
      {actions === undefined ? null : (
        <div className={styles.actions} data-actions>
          {actions}
        </div>
      )}
    </>
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    // A dialog inside the tree of a form is not that form's affair.
    event.stopPropagation();
    onSubmit?.();
  };
  return (
    <Base.Root open={open} onOpenChange={(now) => (now ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className={styles.scrim} />
        <Base.Popup className={`${styles.dialog} ${wide ? styles.wide : ''}`} initialFocus={first}>
          <div className={styles.head}>
            <Base.Title className={styles.title}>{title}</Base.Title>
            <Base.Close render={<IconButton icon={X} label={text.common.close} />} />
          </div>
          {onSubmit === undefined ? inside : <form onSubmit={submit}>{inside}</form>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

interface ConfirmProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
  readonly title: ReactNode;
  readonly children: ReactNode;
  /** What the button says: the act itself, never "OK". */
  readonly act: string;
  readonly tone?: Tone;
  readonly busy?: boolean;
  readonly ready?: boolean;
}

/** A question before what cannot be undone. */
export function Confirm(props: ConfirmProps): ReactElement {
  const { open, onClose, onConfirm, title, children, act, tone = 'danger', busy = false, ready = true } = props;
  const text = useText();
  const actions = (
    <>
      <Button onClick={onClose}>{text.common.cancel}</Button>
      <Button type="submit" tone={tone} busy={busy} disabled={!ready}>
        {act}
      </Button>
    </>
  );
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      actions={actions}
      onSubmit={() => (ready && !busy ? onConfirm() : undefined)}
    >
      {children}
    </Dialog>
  );
}
