/** The grid of who may what: boxes that arrow keys move between, one of them in the order of Tab (the ARIA grid pattern). */

import { X } from 'lucide-react';
import { type KeyboardEvent, type ReactElement, useRef, useState } from 'react';
import type { Permission } from '../../s3/access.ts';
import { useSettingsText } from '../../text/settings.ts';
import { Hint, IconButton } from '../../ui/button.tsx';
import styles from './acl.module.css';
import { GranteeName, useGranteeName } from './grantee.tsx';
import { type AclRow, type AclSubject, PERMISSIONS } from './model.ts';

interface GridProps {
  readonly kind: AclSubject['kind'];
  readonly rows: readonly AclRow[];
  readonly onToggle: (row: AclRow, permission: Permission) => void;
  readonly onRemove: (row: AclRow) => void;
}

interface Place {
  readonly row: number;
  readonly column: number;
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

const within = (value: number, count: number): number => Math.max(0, Math.min(value, count - 1));

export function AclGrid({ kind, rows, onToggle, onRemove }: GridProps): ReactElement {
  const text = useSettingsText().acl;
  const table = useRef<HTMLTableElement>(null);
  const [at, setAt] = useState<Place>({ row: 0, column: 0 });
  const here = { row: within(at.row, rows.length), column: at.column };
  const hints = text.hints[kind === 'bucket' ? 'bucket' : 'object'];

  const go = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    const to =
      step !== undefined
        ? { row: within(here.row + step[0], rows.length), column: within(here.column + step[1], PERMISSIONS.length) }
        : event.key === 'Home'
          ? { row: here.row, column: 0 }
          : event.key === 'End'
            ? { row: here.row, column: PERMISSIONS.length - 1 }
            : undefined;
    if (to === undefined) return;
    event.preventDefault();
    setAt(to);
    table.current?.querySelector<HTMLElement>(`[data-place="${to.row}-${to.column}"]`)?.focus();
  };

  return (
    // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: the ARIA grid, whose cells arrow keys move between
    <table ref={table} className={styles.grid} role="grid" aria-label={text.grid} onKeyDown={go}>
      <thead>
        <tr>
          <th scope="col">{text.grantee}</th>
          {PERMISSIONS.map((permission) => (
            <th key={permission} scope="col" className={styles.permission}>
              <Hint text={hints[permission]}>
                <span>
                  {kind === 'bucket' && permission === 'READ' ? text.bucketRead : text.permissions[permission]}
                </span>
              </Hint>
            </th>
          ))}
          <td />
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <Row
            key={row.id}
            row={row}
            index={index}
            focused={here.row === index ? here.column : undefined}
            onFocus={(column) => setAt({ row: index, column })}
            onToggle={(permission) => onToggle(row, permission)}
            onRemove={() => onRemove(row)}
          />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  readonly row: AclRow;
  readonly index: number;
  readonly focused: number | undefined;
  readonly onFocus: (column: number) => void;
  readonly onToggle: (permission: Permission) => void;
  readonly onRemove: () => void;
}

function Row({ row, index, focused, onFocus, onToggle, onRemove }: RowProps): ReactElement {
  const text = useSettingsText().acl;
  const who = useGranteeName()(row.grantee);
  const full = row.permissions.includes('FULL_CONTROL');
  return (
    <tr>
      <th scope="row">
        <GranteeName grantee={row.grantee} />
        {row.isOwner ? <span className={styles.note}> ({text.owner})</span> : null}
      </th>
      {PERMISSIONS.map((permission, column) => {
        const implied = full && permission !== 'FULL_CONTROL';
        return (
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a cell of the ARIA grid
          // biome-ignore lint/a11y/useFocusableInteractive: its box has the focus
          <td key={permission} role="gridcell" className={styles.permission}>
            <input
              type="checkbox"
              data-place={`${index}-${column}`}
              tabIndex={focused === column ? 0 : -1}
              checked={implied || row.permissions.includes(permission)}
              aria-disabled={implied || undefined}
              title={implied ? text.implied : undefined}
              aria-label={text.cell(who, text.permissions[permission])}
              onFocus={() => onFocus(column)}
              onChange={() => (implied ? undefined : onToggle(permission))}
            />
          </td>
        );
      })}
      <td className={styles.remove}>
        {row.isOwner || row.permissions.length === 0 ? null : (
          <IconButton icon={X} label={text.remove(who)} onClick={onRemove} />
        )}
      </td>
    </tr>
  );
}
