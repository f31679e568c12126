/**
 * The drawer at the right: beside the list, which stays in use; over everything on a narrow screen. Its width is dragged at its
 * edge, or changed with the arrow keys there, and remembered by its kind.
 */

import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { type KeyboardEvent, type PointerEvent, type ReactElement, type ReactNode, useRef, useState } from 'react';
import { useText } from '../text/index.ts';
import { IconButton } from './button.tsx';
import styles from './drawer.module.css';
import { useNarrow } from './narrow.ts';

interface DrawerProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: ReactNode;
  /** Beside the title: Download, Share. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** ACL and CORS need more room. */
  readonly wide?: boolean;
}

const LEAST = 360;
const STEP = 32;

export function Drawer({ open, onClose, title, actions, children, wide = false }: DrawerProps): ReactElement {
  const text = useText();
  const narrow = useNarrow();
  const [dragged, setDragged] = useState<number>();
  // Its first control is the edge, which nobody opens it for.
  const body = useRef<HTMLDivElement>(null);
  const width = dragged ?? (wide ? 640 : 480);
  const widen = (to: number): void => setDragged(Math.max(LEAST, Math.min(to, window.innerWidth - 240)));
  return (
    <Base.Root
      open={open}
      onOpenChange={(now) => (now ? undefined : onClose())}
      modal={narrow}
      disablePointerDismissal={!narrow}
    >
      <Base.Portal>
        {/* Of the width on purpose: React sets it through CSSOM, which the policy allows. */}
        <Base.Popup className={styles.drawer} style={narrow ? {} : { width }} initialFocus={body}>
          <Edge width={width} onWiden={widen} label={text.common.drawerWidth} />
          <div className={styles.head}>
            <Base.Title className={styles.title}>{title}</Base.Title>
            <span className={styles.actions}>{actions}</span>
            <Base.Close render={<IconButton icon={X} label={text.common.close} />} />
          </div>
          <div ref={body} className={styles.body} tabIndex={-1}>
            {children}
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

interface EdgeProps {
  readonly width: number;
  readonly onWiden: (to: number) => void;
  readonly label: string;
}

function Edge({ width, onWiden, label }: EdgeProps): ReactElement {
  const drag = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) onWiden(window.innerWidth - event.clientX);
  };
  const press = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowLeft' ? STEP : event.key === 'ArrowRight' ? -STEP : 0;
    if (by !== 0) onWiden(width + by);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a splitter that is dragged and has a value, which <hr> cannot have
    <div
      className={styles.edge}
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={Math.round(width)}
      aria-valuemin={LEAST}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={press}
    />
  );
}
