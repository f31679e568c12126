/** Hears of changes a few times a second at most: files that are small end faster than anybody reads. */

type Subscribe = (changed: () => void) => () => void;

const STEP_MS = 100;

export const slowly =
  (subscribe: Subscribe): Subscribe =>
  (changed) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = subscribe(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        changed();
      }, STEP_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  };
