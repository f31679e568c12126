/** One key, its front ends and their steps: each can be held up or killed exactly where it hurts. */

import assert from 'node:assert/strict';
import type { Versioning } from '../../src/model/entities.ts';
import { namingId } from '../../src/store/cassandra/keys/record.ts';
import type { Naming } from '../../src/store/cassandra/types.ts';
import { Unavailable } from '../../src/store/port.ts';
import { draftOf } from '../contract/engine/world.ts';
import { type FrontEnd, frontEnd } from './memory-keys.ts';
import { HOME, type Hooks, MemoryBodies, MemoryRing } from './memory-shards.ts';

export const KEY = 'k';
export const OWNER = { home: HOME, key: Buffer.from(KEY) };

export interface Stage {
  readonly ring: MemoryRing;
  readonly bodies: MemoryBodies;
  /** A front end of its own; its steps can be held up. */
  front(skewMs?: number): FrontEnd & { readonly hooks: Hooks };
  put(front: FrontEnd, text: string | undefined, expect?: string): ReturnType<FrontEnd['keys']['putVersion']>;
  remove(front: FrontEnd, versionId?: string): Promise<unknown>;
  /** Text of the current version (`marker` for a delete marker), undefined when there is none. */
  text(front: FrontEnd, versionId?: string): Promise<string | undefined>;
  /** Texts of all versions, newest first. */
  texts(front: FrontEnd): Promise<readonly string[]>;
}

export function stageOf(mode: Versioning): Stage {
  const ring = new MemoryRing(mode);
  const bodies = new MemoryBodies();
  const on = { bucketId: HOME.bucketId, key: KEY, versioning: mode } as const;
  return {
    ring,
    bodies,
    front: (skewMs = 0) => {
      const hooks: Hooks = {};
      return { ...frontEnd(ring, bodies, hooks, skewMs), hooks };
    },
    put: ({ keys }, text, expect) => {
      const draft = draftOf(text === undefined ? undefined : bodies.add(Buffer.from(text)));
      return keys.putVersion(HOME, { type: 'putVersion', ...on, draft, ...(expect !== undefined && { expect }) });
    },
    remove: async ({ keys }, versionId) => {
      if (versionId === undefined) return keys.removeNull(HOME, { type: 'removeNull', ...on });
      const expect = (await keys.read(HOME, { key: KEY, versionId }))?.version?.revision ?? '';
      return keys.removeVersion(HOME, { type: 'removeVersion', ...on, versionId, expect });
    },
    text: async ({ keys }, versionId) => {
      const read = await keys.read(HOME, versionId === undefined ? { key: KEY } : { key: KEY, versionId });
      const { body } = read?.version ?? {};
      return body === undefined ? read?.version && 'marker' : bodies.text(body);
    },
    texts: async ({ keys }) =>
      (await keys.scanVersions(HOME, undefined, 100)).map(({ body }) =>
        body === undefined ? 'marker' : bodies.text(body),
      ),
  };
}

/** Holds the front end before (or after) the `nth` such step until `go`. */
export function hold(hooks: Hooks, when: 'before' | 'after', step: string, nth = 1) {
  let met = 0;
  const reached = Promise.withResolvers<void>();
  const going = Promise.withResolvers<void>();
  hooks[when] = async (name) => {
    if (name !== step || ++met !== nth) return;
    reached.resolve();
    await going.promise;
  };
  return { reached: reached.promise, go: () => going.resolve() };
}

/** The front end dies before (or after) that step: whatever it wants then, it never gets. */
export function die(hooks: Hooks, when: 'before' | 'after', step: string, nth = 1): void {
  let met = 0;
  let isDead = false;
  const dead = () => {
    throw new Unavailable('dead', { mayHaveApplied: true });
  };
  hooks.before = (name) => {
    if (when === 'before' && name === step && ++met === nth) isDead = true;
    if (isDead) dead();
  };
  hooks.after = (name) => {
    if (when === 'after' && name === step && ++met === nth) isDead = true;
    if (isDead) dead();
  };
}

export const unavailable = (mayHaveApplied: boolean) => (error: unknown) =>
  error instanceof Unavailable && error.mayHaveApplied === mayHaveApplied;

export const revisionOf = async ({ keys }: FrontEnd) => (await keys.read(HOME, { key: KEY }))?.revision ?? '';

export const idOf = async ({ keys }: FrontEnd, text: string, bodies: MemoryBodies) =>
  (await keys.scanVersions(HOME, undefined, 100)).find(({ body }) => body !== undefined && bodies.text(body) === text)
    ?.versionId ?? '';

/** Namings of the versions that count. */
export async function namesOf({ bodies }: Stage, front: FrontEnd): Promise<readonly string[]> {
  const listed = await front.keys.scanVersions(HOME, undefined, 100);
  assert(bodies !== undefined);
  return listed.flatMap(({ body }) => (body === undefined ? [] : [idOfBody(body.ref)])).sort();
}

/** Namings of all versions, as the rows have them. */
export function namedIds({ bodies, ring }: Stage): readonly string[] {
  return bodies.held().filter((id) => {
    const hex = Buffer.from(id.replaceAll('-', ''), 'hex');
    return ring.rows().some(({ payload }) => payload?.includes(hex));
  });
}

function idOfBody(ref: unknown): string {
  return namingId(ref as Naming) ?? '';
}
