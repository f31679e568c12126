/** Keys that work on every page. Single letters can be switched off, and mean nothing while somebody types. */

import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useServices, useSettings } from '../services.ts';

/** Whether the event belongs to something that is typed into. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** What the page's own filter carries: `/` goes there. */
export const FILTER_ATTRIBUTE = 'data-filter';

/** How long `g` waits for its second letter. */
const SECOND_MS = 1500;

interface GlobalKeys {
  readonly mapOpen: boolean;
  readonly hideMap: () => void;
}

export function useGlobalKeys(onSearch: () => void): GlobalKeys {
  const navigate = useNavigate();
  const { letters } = useSettings();
  const { desk } = useServices();
  const [mapOpen, setMapOpen] = useState(false);
  const goAt = useRef(0);
  useEffect(() => {
    const go: Readonly<Record<string, () => void>> = {
      b: () => void navigate({ to: '/buckets' }),
      k: () => void navigate({ to: '/account/$section', params: { section: 'keys' } }),
      o: () => void navigate({ to: '/operate' }),
    };
    const single: Readonly<Record<string, () => void>> = {
      '?': () => setMapOpen(true),
      t: () => void desk.load().then((ready) => ready.toggle()),
      '/': () => document.querySelector<HTMLElement>(`[${FILTER_ATTRIBUTE}]`)?.focus(),
    };
    const isPlain = (event: KeyboardEvent): boolean =>
      letters && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target);
    // Before the list hears of it, which would take the letter for the beginning of a name.
    const second = (event: KeyboardEvent): void => {
      const act = event.timeStamp - goAt.current < SECOND_MS ? go[event.key] : undefined;
      goAt.current = Number.NEGATIVE_INFINITY;
      if (act === undefined || !isPlain(event)) return;
      event.preventDefault();
      event.stopPropagation();
      act();
    };
    const press = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        onSearch();
        return;
      }
      if (event.defaultPrevented || !isPlain(event)) return;
      if (event.key === 'g') goAt.current = event.timeStamp;
      const act = single[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', second, { capture: true });
    document.addEventListener('keydown', press);
    return () => {
      document.removeEventListener('keydown', second, { capture: true });
      document.removeEventListener('keydown', press);
    };
  }, [desk, letters, navigate, onSearch]);
  return { mapOpen, hideMap: () => setMapOpen(false) };
}
