/** All rows of the account API. What is not here does not exist (SECURITY rule 7). */

import { ACCOUNT_ROUTES } from './accounts.ts';
import { AUDIT_ROUTES } from './audit.ts';
import { CONSOLE_ROUTE } from './console.ts';
import { copiesRoute } from './copies.ts';
import { EXPLAIN_ROUTES } from './explain.ts';
import { healthRoutes } from './health.ts';
import { KEY_ROUTES } from './keys.ts';
import { openApiRoute } from './openapi.ts';
import { SESSION_LIST_ROUTES } from './session-list.ts';
import { SESSION_ROUTES } from './sessions.ts';
import { SHARE_ROUTES } from './shares.ts';
import type { Route } from './types.ts';
import { UNSAVED_ROUTES } from './unsaved.ts';
import { USAGE_ROUTES } from './usage.ts';
import { VISIBILITY_ROUTE } from './visibility.ts';

export function createRoutes(): readonly Route[] {
  const routes: readonly Route[] = Object.freeze([
    CONSOLE_ROUTE,
    ...SESSION_ROUTES,
    ...SESSION_LIST_ROUTES,
    ...ACCOUNT_ROUTES,
    ...KEY_ROUTES,
    ...SHARE_ROUTES,
    ...AUDIT_ROUTES,
    copiesRoute(),
    ...EXPLAIN_ROUTES,
    ...UNSAVED_ROUTES,
    VISIBILITY_ROUTE,
    ...USAGE_ROUTES,
    ...healthRoutes(),
    openApiRoute(() => routes),
  ]);
  return routes;
}
