/**
 * Upkeep of the Cassandra engine: the port's `Upkeep` put together. The sweeper is the bodies' collector; here is what
 * looks at the whole store: `check` at what rows say, `scrub` and `copies` at each copy of bytes, `mend` at work left behind.
 *
 * `usage` tells nothing: each figure would be a look at everything.
 */

import type { Body } from '../../../model/entities.ts';
import type { SweepReport, Upkeep } from '../../port.ts';
import type { BodyPlace } from '../types.ts';
import { type CheckContext, check } from './check.ts';
import { copiesOf } from './copies.ts';
import { healthOf } from './health.ts';
import { Mender, type MenderContext } from './mender.ts';
import { scrub } from './scrub.ts';

export interface UpkeepContext extends CheckContext, MenderContext {
  readonly sweep: (options: { readonly now: number; readonly limit: number }) => Promise<SweepReport>;
  readonly placeOf: (body: Body) => BodyPlace;
}

export function createUpkeep(context: UpkeepContext): Upkeep {
  const { tools, sweep, placeOf } = context;
  const mender = new Mender(context);
  return Object.freeze({
    sweep,
    check: (options: { readonly bodies: boolean }) => check(context, options),
    usage: async () => ({ buckets: undefined, bodyBytes: undefined, trashBytes: undefined }),
    scrub: () => scrub(tools),
    mend: (options: { readonly limit: number }) => mender.mend(options),
    health: async () => healthOf(tools),
    copies: async (body: Body) => {
      const place = placeOf(body);
      return place.type === 'empty' ? [] : await copiesOf(tools, place);
    },
  });
}
