/**
 * What is remembered of unfinished multipart uploads over a reload, in IndexedDB: where each goes and which file it is, with the
 * browser's handle of it where there is one. No key, no secret, no bytes. Where there is no IndexedDB, nothing is remembered.
 */

export interface JournalEntry {
  readonly uploadId: string;
  /** Canonical id of the account: another one that signs in is not shown it. */
  readonly account: string;
  readonly bucket: string;
  readonly key: string;
  readonly partSize: number;
  readonly name: string;
  readonly size: number;
  /** ms */
  readonly modified: number;
  readonly replace: boolean;
  readonly handle?: FileSystemFileHandle | undefined;
  /** Of the folder that it was dropped with: one permission is good for all files in it. */
  readonly root?: FileSystemDirectoryHandle | undefined;
}

export interface Journal {
  all(account: string): Promise<readonly JournalEntry[]>;
  put(entry: JournalEntry): Promise<void>;
  remove(uploadId: string): Promise<void>;
}

const STORE = 'uploads';

const done = <Value>(request: IDBRequest<Value>): Promise<Value> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

export function createJournal(factory: IDBFactory | undefined): Journal {
  const open = async (): Promise<IDBDatabase> => {
    if (factory === undefined) throw new Error('there is no IndexedDB');
    const request = factory.open('moraine', 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'uploadId' });
    return done(request);
  };
  /** A journal that cannot be kept takes nothing else down: the upload goes on, a reload just won't find it. */
  const use = async (mode: IDBTransactionMode, act: (store: IDBObjectStore) => Promise<unknown>): Promise<unknown> => {
    try {
      const database = await open();
      try {
        return await act(database.transaction(STORE, mode).objectStore(STORE));
      } finally {
        database.close();
      }
    } catch {
      return undefined;
    }
  };
  return Object.freeze({
    all: async (account: string) => {
      const entries: JournalEntry[] = [];
      await use('readonly', async (store) => entries.push(...(await done<JournalEntry[]>(store.getAll()))));
      return entries.filter((entry) => entry.account === account);
    },
    put: async (entry: JournalEntry) => void (await use('readwrite', (store) => done(store.put(entry)))),
    remove: async (uploadId: string) => void (await use('readwrite', (store) => done(store.delete(uploadId)))),
  });
}
