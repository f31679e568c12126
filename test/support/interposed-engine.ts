/** An engine with a place for a test's own doing right before and right after a commit: races without luck. */

import type { AuditEvent, Body } from '../../src/model/entities.ts';
import type { Committed, Engine, Mutation } from '../../src/store/port.ts';

export interface InterposedEngine extends Engine {
  /** Runs once, before the next commit of a type, which happens unless it throws. */
  beforeNext(type: Mutation['type'], act: (attempt: number) => unknown): void;
  /** Runs before every commit of a type until told otherwise. */
  beforeEach(type: Mutation['type'], act: ((attempt: number) => unknown) | undefined): void;
  /** Runs once, after the next commit of a type was applied. */
  afterNext(type: Mutation['type'], act: () => unknown): void;
  /** Runs once, before the parts of an upload are read. */
  beforeParts(act: () => unknown): void;
  readonly discarded: readonly Body[];
}

export function interposedEngine(inner: Engine): InterposedEngine {
  const before = new Map<Mutation['type'], { readonly once: boolean; readonly act: (attempt: number) => unknown }>();
  const after = new Map<Mutation['type'], () => unknown>();
  const attempts = new Map<Mutation['type'], number>();
  const discarded: Body[] = [];
  let beforeParts: () => unknown = () => {};

  async function commit(mutation: Mutation, audit?: AuditEvent): Promise<Committed> {
    const { type } = mutation;
    const attempt = (attempts.get(type) ?? 0) + 1;
    attempts.set(type, attempt);
    const first = before.get(type);
    if (first?.once === true) before.delete(type);
    await first?.act(attempt);
    const committed = await inner.rows.commit(mutation, audit);
    const then = after.get(type);
    after.delete(type);
    await then?.();
    return committed;
  }

  async function scanParts(...query: Parameters<Engine['rows']['scanParts']>) {
    const act = beforeParts;
    beforeParts = () => {};
    await act();
    return inner.rows.scanParts(...query);
  }

  return {
    capabilities: inner.capabilities,
    upkeep: inner.upkeep,
    close: () => inner.close(),
    rows: bound(inner.rows, { commit, scanParts }),
    blobs: bound(inner.blobs, {
      async discard(body: Body) {
        discarded.push(body);
        await inner.blobs.discard(body);
      },
    }),
    beforeNext: (type, act) => void before.set(type, { once: true, act }),
    beforeEach(type, act) {
      attempts.delete(type);
      if (act === undefined) before.delete(type);
      else before.set(type, { once: false, act });
    },
    afterNext: (type, act) => void after.set(type, act),
    beforeParts(act) {
      beforeParts = act;
    },
    discarded,
  };
}

/** `target` with some of its methods replaced. */
function bound<T extends object>(target: T, replaced: Partial<T>): T {
  return new Proxy(target, {
    get(object, property) {
      const other: unknown = Reflect.get(replaced, property);
      if (other !== undefined) return other;
      const value: unknown = Reflect.get(object, property);
      return typeof value === 'function' ? value.bind(object) : value;
    },
  });
}
