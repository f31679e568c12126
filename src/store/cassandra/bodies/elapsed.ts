/**
 * How long ago something was, for bounds that others rely on: the longer of what two clocks say. The monotonic one may stand
 * still while a machine sleeps, the other may be set back; too long only costs a repetition.
 */

import type { Clock } from '../../../base/clock.ts';

/** Begins now; the function tells the milliseconds since. */
export function stopwatch(clock: Clock): () => number {
  const [now, monotonic] = [clock.now(), clock.monotonic()];
  return () => Math.max(clock.now() - now, clock.monotonic() - monotonic);
}
