/** Uploads as the page has them: the browser's own requests, database and worker behind the engine. */

import type { S3 } from '../s3/client.ts';
import type { Session } from '../session/session.ts';
import type { Trust } from '../trust.ts';
import workerAddress from './checksum-worker.ts?worker&url';
import { createChecksums } from './checksums.ts';
import { createClaims } from './claims.ts';
import { createDesk, type Desk } from './desk.ts';
import { createUploads } from './engine.ts';
import { createJournal } from './journal.ts';
import { sendByXhr } from './send.ts';

interface Given {
  readonly s3: S3;
  readonly session: Session;
  readonly trust: Trust;
}

/** Hears of the network and of who signs in by itself, as long as the page is open. */
export function createPageDesk({ s3, session, trust }: Given): Desk {
  const account = (): string | undefined => {
    const state = session.state();
    return state.kind === 'in' ? state.account.canonicalId : undefined;
  };
  const checksums = createChecksums(() => new Worker(trust.worker(workerAddress), { type: 'module' }));
  const uploads = createUploads({
    ...{ s3, account, send: sendByXhr },
    ...checksums,
    journal: createJournal(window.indexedDB),
    // Locks are there only where the page came by https or from this machine.
    claims: createClaims('locks' in navigator ? navigator.locks : undefined, new BroadcastChannel('moraine-uploads')),
    now: () => Date.now(),
    later: (ms, act) => {
      const timer = setTimeout(act, ms);
      return () => clearTimeout(timer);
    },
    random: () => Math.random(),
    newId: createIds(),
  });
  const line = (): void => uploads.line(!navigator.onLine);
  window.addEventListener('online', line);
  window.addEventListener('offline', line);
  let known: string | undefined;
  const look = (): void => {
    const state = session.state();
    const now = account();
    if (now !== undefined && now !== known) {
      if (known !== undefined) uploads.leave();
      known = now;
      void uploads.recall(now);
    }
    uploads.session(state.kind !== 'in' || state.expired);
  };
  session.subscribe(look);
  look();
  line();
  return createDesk({ s3, md5Of: checksums.md5Of }, uploads);
}

/** Names rows of this page. */
function createIds(): () => string {
  let last = 0;
  return () => `u${++last}`;
}
