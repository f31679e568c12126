/** The mark: three ridges left by a glacier, three copies. */

import type { ReactElement } from 'react';
import styles from './mark.module.css';

export function Mark({ size = 24 }: { readonly size?: number }): ReactElement {
  return (
    <svg className={styles.mark} viewBox="0 4 32 24" width={size} height={(size * 24) / 32} aria-hidden="true">
      <path className={styles.glacier} d="M2 26a14 14 0 0 1 28 0" />
      <path className={styles.gentian} d="M7 26a9 9 0 0 1 18 0" />
      <path className={styles.larch} d="M12 26a4 4 0 0 1 8 0" />
    </svg>
  );
}
