/** Uploads as the first load has them: a promise of them. */

import type { Desk } from './desk.ts';

/** The engine and all that belongs to it is loaded when it is needed: with the first upload, or when the page has nothing else to do. */
export interface LazyDesk {
  load(): Promise<Desk>;
  /** Hears of the engine before it does anything. Answers how to stop hearing. */
  onLoad(heard: (desk: Desk) => void): () => void;
}

export function createLazyDesk(start: () => Promise<Desk>): LazyDesk {
  const listeners = new Set<(desk: Desk) => void>();
  let started: Promise<Desk> | undefined;
  const begin = async (): Promise<Desk> => {
    const desk = await start();
    for (const heard of listeners) heard(desk);
    return desk;
  };
  return Object.freeze({
    load: () => {
      started ??= begin();
      return started;
    },
    onLoad: (heard: (desk: Desk) => void) => {
      listeners.add(heard);
      return () => void listeners.delete(heard);
    },
  });
}
