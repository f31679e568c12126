/**
 * Kinds of values that settings have, and what a setting is. Each kind takes text (environment, flags) and the TOML value,
 * and says what it expects as the end of a sentence, so that an error message is also the remedy.
 */

import { isIP } from 'node:net';
import { z } from 'zod';
import { parseAddress } from '../base/address.ts';
import { LIMITS } from '../base/limits.ts';
import { formatDuration, formatSize, parseDuration, parseSize } from '../base/units.ts';

/** A value written as text, the same in file, environment and flag. `expects` ends the sentence "must be …". */
export function text<T>(expects: string, read: (text: string) => T | undefined) {
  return z.string({ error: `must be ${expects}, in quotes` }).transform((value, context) => {
    const result = read(value);
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom', message: `must be ${expects}` });
    return z.NEVER;
  });
}

export function oneOf<const T extends readonly string[]>(values: T) {
  return text<T[number]>(`one of ${values.join(', ')}`, (value) => values.find((known) => known === value));
}

export function list<T>(item: z.ZodType<T, string>) {
  const split = z.string().transform((value) => value.split(',').map((part) => part.trim()));
  return z.union([z.array(z.string()), split], { error: 'must be a list of texts' }).pipe(z.array(item).max(100));
}

export function whole(min: number, max: number) {
  const expects = `must be a whole number from ${min} to ${max}`;
  const fromText = z.string().regex(/^[0-9]{1,15}$/, expects);
  return z
    .union([z.int(), fromText.transform(Number)], { error: expects })
    .refine((value) => value >= min && value <= max, { error: expects });
}

export function measured(what: readonly [string, string], range: readonly [number, number], units: Units) {
  const [from, to] = [units.format(range[0]), units.format(range[1])];
  return text(`a ${what[0]} from ${from} to ${to} with its unit, for example ${what[1]}`, (value) => {
    const amount = units.parse(value);
    return amount !== undefined && amount >= range[0] && amount <= range[1] ? amount : undefined;
  });
}
interface Units {
  readonly parse: (text: string) => number | undefined;
  readonly format: (value: number) => string;
}

export const path = text('a path', (value) => (value === '' || value.includes('\0') ? undefined : value));
export const drives = z
  .array(z.strictObject({ path }), { error: 'must be written as [[drive]] with path = "DIR"' })
  .min(1, 'must name at least one')
  .max(8, 'must name at most eight')
  .transform((tables) => tables.map((table) => table.path));
export const address = text('HOST:PORT, for example 127.0.0.1:9000 (:9000 means every interface)', parseAddress);
export const addressOrOff = text('HOST:PORT, for example 127.0.0.1:9001, or off', (value) =>
  value === 'off' ? ('off' as const) : parseAddress(value),
);
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
export const hostName = text(
  'a bare host name, for example s3.example.org (no scheme, no port, no bucket)',
  (value) => {
    const name = value.toLowerCase();
    return HOST_NAME.test(name) && isIP(name) === 0 ? name : undefined;
  },
);
export const origin = text(
  'http:// or https://, a host name and perhaps a port, for example https://s3.example.org',
  (value) => {
    const match = /^(https?:\/\/(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?)\/?$/.exec(value);
    return match?.[1]?.toLowerCase();
  },
);
/** Always with a slash at both ends. */
export const basePath = text('a path of letters, digits, "-", ".", "_" and "~", for example /console/', (value) =>
  /^\/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*\/)*$/.test(`${value.replace(/\/$/, '')}/`)
    ? `${value.replace(/\/$/, '')}/`
    : undefined,
);
export const region = text('1 to 63 characters of a-z, 0-9 and "-", for example us-east-1', (value) =>
  /^[a-z0-9-]{1,63}$/.test(value) ? value : undefined,
);
export const network = text('an IP address or a network, for example 10.0.0.0/8', (value) =>
  networkProblem(value) ? undefined : value,
);
export const workers = z.union([z.literal('auto'), whole(1, 256)], {
  error: 'must be auto or a whole number from 1 to 256',
});

function networkProblem(value: string): boolean {
  const [ip = '', bits, ...rest] = value.split('/');
  const family = isIP(ip);
  if (family === 0 || rest.length > 0) return true;
  return bits !== undefined && !(/^[0-9]{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

export interface Setting<T> {
  /** Takes text from flags and environment, and the TOML value from the file. */
  readonly schema: z.ZodType<T>;
  /** As text; undefined: unset. */
  readonly default: string | undefined;
  /** What stands for the value in help texts. */
  readonly value: string;
  readonly help: string;
  /** Where it may be given, when not everywhere. */
  readonly only?: 'environment' | 'file';
  /** Relative paths in the file start at the file's folder, others at the current one. */
  readonly path?: true;
  readonly secret?: true;
  /** Its value is a table of the file, whose names are the user's. */
  readonly table?: true;
  /** The entry of `base/limits.ts` that it changes. */
  readonly limit?: LimitName;
}

export function setting<T>(
  value: string,
  schema: z.ZodType<T>,
  fallback: string | undefined,
  help: string,
): Setting<T> {
  return Object.freeze({ value, schema, default: fallback, help });
}
export const at = (value: string, fallback: string | undefined, help: string): Setting<string> =>
  Object.freeze({ ...setting(value, path, fallback, help), path: true as const });

type LimitName = keyof typeof LIMITS;
export function duration(name: LimitName, range: readonly [number, number], help: string): Setting<number> {
  const units = { parse: parseDuration, format: formatDuration };
  const schema = measured(['duration', '30s'], range, units);
  return Object.freeze({ ...setting('DURATION', schema, formatDuration(LIMITS[name]), help), limit: name });
}
export function size(name: LimitName, range: readonly [number, number], help: string): Setting<number> {
  const units = { parse: parseSize, format: formatSize };
  const schema = measured(['size', '64KiB'], range, units);
  return Object.freeze({ ...setting('SIZE', schema, formatSize(LIMITS[name]), help), limit: name });
}
export function count(name: LimitName, range: readonly [number, number], help: string): Setting<number> {
  return Object.freeze({ ...setting('COUNT', whole(...range), String(LIMITS[name]), help), limit: name });
}
