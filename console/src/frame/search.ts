/** The parameters of addresses: plain strings, read and written without a JSON in between. What a page does not know is dropped. */

export type Search = Readonly<Record<string, string | undefined>>;

/** For the router: `?prefix=2026%2F` is the string `2026/`, and `?at=1` the string `1`. */
export const parseSearch = (text: string): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(text.startsWith('?') ? text.slice(1) : text));

export function stringifySearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []));
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

const only =
  <Name extends string>(...names: readonly Name[]) =>
  (search: Record<string, unknown>): Partial<Record<Name, string | undefined>> => {
    const known: Partial<Record<Name, string | undefined>> = {};
    for (const name of names) {
      const value = search[name];
      if (typeof value === 'string') known[name] = value;
    }
    return known;
  };

/** `prefix`: the folder. `q`: the filter, or with `deep` the search. `at`: time travel, ms. `object`, `version`, `tab`, `panel`: drawers. */
export const browserSearch = only(
  'prefix',
  'q',
  'deep',
  'sort',
  'at',
  'deleted',
  'view',
  'object',
  'version',
  'tab',
  'panel',
  'line',
);

export const signInSearch = only('to');

export const explainSearch = only('principal', 'action', 'resource', 'request');

/** `bucket` and `panel`: a drawer over the list of buckets. */
export const bucketsSearch = only('q', 'bucket', 'panel', 'line');

export const filterSearch = only('q', 'who', 'action', 'object', 'from', 'to', 'key', 'client');
