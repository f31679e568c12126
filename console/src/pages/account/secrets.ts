/** Secrets of keys that were made in this page: in memory, until the account's pages are left. Never in the browser's storage. */

import { createContext, useContext } from 'react';

export interface Secrets {
  keep(accessKeyId: string, secret: string): void;
  of(accessKeyId: string): string | undefined;
}

export function createSecrets(): Secrets {
  const kept = new Map<string, string>();
  return Object.freeze({
    keep: (accessKeyId: string, secret: string) => void kept.set(accessKeyId, secret),
    of: (accessKeyId: string) => kept.get(accessKeyId),
  });
}

const NONE: Secrets = Object.freeze({ keep: () => undefined, of: () => undefined });

export const SecretsContext = createContext<Secrets>(NONE);

export const useSecrets = (): Secrets => useContext(SecretsContext);
