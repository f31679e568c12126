/** Short words at the lower edge: what was done, with Undo. Never for what needs a decision, never for errors that must be read. */

import { Toast as Base } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import { type ReactElement, type ReactNode, useMemo } from 'react';
import { useText } from '../text/index.ts';
import { Button, IconButton } from './button.tsx';
import styles from './toast.module.css';

const STAY_MS = 6000;
const UNDO_MS = 10_000;

interface Said {
  readonly undo?: () => void;
}

export interface Toasts {
  say(title: string): void;
  /** With a button that takes it back, for ten seconds. */
  sayUndo(title: string, undo: () => void): void;
}

export function useToasts(): Toasts {
  const manager = Base.useToastManager<Said>();
  return useMemo(
    () => ({
      say: (title) => void manager.add({ title, timeout: STAY_MS }),
      sayUndo: (title, undo) => void manager.add({ title, timeout: UNDO_MS, data: { undo } }),
    }),
    [manager.add],
  );
}

export function ToastProvider({ children }: { readonly children: ReactNode }): ReactElement {
  return (
    <Base.Provider limit={3}>
      {children}
      <Base.Portal>
        <Base.Viewport className={styles.viewport}>
          <List />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function List(): ReactElement {
  const text = useText();
  const manager = Base.useToastManager<Said>();
  return (
    <>
      {manager.toasts.map((toast) => {
        const undo = toast.data?.undo;
        const press = (): void => {
          manager.close(toast.id);
          undo?.();
        };
        return (
          <Base.Root key={toast.id} toast={toast} className={styles.toast}>
            <Base.Content className={styles.content}>
              <Base.Title className={styles.title} render={<span />} />
              {undo === undefined ? null : (
                <Button small onClick={press}>
                  {text.common.undo}
                </Button>
              )}
              <Base.Close render={<IconButton icon={X} label={text.common.close} />} />
            </Base.Content>
          </Base.Root>
        );
      })}
    </>
  );
}
