/** The pause of background work: an abort ends it and is no error, and it keeps no process alive. */

import { setTimeout as sleep } from 'node:timers/promises';

export async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => {});
}
