/** Addresses and their pages. Bucket names are in the path; prefixes, keys and versions in the query, since browsers rewrite paths. */

import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  type RouterHistory,
  redirect,
} from '@tanstack/react-router';
import type { Services } from '../services.ts';
import { Frame } from './frame.tsx';
import { NotFound } from './not-found.tsx';
import { PageFailure } from './page-failure.tsx';
import {
  browserSearch,
  bucketsSearch,
  explainSearch,
  filterSearch,
  parseSearch,
  signInSearch,
  stringifySearch,
} from './search.ts';

interface Context {
  readonly services: Services;
}

const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: NotFound });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('../session/sign-in-page.tsx'), 'SignInPage'),
  validateSearch: signInSearch,
});

/** Everything behind the sign-in. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: Frame,
  beforeLoad: ({ context, location }) => {
    if (context.services.session.state().kind === 'in') return;
    throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { to: location.href }, replace: true });
  },
});

const home = createRoute({
  getParentRoute: () => inside,
  path: '/',
  beforeLoad: ({ context }) => {
    const { welcomed } = context.services.settings.get();
    throw redirect({ to: welcomed ? '/buckets' : '/welcome', replace: true });
  },
});

const welcome = createRoute({
  getParentRoute: () => inside,
  path: '/welcome',
  component: lazyRouteComponent(() => import('../pages/welcome/page.tsx'), 'WelcomePage'),
});

const buckets = createRoute({
  getParentRoute: () => inside,
  path: '/buckets',
  validateSearch: bucketsSearch,
  component: lazyRouteComponent(() => import('../pages/buckets/page.tsx'), 'BucketsPage'),
});

const browser = createRoute({
  getParentRoute: () => inside,
  path: '/buckets/$bucket',
  validateSearch: browserSearch,
  component: lazyRouteComponent(() => import('../pages/browser/page.tsx'), 'BrowserPage'),
});

const shared = createRoute({
  getParentRoute: () => inside,
  path: '/shared',
  component: lazyRouteComponent(() => import('../pages/shared/page.tsx'), 'SharedPage'),
});

const account = createRoute({
  getParentRoute: () => inside,
  path: '/account/$section',
  validateSearch: filterSearch,
  component: lazyRouteComponent(() => import('../pages/account/page.tsx'), 'AccountPage'),
});

const operate = createRoute({
  getParentRoute: () => inside,
  path: '/operate',
  validateSearch: filterSearch,
  component: lazyRouteComponent(() => import('../pages/operate/page.tsx'), 'OperatePage'),
});

const operateSection = createRoute({
  getParentRoute: () => inside,
  path: '/operate/$section',
  validateSearch: filterSearch,
  component: lazyRouteComponent(() => import('../pages/operate/page.tsx'), 'OperatePage'),
});

const operateAccount = createRoute({
  getParentRoute: () => inside,
  path: '/operate/accounts/$account',
  validateSearch: filterSearch,
  component: lazyRouteComponent(() => import('../pages/operate/page.tsx'), 'OperateAccountPage'),
});

const explain = createRoute({
  getParentRoute: () => inside,
  path: '/explain',
  validateSearch: explainSearch,
  component: lazyRouteComponent(() => import('../pages/explain/page.tsx'), 'ExplainPage'),
});

const pages = [home, welcome, buckets, browser, shared, account, operate, operateSection, operateAccount, explain];
const tree = root.addChildren([signIn, inside.addChildren(pages)]);

export function createConsoleRouter(services: Services, history: RouterHistory) {
  return createRouter({
    routeTree: tree,
    history,
    basepath: services.base,
    context: { services },
    parseSearch,
    stringifySearch,
    defaultErrorComponent: PageFailure,
    defaultNotFoundComponent: NotFound,
    defaultPreload: false,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
