/** How rows lie: their height on this screen, and how many tiles stand beside each other. */

import { type RefObject, useEffect, useState, useSyncExternalStore } from 'react';
import { useSettings } from '../../services.ts';
import { useNarrow } from '../../ui/narrow.ts';

const COARSE = '(pointer: coarse)';
const ROW = { fine: 36, coarse: 44, twoLines: 60 } as const;
const TILE = { width: 168, height: 164 } as const;

export interface Layout {
  /** px */
  readonly rowHeight: number;
  readonly across: number;
}

function useCoarse(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = window.matchMedia(COARSE);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    () => window.matchMedia(COARSE).matches,
  );
}

function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const { current } = element;
    if (current === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(current.clientWidth));
    observer.observe(current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

export function useLayout(view: 'list' | 'grid', scroll: RefObject<HTMLElement | null>): Layout {
  const narrow = useNarrow();
  const coarse = useCoarse();
  const { density } = useSettings();
  const width = useWidth(scroll);
  if (view === 'grid') return { rowHeight: TILE.height, across: Math.max(1, Math.floor((width - 16) / TILE.width)) };
  const tall = coarse || density === 'comfortable';
  return { rowHeight: narrow ? ROW.twoLines : tall ? ROW.coarse : ROW.fine, across: 1 };
}
