/** A link as a QR code, drawn as one path: dark squares on white in either theme, as cameras want it. */

import type { ReactElement } from 'react';
import { encode } from 'uqr';
import styles from './share.module.css';

export function Qr({ value, label }: { readonly value: string; readonly label: string }): ReactElement {
  const { data, size } = encode(value, { border: 2, ecc: 'L' });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return (
    <svg
      className={styles.qr}
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="#ffffff" />
      <path d={path} fill="#000000" />
    </svg>
  );
}
