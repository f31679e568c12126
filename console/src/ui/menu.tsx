/** Menus: of a button, and of a row (right click, long press, Shift+F10). The same entries serve both. */

import { ContextMenu } from '@base-ui/react/context-menu';
import { Menu as Base } from '@base-ui/react/menu';
import type { LucideIcon } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import styles from './menu.module.css';

export interface MenuEntry {
  readonly label: string;
  readonly icon?: LucideIcon;
  /** Shown at the right; the page listens for it. */
  readonly keys?: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly act: () => void;
}

/** Groups, with a line between them. */
export type MenuEntries = readonly (readonly MenuEntry[])[];

interface MenuProps {
  readonly entries: MenuEntries;
  /** The button. */
  readonly children: ReactElement;
  readonly align?: 'start' | 'end';
  /** Above the entries: who is signed in. */
  readonly heading?: ReactNode;
}

export function Menu({ entries, children, align = 'start', heading }: MenuProps): ReactElement {
  return (
    <Base.Root>
      <Base.Trigger render={children} />
      <Base.Portal>
        <Base.Positioner className={styles.positioner} align={align} sideOffset={4}>
          <Base.Popup className={styles.menu}>
            {heading}
            <Entries entries={entries} />
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

interface RowMenuProps {
  readonly entries: MenuEntries;
  /** What is clicked on; the menu opens at the pointer. */
  readonly children: ReactElement;
}

export function RowMenu({ entries, children }: RowMenuProps): ReactElement {
  return (
    <ContextMenu.Root>
      <ContextMenu.Trigger render={children} />
      <ContextMenu.Portal>
        <ContextMenu.Positioner className={styles.positioner}>
          <ContextMenu.Popup className={styles.menu}>
            <Entries entries={entries} />
          </ContextMenu.Popup>
        </ContextMenu.Positioner>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

function Entries({ entries }: { readonly entries: MenuEntries }): ReactElement {
  const groups = entries.filter((group) => group.length > 0);
  return (
    <>
      {groups.map((group, index) => (
        <Base.Group key={group[0]?.label} className={index === 0 ? undefined : styles.group}>
          {group.map((entry) => (
            <Entry key={entry.label} entry={entry} />
          ))}
        </Base.Group>
      ))}
    </>
  );
}

function Entry({ entry }: { readonly entry: MenuEntry }): ReactElement {
  const { label, icon: Icon, keys, danger = false, disabled = false, act } = entry;
  return (
    <Base.Item className={`${styles.entry} ${danger ? styles.danger : ''}`} disabled={disabled} onClick={act}>
      {Icon === undefined ? <span className={styles.space} /> : <Icon size={16} strokeWidth={1.75} aria-hidden />}
      <span className={styles.label}>{label}</span>
      {keys === undefined ? null : <kbd className={styles.keys}>{keys}</kbd>}
    </Base.Item>
  );
}
