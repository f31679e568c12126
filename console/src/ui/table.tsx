/** Plain tables of at most some hundred rows. On a phone each row becomes a card that names its cells. The list of objects has its own grid. */

import type { ReactElement, ReactNode } from 'react';
import styles from './table.module.css';

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers, at the right. */
  readonly number?: boolean;
  /** Buttons: the column's name is for screen readers only. */
  readonly actions?: boolean;
}

interface TableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}

export function Table<Row>({ label, columns, rows, keyOf }: TableProps<Row>): ReactElement {
  return (
    <div className={styles.around}>
      <table className={styles.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ name, number, actions }) => (
              <th key={name} scope="col" data-number={number || undefined}>
                {actions ? <span className="visually-hidden">{name}</span> : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ name, cell, number, actions }) => (
                <td key={name} data-name={name} data-number={number || undefined} data-actions={actions || undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
