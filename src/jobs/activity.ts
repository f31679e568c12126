/**
 * What happens to objects, and requests that failed, on their way to the store: gathered in memory, off the way of requests, and
 * written every `activityNoteMs`.
 *
 * So a delete costs nothing more than it did, and a process that dies leaves out what it had not written yet. A round that fails is
 * written with the next. Bounded: what is over `activityGathered` is dropped and told in the log, failures over
 * `failuresPerMinute` are in the log by themselves.
 */

import type { Clock } from '../base/clock.ts';
import type { Limits } from '../base/limits.ts';
import type { Log } from '../base/log.ts';
import type { AuditEvent } from '../model/entities.ts';
import type { ActivityTrail, Rows } from '../store/port.ts';

export interface ActivityOptions {
  readonly rows: Pick<Rows, 'noteActivity'>;
  readonly limits: Pick<Limits, 'activityNoteMs' | 'activityGathered' | 'failuresPerMinute'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Resolves after so many milliseconds, or as soon as the signal aborts; never rejects. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export interface Activity {
  note(trail: ActivityTrail, event: AuditEvent): void;
  /** Writes what is left. */
  stop(): Promise<void>;
}

const MINUTE_MS = 60_000;
/** Events of one commit: others wait no longer than for these. */
const WRITTEN_TOGETHER = 500;

export function startActivity(options: ActivityOptions): Activity {
  const { limits, clock, wait } = options;
  const stopping = new AbortController();
  const gathered: Record<ActivityTrail, AuditEvent[]> = { objects: [], failures: [] };
  let dropped = 0;
  let minute = { since: clock.monotonic(), failures: 0 };
  const admits = (trail: ActivityTrail): boolean => {
    if (trail === 'objects') return gathered.objects.length < limits.activityGathered;
    if (clock.monotonic() - minute.since >= MINUTE_MS) minute = { since: clock.monotonic(), failures: 0 };
    minute.failures += 1;
    return minute.failures <= limits.failuresPerMinute;
  };
  const rounds = async () => {
    while (!stopping.signal.aborted) {
      await wait(limits.activityNoteMs, stopping.signal);
      await write(options, 'objects', gathered.objects);
      await write(options, 'failures', gathered.failures);
      if (dropped > 0) options.log.warn('more happened to objects than could be noted', { dropped });
      dropped = 0;
    }
  };
  const ended = rounds();
  return Object.freeze({
    note(trail: ActivityTrail, event: AuditEvent): void {
      if (admits(trail)) gathered[trail].push(event);
      else if (trail === 'objects') dropped += 1;
    },
    async stop(): Promise<void> {
      stopping.abort();
      await ended;
    },
  });
}

async function write({ rows, log }: ActivityOptions, trail: ActivityTrail, gathered: AuditEvent[]): Promise<void> {
  while (gathered.length > 0) {
    const some = gathered.slice(0, WRITTEN_TOGETHER);
    try {
      await rows.noteActivity(trail, some);
    } catch (error) {
      log.warn('what happened could not be noted, it is tried again', { trail, count: gathered.length }, error);
      return;
    }
    gathered.splice(0, some.length);
  }
}
