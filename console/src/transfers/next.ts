/** From the state of uploads, what to do: which request is next, what must be stopped, when somebody who waits may go on. Pure. */

import { partsOf } from './plan.ts';
import { isClear, isOver, isStuck, type Row } from './row.ts';
import type { State, Task } from './state.ts';

/** What a row would do next, when there were room. What is not wanted any more is given back first. */
function wants(row: Row, running: readonly Task[], now: number): Task | undefined {
  const { id, phase, key, partSize, uploadId, parts, size } = row;
  const idle = running.length === 0;
  if (row.waitUntil > now) return undefined;
  if (!isClear(row)) {
    const [left = uploadId === undefined ? undefined : { key, uploadId }] = row.leftovers;
    return idle && left !== undefined ? { kind: 'abort', id, ...left } : undefined;
  }
  if ((phase !== 'queued' && phase !== 'uploading') || row.paused) return undefined;
  if (partSize === undefined) return idle ? { kind: 'whole', id } : undefined;
  if (uploadId === undefined) return idle ? { kind: 'create', id } : undefined;
  const there = new Set(parts.map(({ number }) => number));
  for (const task of running) if (task.kind === 'part') there.add(task.number);
  const count = partsOf(size, partSize);
  for (let number = 1; number <= count; number++) if (!there.has(number)) return { kind: 'part', id, number };
  return idle ? { kind: 'complete', id } : undefined;
}

/** The next request to make, or `undefined` while there is no room or nothing to do. Aborts come first; rows in their order. */
export function nextTask(state: State, now: number): Task | undefined {
  if (state.offline || state.signedOut || state.running.length >= state.lanes) return undefined;
  let found: Task | undefined;
  for (const row of state.rows.values()) {
    if (found !== undefined && isClear(row)) continue;
    const running = state.running.filter((task) => task.id === row.id);
    const task = wants(row, running, now);
    if (task?.kind === 'abort') return task;
    found ??= task;
  }
  return found;
}

/** Bytes under way that must be stopped: their rows are paused, cancelled or gone. What makes or ends an upload is let come to its end. */
export const toStop = (state: State): readonly Task[] =>
  state.running.filter((task) => {
    const row = state.rows.get(task.id);
    const bytes = task.kind === 'part' || task.kind === 'whole';
    return bytes && (row === undefined || row.paused || isOver(row) || isStuck(row));
  });

/** When somebody who waits may go on; `undefined`: nobody does. ms */
export function wakeAt(state: State, now: number): number | undefined {
  if (state.offline || state.signedOut) return undefined;
  const times = [...state.rows.values()].flatMap((row) =>
    (row.phase === 'queued' || !isClear(row)) && row.waitUntil > now ? [row.waitUntil] : [],
  );
  return times.length === 0 ? undefined : times.reduce((first, time) => Math.min(first, time));
}

/** Why nothing of a row moves though nobody paused it; what it waits for passes by itself, or by signing in. */
export type Held = 'offline' | 'signed-out' | 'slow';

export function heldBy({ offline, signedOut }: State, { phase, slow, paused }: Row): Held | undefined {
  if (paused || (phase !== 'queued' && phase !== 'uploading' && phase !== 'finishing')) return undefined;
  return offline ? 'offline' : signedOut ? 'signed-out' : slow ? 'slow' : undefined;
}
