/**
 * Short words at the lower edge: what was done, with Undo. Never for what needs a decision, never for errors that must be read. They
 * stay while the pointer or the focus is on them, and are read out politely.
 */

import { X } from 'lucide-react';
import { createContext, type ReactElement, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { useText } from '../text/index.ts';
import { Button, IconButton } from './button.tsx';
import styles from './toast.module.css';

const STAY_MS = 6000;
const UNDO_MS = 10_000;
/** At once; the oldest goes first. */
const MOST = 3;

export interface Toasts {
  say(title: string): void;
  /** With a button that takes it back, for ten seconds. */
  sayUndo(title: string, undo: () => void): void;
}

interface Toast {
  readonly id: number;
  readonly title: string;
  readonly undo?: () => void;
}

const ToastContext = createContext<Toasts | undefined>(undefined);

export function useToasts(): Toasts {
  const toasts = useContext(ToastContext);
  if (toasts === undefined) throw new Error('toasts are used outside of the app');
  return toasts;
}

export function ToastProvider({ children }: { readonly children: ReactNode }): ReactElement {
  const text = useText().common;
  const [list, setList] = useState<readonly Toast[]>([]);
  const toasts = useMemo<Toasts>(() => {
    let last = 0;
    const add = (toast: Omit<Toast, 'id'>): void => {
      const id = ++last;
      setList((old) => [...old, { ...toast, id }].slice(-MOST));
    };
    return { say: (title) => add({ title }), sayUndo: (title, undo) => add({ title, undo }) };
  }, []);
  const close = (id: number): void => setList((old) => old.filter((toast) => toast.id !== id));
  return (
    <ToastContext value={toasts}>
      {children}
      <section className={styles.viewport} aria-label={text.messages} aria-live="polite">
        {list.map((toast) => (
          <One key={toast.id} toast={toast} onClose={() => close(toast.id)} />
        ))}
      </section>
    </ToastContext>
  );
}

interface OneProps {
  readonly toast: Toast;
  readonly onClose: () => void;
}

function One({ toast, onClose }: OneProps): ReactElement {
  const text = useText().common;
  const [held, setHeld] = useState(false);
  const { title, undo } = toast;
  useEffect(() => {
    if (held) return undefined;
    const timer = setTimeout(onClose, undo === undefined ? STAY_MS : UNDO_MS);
    return () => clearTimeout(timer);
  }, [held, onClose, undo]);
  const takeBack = (): void => {
    onClose();
    undo?.();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only stays while somebody is at it
    <div
      className={styles.toast}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className={styles.title}>{title}</span>
      {undo === undefined ? null : (
        <Button small onClick={takeBack}>
          {text.undo}
        </Button>
      )}
      <IconButton icon={X} label={text.close} onClick={onClose} />
    </div>
  );
}
