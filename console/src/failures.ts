/** What was thrown, in words: the catalogue's where the code is known, the server's otherwise. Never a bare code. */

import type { Text } from './text/language.ts';

export interface Told {
  readonly title: string;
  /** The server's own words, where they say more. */
  readonly detail?: string;
  readonly next?: string;
  readonly requestId?: string;
  /** It was refused for want of rights: there is a why. */
  readonly denied: boolean;
}

/** Of both servers' failures, and of what never reached one. */
interface Coded {
  readonly code: string;
  readonly message: string;
  readonly requestId?: string | undefined;
}

function coded(failure: unknown): Coded | undefined {
  if (!(failure instanceof Error) || !('code' in failure) || typeof failure.code !== 'string') return undefined;
  const requestId = 'requestId' in failure && typeof failure.requestId === 'string' ? failure.requestId : undefined;
  return { code: failure.code, message: failure.message, requestId };
}

export function toldOf(failure: unknown, text: Text): Told {
  const known = coded(failure);
  if (known === undefined) {
    const { title, next } = text.failures.unreachable;
    return { title, next, denied: false, ...(failure instanceof Error ? { detail: failure.message } : {}) };
  }
  const entry = text.failures.byCode[known.code];
  const { requestId } = known;
  return {
    title: entry?.title ?? text.failures.unknown,
    ...(known.message === '' ? {} : { detail: known.message }),
    ...(entry === undefined ? {} : { next: entry.next }),
    ...(requestId === undefined ? {} : { requestId }),
    denied: known.code === 'AccessDenied',
  };
}
