/**
 * Where one is. Pages that are deeper than their title put their own path here through `PathSlot` (the browser's breadcrumb, whose
 * parts are drop targets too).
 */

import { createContext, type ReactElement, type ReactNode, useContext, useState } from 'react';
import { createPortal } from 'react-dom';
import { useText } from '../text/index.ts';
import styles from './frame.module.css';

interface Slot {
  readonly element: HTMLElement | null;
  readonly set: (element: HTMLElement | null) => void;
}

const SlotContext = createContext<Slot>({ element: null, set: () => undefined });

export function PathProvider({ children }: { readonly children: ReactNode }): ReactElement {
  const [element, set] = useState<HTMLElement | null>(null);
  return <SlotContext value={{ element, set }}>{children}</SlotContext>;
}

/** In the top bar. */
export function Path(): ReactElement {
  const text = useText().frame;
  const { set } = useContext(SlotContext);
  return <nav className={styles.path} aria-label={text.path} ref={set} />;
}

/** In a page: its children appear in the top bar. */
export function PathSlot({ children }: { readonly children: ReactNode }): ReactNode {
  const { element } = useContext(SlotContext);
  return element === null ? null : createPortal(children, element);
}
