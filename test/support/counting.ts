/** An engine that counts what is asked of it: the promises about store calls are tests on these numbers. */

import type { Blobs, Engine, Rows } from '../../src/store/port.ts';

type Name = `rows.${keyof Rows}` | `blobs.${keyof Blobs}`;

export interface CountingEngine extends Engine {
  /** Calls since the last `reset`, by name (`rows.getTarget`), only of those that were called. */
  counts(): Readonly<Partial<Record<Name, number>>>;
  reset(): void;
  /** Another engine whose calls are counted together with this one's. */
  beside(engine: Engine): CountingEngine;
}

/** Wraps an engine. Calls go through unchanged. */
export function countingEngine(engine: Engine): CountingEngine {
  return countingInto(engine, new Map());
}

function countingInto(engine: Engine, calls: Map<string, number>): CountingEngine {
  return {
    capabilities: engine.capabilities,
    rows: counted('rows', engine.rows, calls),
    blobs: counted('blobs', engine.blobs, calls),
    upkeep: engine.upkeep,
    close: () => engine.close(),
    counts: () => Object.fromEntries(calls),
    reset: () => calls.clear(),
    beside: (other) => countingInto(other, calls),
  };
}

function counted<T extends object>(prefix: string, target: T, calls: Map<string, number>): T {
  return new Proxy(target, {
    get(object, property) {
      const value: unknown = Reflect.get(object, property);
      if (typeof value !== 'function') return value;
      return (...parameters: unknown[]) => {
        const name = `${prefix}.${String(property)}`;
        calls.set(name, (calls.get(name) ?? 0) + 1);
        return Reflect.apply(value, object, parameters);
      };
    },
  });
}
