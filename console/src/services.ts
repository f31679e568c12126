/** What pages work with, made once in `main.tsx` and handed down. */

import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Api } from './api/client.ts';
import type { Account, ConsoleView } from './api/shapes.ts';
import type { Jobs } from './jobs/jobs.ts';
import type { S3 } from './s3/client.ts';
import type { Session, SessionState } from './session/session.ts';
import type { Settings, SettingsStore } from './settings.ts';
import type { LazyDesk } from './transfers/lazy.ts';
import type { Trust } from './trust.ts';

export interface Services {
  readonly api: Api;
  readonly s3: S3;
  readonly trust: Trust;
  /** What takes a while, and goes on when the page changes. */
  readonly jobs: Jobs;
  /** Uploads, once they are loaded. */
  readonly desk: LazyDesk;
  readonly session: Session;
  readonly settings: SettingsStore;
  /** Where S3 is, its regions and limits. */
  readonly site: ConsoleView;
  /** Where the Console is: `/`, or the path it was put below, ending in `/`. */
  readonly base: string;
}

export const ServicesContext = createContext<Services | undefined>(undefined);

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (services === undefined) throw new Error('services are used outside of the app');
  return services;
}

export function useSession(): SessionState {
  const { session } = useServices();
  return useSyncExternalStore(session.subscribe, session.state);
}

export function useSettings(): Settings {
  const { settings } = useServices();
  return useSyncExternalStore(settings.subscribe, settings.get);
}

/** On pages behind the sign-in. */
export function useAccount(): Account {
  const state = useSession();
  if (state.kind !== 'in') throw new Error('nobody is signed in');
  return state.account;
}
