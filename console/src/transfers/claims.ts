/**
 * Which page sends which upload. All pages of a browser share one journal: what another page is sending is not interrupted, and must
 * not be taken up or aborted here. A page claims a lock of the browser for each upload, which goes with the page. Without TLS there are
 * no locks: pages ask each other then, and who answers claims.
 */

export interface Claims {
  /** Whether it is ours now; another page has it otherwise. `fresh`: no other page can know of it yet. */
  claim(uploadId: string, fresh?: boolean): Promise<boolean>;
  release(uploadId: string): void;
  /** What other pages hold. */
  taken(): Promise<ReadonlySet<string>>;
}

const PREFIX = 'moraine-upload:';

export function createClaims(locks: LockManager | undefined, channel: BroadcastChannel | undefined): Claims {
  if (locks !== undefined) return byLocks(locks);
  return channel === undefined ? ALONE : byAsking(channel);
}

function byLocks(locks: LockManager): Claims {
  const mine = new Map<string, () => void>();
  return Object.freeze({
    claim: (uploadId: string) =>
      new Promise<boolean>((resolve) => {
        if (mine.has(uploadId)) {
          resolve(true);
          return;
        }
        const granted = (lock: Lock | null): Promise<void> | undefined => {
          resolve(lock !== null);
          return lock === null ? undefined : new Promise((release) => mine.set(uploadId, release));
        };
        // A page that is being left is refused: nothing is taken up there.
        locks.request(PREFIX + uploadId, { ifAvailable: true }, granted).catch(() => resolve(false));
      }),
    release: (uploadId: string) => {
      mine.get(uploadId)?.();
      mine.delete(uploadId);
    },
    taken: async () => {
      const { held = [] } = await locks.query();
      const ids = held.flatMap(({ name }) => (name?.startsWith(PREFIX) === true ? [name.slice(PREFIX.length)] : []));
      return new Set(ids.filter((id) => !mine.has(id)));
    },
  });
}

/** How long the others have to answer, ms. */
const ANSWER_MS = 300;

type Message = { readonly asked: true } | { readonly held: readonly string[] };

function byAsking(channel: BroadcastChannel): Claims {
  const mine = new Set<string>();
  const others = new Set<string>();
  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if ('held' in data) for (const id of data.held) others.add(id);
    else channel.postMessage({ held: [...mine] } satisfies Message);
  });
  const taken = async (): Promise<ReadonlySet<string>> => {
    others.clear();
    channel.postMessage({ asked: true } satisfies Message);
    await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
    return new Set(others);
  };
  return Object.freeze({
    claim: async (uploadId: string, fresh = false) => {
      if (!fresh && !mine.has(uploadId) && (await taken()).has(uploadId)) return false;
      mine.add(uploadId);
      return true;
    },
    release: (uploadId: string) => void mine.delete(uploadId),
    taken,
  });
}

const ALONE: Claims = Object.freeze({
  claim: async () => true,
  release: () => undefined,
  taken: async () => new Set<string>(),
});
