/**
 * Which unfinished uploads pages of this browser are at: each holds a lock of the browser's for as long as it lives, so that no other
 * page takes an upload for an interrupted one. Without such locks (plain http) every page thinks that it is alone.
 */

export interface Claims {
  /** Whether it is this page's now. */
  claim(uploadId: string): Promise<boolean>;
  release(uploadId: string): void;
  /** Uploads that pages are at, this one's too. */
  taken(): Promise<ReadonlySet<string>>;
}

const PREFIX = 'moraine upload ';

export function createClaims(locks: LockManager | undefined): Claims {
  const held = new Map<string, () => void>();
  const claim = (uploadId: string): Promise<boolean> =>
    new Promise((resolve) => {
      if (locks === undefined || held.has(uploadId)) return resolve(true);
      const hold = (lock: Lock | null): Promise<void> | undefined => {
        resolve(lock !== null);
        if (lock === null) return undefined;
        // Held until it is released, or the page ends.
        return new Promise((release) => held.set(uploadId, release));
      };
      locks.request(PREFIX + uploadId, { ifAvailable: true }, hold).catch(() => resolve(true));
    });
  return Object.freeze({
    claim,
    release: (uploadId: string) => {
      held.get(uploadId)?.();
      held.delete(uploadId);
    },
    taken: async () => {
      const { held: all = [] } = (await locks?.query()) ?? {};
      const names = all.flatMap(({ name }) => (name?.startsWith(PREFIX) === true ? [name.slice(PREFIX.length)] : []));
      return new Set(names);
    },
  });
}
