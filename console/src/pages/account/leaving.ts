/**
 * Asks before somebody leaves what cannot be seen again, on every way out: its own cross and Esc, another address (links, keys, back),
 * and the tab, where the browser asks in its own words.
 */

import { useBlocker } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState } from 'react';

export interface Leaving {
  /** Somebody is on the way out, and is asked. */
  readonly asked: boolean;
  readonly ask: () => void;
  readonly stay: () => void;
  /** Goes where they were going. */
  readonly go: () => void;
  /** From now on nothing is asked. */
  readonly allow: () => void;
}

/** `precious`: there is something that would be lost. */
export function useLeaving(precious: boolean): Leaving {
  const [closing, setClosing] = useState(false);
  const guarded = useRef(precious);
  const allowed = useRef(false);
  guarded.current = precious && !allowed.current;
  const isGuarded = useCallback(() => guarded.current, []);
  const blocker = useBlocker({ shouldBlockFn: isGuarded, enableBeforeUnload: isGuarded, withResolver: true });
  // What was to come did not: there is nothing to lose any more, and whoever waits goes on.
  useEffect(() => {
    if (!precious) blocker.proceed?.();
  }, [precious, blocker]);
  const allow = (): void => {
    allowed.current = true;
    guarded.current = false;
  };
  const stay = (): void => {
    setClosing(false);
    blocker.reset?.();
  };
  const go = (): void => {
    allow();
    blocker.proceed?.();
  };
  return { asked: closing || blocker.status === 'blocked', ask: () => setClosing(true), stay, go, allow };
}
