/**
 * Verifies the store: the audit trail, names, buckets, shards, keys with their versions and bodies, uploads with their parts, and bodies that
 * nobody names. Tables are walked partition by partition in the order of their tokens, the rest are point looks; in memory is
 * a page at a time.
 *
 * It runs beside a live system, so nothing here is of one moment: what looks wrong is looked at again after a while, and told
 * when it is still the same. Nothing is changed.
 *
 * Left out: references in `ref` whose row is gone (they do not say whose they are; they keep a body that could go), shards
 * that no map names, the directory's indices, an account's own rows of audit events, and differences between the copies of one row, which Cassandra repairs itself.
 */

import type { Finding } from '../../port.ts';
import type { Trail } from '../audit/trail.ts';
import type { RegionName } from '../database/types.ts';
import { eachOf } from '../parallel.ts';
import type { Bodies, Home, Owners, Shards, Tools } from '../types.ts';
import type { Uploads } from '../uploads/uploads.ts';
import { BodyChecks } from './bodies.ts';
import { type BucketContext, bucketProblems, liveBuckets, nameFindings } from './buckets.ts';
import { keyProblems } from './keys.ts';
import { confirmed, findingsOf } from './looks.ts';
import { orphanFindings } from './orphans.ts';
import { uploadFindings } from './uploads.ts';
import { walkKeys } from './walk.ts';

export interface CheckContext extends BucketContext {
  readonly tools: Tools;
  readonly shards: Shards;
  readonly bodies: Bodies;
  readonly uploads: Pick<Uploads, 'names'>;
  readonly keys: { readonly owners: Pick<Owners, 'isNamed'> };
  readonly trail: Pick<Trail, 'check'>;
}

/** Keys looked at together. */
const KEYS_AT_ONCE = 8;

export async function* check(context: CheckContext, { bodies: contents }: { readonly bodies: boolean }) {
  const bodies = new BodyChecks(context.tools, context.bodies, contents);
  yield* context.trail.check();
  yield* nameFindings(context);
  for (const region of context.tools.sessions.regions) {
    yield* bucketFindings(context, region, bodies);
    yield* uploadFindings(context, region, bodies);
    yield* orphanFindings(context, region);
  }
}

async function* bucketFindings(context: CheckContext, region: RegionName, bodies: BodyChecks): AsyncGenerator<Finding> {
  for await (const { home, name, problem } of liveBuckets(context, region)) {
    if (problem !== undefined) {
      yield { kind: 'row', subject: `bucket ${name}`, problem };
      continue;
    }
    yield* findingsOf(`bucket ${name}`, await confirmed(() => bucketProblems(context, home)));
    yield* keyFindings(context, home, { name, bodies });
  }
}

async function* keyFindings(
  { tools, shards }: CheckContext,
  home: Home,
  { name, bodies }: { readonly name: string; readonly bodies: BodyChecks },
): AsyncGenerator<Finding> {
  for await (const keys of walkKeys(tools.sessions.of(home.region), home)) {
    const found = await eachOf(keys, KEYS_AT_ONCE, async (key) => {
      const problems = await confirmed(() => keyProblems({ shards, bodies }, home, key));
      return findingsOf(`${name}/${key}`, problems);
    });
    yield* found.flat();
  }
}
