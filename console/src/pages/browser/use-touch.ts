/** Fingers: a tap opens; a long press selects, and from then on taps select until nothing is selected. */

import { type MouseEvent, type TouchEvent, useRef } from 'react';
import type { Entry } from './entries.ts';
import { entryAt, type ListProps } from './list.tsx';
import { isNothing } from './selection.ts';

const LONG_MS = 450;

export function useTouch({ entries, selected, select, onOpen }: ListProps) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const state = useRef({ finger: false, held: false });
  const stop = (): void => clearTimeout(timer.current);
  return {
    /** Whether a click was a finger's, and is done with. */
    tapped(event: MouseEvent, entry: Entry): boolean {
      if (!state.current.finger) return false;
      if (event.target instanceof Element && event.target.closest('[data-menu]')) return false;
      if (state.current.held) return true;
      const isChoosing =
        !isNothing(selected.selection) || (event.target instanceof Element && event.target.closest('[data-check]'));
      if (isChoosing) select({ kind: 'toggle', key: entry.key });
      else onOpen(entry);
      return true;
    },
    handlers: {
      onTouchStart(event: TouchEvent) {
        const entry = entryAt(event, entries);
        state.current = { finger: true, held: false };
        stop();
        if (entry === undefined) return;
        // The menu must not take a long press for itself.
        event.stopPropagation();
        timer.current = setTimeout(() => {
          state.current = { finger: true, held: true };
          select({ kind: 'toggle', key: entry.key });
        }, LONG_MS);
      },
      onTouchMove: stop,
      onTouchEnd: stop,
      onTouchCancel: stop,
      onPointerDown(event: { readonly pointerType: string }) {
        if (event.pointerType === 'mouse') state.current = { finger: false, held: false };
      },
      onContextMenu(event: MouseEvent) {
        if (!state.current.finger || !event.isTrusted) return;
        event.preventDefault();
        event.stopPropagation();
      },
    },
  };
}
