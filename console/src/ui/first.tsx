/** Of a list that is known whole, the first rows; more when they are wanted. What is left out is counted. */

import { type ReactElement, useState } from 'react';
import { useText } from '../text/index.ts';
import { Button } from './button.tsx';
import styles from './page.module.css';

const STEP = 200;

export interface First<Row> {
  readonly shown: readonly Row[];
  /** Below the rows. */
  readonly more: ReactElement | null;
}

export function useFirst<Row>(rows: readonly Row[]): First<Row> {
  const text = useText().common;
  const [most, setMost] = useState(STEP);
  if (rows.length <= most) return { shown: rows, more: null };
  const more = (
    <p className={styles.actions}>
      {text.firstOf(most, rows.length)}
      <Button small onClick={() => setMost(most + STEP)}>
        {text.showMore}
      </Button>
    </p>
  );
  return { shown: rows.slice(0, most), more };
}
