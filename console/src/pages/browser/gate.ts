/** Lets a few through at a time; who gives up waiting is left out. For side questions that must not crowd out the list. */

export type Gate = <Answer>(work: () => Promise<Answer>, signal: AbortSignal) => Promise<Answer>;

export function createGate(most: number): Gate {
  const waiting: (() => void)[] = [];
  let inside = 0;
  const enter = async (): Promise<void> => {
    if (inside < most) {
      inside += 1;
      return;
    }
    // Who leaves hands its place on.
    await new Promise<void>((resolve) => void waiting.push(resolve));
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) inside -= 1;
    else next();
  };
  return async (work, signal) => {
    await enter();
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      leave();
    }
  };
}
