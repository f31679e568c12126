/** The pane as a place to drop files on: while they are held over it, it says where they would go. */

import { Upload } from 'lucide-react';
import { type DragEvent, type ReactElement, type ReactNode, useRef, useState } from 'react';
import { type Sent, sentOfDrop } from '../../jobs/dropped.ts';
import { useText } from '../../text/index.ts';
import styles from './browser.module.css';

interface DropZoneProps {
  readonly where: string;
  readonly off: boolean;
  readonly onDrop: (files: AsyncIterable<Sent>) => void;
  readonly children: ReactNode;
}

const holdsFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files');

export function DropZone({ where, off, onDrop, children }: DropZoneProps): ReactElement {
  const text = useText().browser;
  const [over, setOver] = useState(false);
  // Entering a child comes before leaving its parent: counted, or the sign would flicker.
  const depth = useRef(0);
  const step = (by: number): void => {
    depth.current = Math.max(0, depth.current + by);
    setOver(depth.current > 0);
  };
  const mine = (event: DragEvent, act: () => void): void => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    if (off) event.dataTransfer.dropEffect = 'none';
    else act();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a place to drop files on; the Upload button does the same by key
    <div
      className={styles.zone}
      data-drop-zone
      onDragEnter={(event) => mine(event, () => step(1))}
      onDragOver={(event) => mine(event, () => undefined)}
      onDragLeave={(event) => mine(event, () => step(-1))}
      onDrop={(event) =>
        mine(event, () => {
          depth.current = 0;
          setOver(false);
          onDrop(sentOfDrop(event.dataTransfer));
        })
      }
    >
      {children}
      {over ? (
        <div className={styles.over}>
          <Upload size={32} strokeWidth={1.5} aria-hidden />
          {text.drop(where)}
        </div>
      ) : null}
    </div>
  );
}
