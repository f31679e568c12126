/** The English catalogue: one file for each area. */

import { account } from './account.ts';
import { acl } from './acl.ts';
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

export const en = Object.freeze({
  account,
  acl,
  browser,
  bucketDrawer,
  buckets,
  common,
  connect,
  cors,
  explain,
  failures,
  frame,
  object,
  operate,
  policy,
  preview,
  session,
  share,
  shared,
  transfers,
  welcome,
  jobs,
});
