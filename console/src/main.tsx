/** The Console: puts everything together and shows it. The only file that does something when it is loaded. */

import { CSPProvider } from '@base-ui/react/csp-provider';
import { Tooltip } from '@base-ui/react/tooltip';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createBrowserHistory, RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { createApi } from './api/client.ts';
import type { ConsoleView } from './api/shapes.ts';
import { PathProvider } from './frame/path.tsx';
import { createConsoleRouter } from './frame/routes.tsx';
import { languageChosen, Spoken } from './frame/spoken.tsx';
import { createS3 } from './s3/client.ts';
import { type Services, ServicesContext } from './services.ts';
import { createSession, type Session } from './session/session.ts';
import { createSettings } from './settings.ts';
import { ENGLISH, LanguageContext } from './text/index.ts';
import type { Language } from './text/language.ts';
import { createLazyDesk } from './transfers/lazy.ts';
import { createTrust } from './trust.ts';
import './ui/tokens.css';
import './ui/base.css';
import { createJobs } from './jobs/jobs.ts';
import { sleep } from './jobs/sleep.ts';
import { Failure } from './ui/failure.tsx';
import { ToastProvider } from './ui/toast.tsx';

const metaOf = (name: string): string => document.querySelector(`meta[name="${name}"]`)?.getAttribute('content') ?? '';

async function createServices(): Promise<Services> {
  const base = metaOf('moraine-base') || '/';
  const options = (made: Session) => ({ base, csrfToken: made.csrfToken, onSignedOut: made.ended });
  const session = createSession(
    (made) => createApi(options(made)),
    () => Date.now(),
  );
  const api = createApi(options(session));
  const trust = createTrust();
  const settings = createSettings(window.localStorage, document.documentElement);
  const [site] = await Promise.all([api.get<ConsoleView>('/console'), session.resume()]);
  const s3 = createS3({
    ...{ endpoint: site.endpoint, region: site.region, credentials: session.credentials, now: () => Date.now() },
    fetch: (input, init) => fetch(input, init),
  });
  const desk = createLazyDesk(async () => {
    const { createPageDesk } = await import('./transfers/services.ts');
    return createPageDesk({ s3, session, trust });
  });
  return Object.freeze({ api, s3, trust, desk, jobs: createJobs(sleep), session, settings, site, base });
}

async function start(): Promise<void> {
  const element = document.getElementById('root');
  if (element === null) throw new Error('the page has no root');
  const root = createRoot(element);
  const services = await createServices().catch((failure: unknown) => {
    root.render(
      <LanguageContext value={ENGLISH}>
        <Failure failure={failure} onRetry={() => window.location.reload()} />
      </LanguageContext>,
    );
  });
  if (services !== undefined) show(root, services, await languageChosen(services.settings));
}

function show(root: Root, services: Services, language: Language): void {
  const router = createConsoleRouter(services, createBrowserHistory());
  services.session.subscribe(() => void router.invalidate());
  const queries = new QueryClient({
    defaultOptions: { queries: { retry: 1, staleTime: 15_000, refetchOnWindowFocus: false } },
  });
  root.render(
    <StrictMode>
      <CSPProvider nonce={metaOf('moraine-nonce')} disableStyleElements>
        <Spoken settings={services.settings} first={language}>
          <ServicesContext value={services}>
            <QueryClientProvider client={queries}>
              <Tooltip.Provider>
                <ToastProvider>
                  <PathProvider>
                    <RouterProvider router={router} />
                  </PathProvider>
                </ToastProvider>
              </Tooltip.Provider>
            </QueryClientProvider>
          </ServicesContext>
        </Spoken>
      </CSPProvider>
    </StrictMode>,
  );
}

void start();
