/**
 * From method and path to a row: literal parts compared as they were sent, `{parts}` decoded once. No regular expression sees
 * what a client sent, and no two rows can match one path (`createRouter` refuses to be made then).
 */

import { ApiError } from './errors.ts';
import type { Route } from './types.ts';

export const API_ROOT = '/api/v1';

export interface Match {
  readonly route: Route;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Throws `NotFound`, or `MethodNotAllowed` with the methods that there are. HEAD is GET without its body. */
export type Router = (method: string, path: string) => Match;

interface Entry {
  readonly route: Route;
  readonly parts: readonly string[];
}

export function createRouter(routes: readonly Route[]): Router {
  const entries = routes.map((route) => ({ route, parts: `${API_ROOT}${route.path}`.split('/') }));
  const shapes = entries.map(
    ({ route, parts }) =>
      `${route.method} ${parts.map((part) => (nameOf(part) === undefined ? part : '{}')).join('/')}`,
  );
  if (new Set(shapes).size < shapes.length) throw new Error('two rows of the account API have one method and path');
  return (method, path) => {
    const parts = path.split('/');
    const fitting = entries.filter((entry) => fits(entry, parts));
    // `/keys/mine` before `/keys/{key}`, should there ever be both.
    const wanted = method === 'HEAD' ? 'GET' : method;
    const [found] = fitting.filter(({ route }) => route.method === wanted).sort(byLiterals);
    if (found !== undefined) return { route: found.route, parameters: parametersOf(found, parts) };
    if (fitting.length === 0) {
      throw new ApiError(
        'NotFound',
        `There is nothing at ${path}. GET ${API_ROOT}/openapi.json describes what there is.`,
      );
    }
    const methods = fitting
      .map(({ route }) => route.method)
      .flatMap((one) => (one === 'GET' ? ['GET', 'HEAD'] : [one]));
    const allow = [...new Set(methods)].sort().join(', ');
    throw new ApiError('MethodNotAllowed', `Here are ${allow}.`, { headers: { Allow: allow } });
  };
}

/** The name in `{name}`. */
const nameOf = (part: string): string | undefined => (part.startsWith('{') ? part.slice(1, -1) : undefined);

const fits = ({ parts: wanted }: Entry, parts: readonly string[]): boolean =>
  wanted.length === parts.length &&
  wanted.every((part, at) => (nameOf(part) === undefined ? part === parts[at] : parts[at] !== ''));

const literals = ({ parts }: Entry): number => parts.filter((part) => nameOf(part) === undefined).length;
const byLiterals = (a: Entry, b: Entry): number => literals(b) - literals(a);

function parametersOf({ parts: wanted }: Entry, parts: readonly string[]): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [at, part] of wanted.entries()) {
    const name = nameOf(part);
    if (name !== undefined) parameters.set(name, decode(parts[at] ?? ''));
  }
  return parameters;
}

/** The line has seen to it that the path as a whole is UTF-8, well escaped. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ApiError('InvalidRequest', 'The path holds a malformed percent escape.');
  }
}
