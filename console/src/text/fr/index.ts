/** French: all that the Console says. One file, loaded when the language is chosen. */

import type { Language } from '../language.ts';
import { account } from './account.ts';
import { acl } from './acl.ts';
import { audit } from './audit.ts';
import { browser } from './browser.ts';
import { bucketDrawer } from './bucket-drawer.ts';
import { buckets } from './buckets.ts';
import { common } from './common.ts';
import { connect } from './connect.ts';
import { cors } from './cors.ts';
import { explain } from './explain.ts';
import { failures } from './failures.ts';
import { frame } from './frame.ts';
import { jobs } from './jobs.ts';
import { object } from './object.ts';
import { operate } from './operate.ts';
import { policy } from './policy.ts';
import { preview } from './preview.ts';
import { session } from './session.ts';
import { share } from './share.ts';
import { shared } from './shared.ts';
import { transfers } from './transfers.ts';
import { welcome } from './welcome.ts';

export const fr: Language = Object.freeze({
  locale: 'fr-CH',
  text: Object.freeze({ browser, buckets, common, explain, failures, frame, session, shared, welcome, jobs }),
  areas: Object.freeze({
    account: Object.freeze({ account, connect }),
    audit,
    objects: Object.freeze({ object, preview, share }),
    operate: Object.freeze({ operate }),
    settings: Object.freeze({ acl, bucketDrawer, cors, policy }),
    transfers,
  }),
});
