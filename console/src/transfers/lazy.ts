/** Uploads as the first load has them: a promise of them. */

import type { Desk } from './desk.ts';

/** The engine and all that belongs to it is loaded when it is needed: with the first upload, or when the page has nothing else to do. */
export interface LazyDesk {
  load(): Promise<Desk>;
}

export function createLazyDesk(start: () => Promise<Desk>): LazyDesk {
  let started: Promise<Desk> | undefined;
  return Object.freeze({
    load: () => {
      started ??= start();
      return started;
    },
  });
}
