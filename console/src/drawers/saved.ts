/**
 * A setting that is edited: read, changed here, and saved against what was read. When the store's copy has changed meanwhile, nothing
 * is saved until somebody has seen both. After saving it is read again: what is shown is what the store holds.
 */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

interface Options<Value> {
  /** Of the query: whose setting it is. */
  readonly name: readonly string[];
  readonly load: (signal?: AbortSignal) => Promise<Value>;
  readonly save: (value: Value, base: Value) => Promise<void>;
  readonly same: (a: Value, b: Value) => boolean;
  /** Queries that tell something else after it was saved. */
  readonly also?: readonly (readonly string[])[];
}

export interface Saved<Value> {
  /** As it is edited; undefined until it was read. */
  readonly value: Value | undefined;
  /** As it was last read: what saving changes. */
  readonly base: Value | undefined;
  readonly changed: boolean;
  readonly reading: boolean;
  /** Reading or saving it failed. */
  readonly failure: unknown;
  readonly saving: boolean;
  /** What somebody else saved meanwhile. */
  readonly theirs: { readonly value: Value } | undefined;
  edit(value: Value): void;
  discard(): void;
  reload(): void;
  /** Resolves to whether it was saved. Where `theirs` was shown, over that; never over what nobody has seen here. */
  save(): Promise<boolean>;
}

interface Draft<Value> {
  readonly base: Value;
  readonly value: Value;
}

export function useSaved<Value>({ name, load, save, same, also = [] }: Options<Value>): Saved<Value> {
  const queries = useQueryClient();
  const queryKey = ['setting', ...name];
  const query = useQuery({
    queryKey,
    queryFn: async ({ signal }) => ({ value: await load(signal) }),
    staleTime: 0,
  });
  const [draft, setDraft] = useState<Draft<Value>>();
  const [theirs, setTheirs] = useState<{ readonly value: Value }>();
  const [failure, setFailure] = useState<unknown>();
  const [saving, setSaving] = useState(false);
  const base = theirs === undefined ? (draft ?? { base: query.data?.value }).base : theirs.value;
  const changed = draft !== undefined && !same(draft.base, draft.value);

  const forget = (): void => {
    setDraft(undefined);
    setTheirs(undefined);
    setFailure(undefined);
  };
  const write = async ({ base: read, value }: Draft<Value>): Promise<boolean> => {
    const now = await load();
    if (!same(now, theirs === undefined ? read : theirs.value)) {
      setTheirs({ value: now });
      return false;
    }
    await save(value, now);
    queries.setQueryData(queryKey, { value: await load() });
    await Promise.all(also.map((other) => queries.invalidateQueries({ queryKey: other })));
    forget();
    return true;
  };
  return {
    value: draft === undefined ? query.data?.value : draft.value,
    base,
    changed,
    reading: query.isPending,
    failure: failure ?? query.error ?? undefined,
    saving,
    theirs,
    edit: (value) => {
      if (draft !== undefined) setDraft({ base: draft.base, value });
      else if (query.data !== undefined) setDraft({ base: query.data.value, value });
    },
    discard: forget,
    reload: () => {
      forget();
      void query.refetch();
    },
    async save() {
      if (draft === undefined) return false;
      setSaving(true);
      setFailure(undefined);
      try {
        return await write(draft);
      } catch (thrown) {
        setFailure(thrown);
        return false;
      } finally {
        setSaving(false);
      }
    },
  };
}
