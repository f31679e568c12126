/** Whether the search is open: what the first load has of it. */

import { useCallback, useState } from 'react';

export function usePalette() {
  const [open, setOpen] = useState(false);
  return { open, show: useCallback(() => setOpen(true), []), hide: useCallback(() => setOpen(false), []) };
}
