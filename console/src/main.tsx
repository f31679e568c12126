/** The Console: puts everything together and shows it. The only file that does something when it is loaded. */

import { CSPProvider } from '@base-ui/react/csp-provider';
import { Tooltip } from '@base-ui/react/tooltip';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createBrowserHistory, RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createApi } from './api/client.ts';
import { PathProvider } from './frame/path.tsx';
import { createConsoleRouter } from './frame/routes.tsx';
import { type Services, ServicesContext } from './services.ts';
import { createSession } from './session/session.ts';
import { createSettings } from './settings.ts';
import { ENGLISH, LanguageContext } from './text/index.ts';
import './ui/tokens.css';
import './ui/base.css';
import { ToastProvider } from './ui/toast.tsx';

const metaOf = (name: string): string => document.querySelector(`meta[name="${name}"]`)?.getAttribute('content') ?? '';

function createServices(): Services {
  const base = metaOf('moraine-base') || '/';
  const session = createSession(
    (made) => createApi({ base, csrfToken: made.csrfToken, onSignedOut: made.ended }),
    () => Date.now(),
  );
  const api = createApi({ base, csrfToken: session.csrfToken, onSignedOut: session.ended });
  return Object.freeze({ api, session, settings: createSettings(window.localStorage, document.documentElement), base });
}

async function start(): Promise<void> {
  const root = document.getElementById('root');
  if (root === null) throw new Error('the page has no root');
  const services = createServices();
  await services.session.resume();
  const router = createConsoleRouter(services, createBrowserHistory());
  services.session.subscribe(() => void router.invalidate());
  const queries = new QueryClient({
    defaultOptions: { queries: { retry: 1, staleTime: 15_000, refetchOnWindowFocus: false } },
  });
  createRoot(root).render(
    <StrictMode>
      <CSPProvider nonce={metaOf('moraine-nonce')} disableStyleElements>
        <LanguageContext value={ENGLISH}>
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
        </LanguageContext>
      </CSPProvider>
    </StrictMode>,
  );
}

void start();
