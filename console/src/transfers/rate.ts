/** How fast bytes move and how long it takes yet: from the last ten seconds, once five have passed. Pure. */

interface Sample {
  /** ms */
  readonly at: number;
  readonly bytes: number;
}

export interface Rate {
  /** Bytes a second. */
  readonly speed: number;
  /** Seconds. */
  readonly left: number;
}

const WINDOW_MS = 10_000;
const LEAST_MS = 5000;

export interface Pace {
  /** `undefined` until it can be said. */
  look(at: number, moved: number, all: number): Rate | undefined;
}

export function createPace(): Pace {
  let samples: readonly Sample[] = [];
  return {
    look(at, moved, all) {
      const last = samples.at(-1);
      // Fewer bytes than before: something else is counted now.
      if (last !== undefined && moved < last.bytes) samples = [];
      samples = [...samples.filter((sample) => at - sample.at <= WINDOW_MS), { at, bytes: moved }];
      const [first] = samples;
      if (first === undefined || at - first.at < LEAST_MS) return undefined;
      const speed = ((moved - first.bytes) * 1000) / (at - first.at);
      return speed <= 0 ? undefined : { speed, left: (all - moved) / speed };
    },
  };
}
