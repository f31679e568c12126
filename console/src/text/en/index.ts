/** The English catalogue: one file for each area. */

import { browser } from './browser.ts';
import { buckets } from './buckets.ts';
import { common } from './common.ts';
import { explain } from './explain.ts';
import { failures } from './failures.ts';
import { frame } from './frame.ts';
import { jobs } from './jobs.ts';
import { session } from './session.ts';
import { shared } from './shared.ts';
import { welcome } from './welcome.ts';

export const en = Object.freeze({
  browser,
  buckets,
  common,
  explain,
  failures,
  frame,
  session,
  shared,
  welcome,
  jobs,
});
