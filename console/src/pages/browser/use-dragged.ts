/** Rows that are dragged onto a folder: a move, with Alt a copy. What is dragged is named in the page's own type, never as text. */

import { type DragEvent, useState } from 'react';
import type { ListProps } from './list.tsx';
import { entryAt } from './list.tsx';
import { isSelected } from './selection.ts';

/** Of rows of this Console; the selection itself stays in the page. */
const ROWS_TYPE = 'application/x-moraine-rows';

export const holdsRows = (event: DragEvent): boolean => event.dataTransfer.types.includes(ROWS_TYPE);

export function useDragged({ entries, selected, select, still, onDrop }: ListProps) {
  const [over, setOver] = useState<string>();
  const folderAt = (event: DragEvent): string | undefined => {
    const entry = entryAt(event, entries);
    return entry?.kind === 'folder' && holdsRows(event) && !isSelected(selected.selection, entry.key)
      ? entry.key
      : undefined;
  };
  return {
    over,
    handlers: {
      onDragStart(event: DragEvent) {
        const entry = entryAt(event, entries);
        if (entry === undefined || still) return event.preventDefault();
        if (!isSelected(selected.selection, entry.key)) select({ kind: 'only', key: entry.key });
        event.dataTransfer.setData(ROWS_TYPE, '1');
        event.dataTransfer.effectAllowed = 'copyMove';
      },
      onDragOver(event: DragEvent) {
        const folder = folderAt(event);
        setOver(folder);
        if (folder === undefined) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = event.altKey ? 'copy' : 'move';
      },
      onDragLeave: () => setOver(undefined),
      onDragEnd: () => setOver(undefined),
      onDrop(event: DragEvent) {
        const folder = folderAt(event);
        setOver(undefined);
        if (folder === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        onDrop(folder, event.altKey, event.dataTransfer);
      },
    },
  };
}
