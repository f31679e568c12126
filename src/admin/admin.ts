/** The room as a whole: what the command line and the account API are given. One per process: it counts failed sign-ins. */

import { accountMethods } from './accounts.ts';
import { keyMethods } from './keys.ts';
import type { Means } from './means.ts';
import { sessionListMethods } from './session-list.ts';
import { shareMethods } from './shares.ts';
import { signInMethods } from './sign-in.ts';
import { trailMethods } from './trail.ts';
import type { Admin } from './types.ts';

export function createAdmin(means: Means): Admin {
  return Object.freeze({
    ...accountMethods(means),
    ...keyMethods(means),
    ...shareMethods(means),
    ...signInMethods(means),
    ...sessionListMethods(means),
    ...trailMethods(means),
  });
}
