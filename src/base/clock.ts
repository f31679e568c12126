/** The only reader of the clock. Everything that needs time takes a `Clock`; tests pass their own. */

export interface Clock {
  /** Milliseconds since 1970, UTC. May step. */
  now(): number;
  /** Milliseconds that never step back, for durations. */
  monotonic(): number;
}

export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => performance.now(),
});
