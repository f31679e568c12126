/** Whether the screen is a phone's: below 720 pixels the rail lies at the bottom and drawers cover the page. */

import { useSyncExternalStore } from 'react';

const QUERY = '(max-width: 719px)';

export function useNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = window.matchMedia(QUERY);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    () => window.matchMedia(QUERY).matches,
  );
}
