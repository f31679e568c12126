/**
 * CORS rules of a bucket and of the platform, and which of them admits a request from a page of another origin.
 *
 * Source: "Using cross-origin resource sharing (CORS)", "Elements of a CORS configuration": the first rule that matches
 * origin, method and all requested headers counts. Origins are compared whole and with case, header names without; one `*`
 * stands for any rest, nothing included. What a rule allows says only which pages may read the answer: it gives nobody a right.
 */

import { LIMITS } from '../base/limits.ts';
import type { BucketConfiguration, PlatformAccess } from './entities.ts';

export const CORS_METHODS = Object.freeze(['GET', 'PUT', 'POST', 'DELETE', 'HEAD'] as const);
export type CorsMethod = (typeof CORS_METHODS)[number];

export interface CorsRule {
  readonly id?: string;
  readonly allowedOrigins: readonly string[];
  readonly allowedMethods: readonly CorsMethod[];
  readonly allowedHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds?: number;
}

/** What a browser asks. */
export interface CorsQuestion {
  readonly origin: string;
  readonly method: string;
  /** Names of headers that it wants to send, in lower case, in its order. */
  readonly headers: readonly string[];
}

export interface CorsPermission {
  readonly rule: CorsRule;
  /** Whom to name in the answer: everybody, where the rule names everybody. */
  readonly origin: string;
}

const ANY = '*';

/** The permission by the first rule that matches; undefined: none does. */
export function permissionFor(rules: readonly CorsRule[], question: CorsQuestion): CorsPermission | undefined {
  // No request can carry more, and each costs a look at each rule.
  if (question.headers.length > LIMITS.headerCount) return undefined;
  for (const rule of rules) {
    const pattern = rule.allowedOrigins.find((each) => fits(each, question.origin));
    if (pattern === undefined || !rule.allowedMethods.some((each) => each === question.method)) continue;
    if (admitsHeaders(rule, question.headers)) return { rule, origin: pattern === ANY ? ANY : question.origin };
  }
  return undefined;
}

function admitsHeaders({ allowedHeaders }: CorsRule, names: readonly string[]): boolean {
  if (names.length === 0) return true;
  const patterns = allowedHeaders.map((each) => each.toLowerCase());
  return names.every((name) => patterns.some((pattern) => fits(pattern, name)));
}

/** Literal but for its first `*` (SECURITY rule 13); documents with a second one are refused. */
function fits(pattern: string, text: string): boolean {
  const at = pattern.indexOf(ANY);
  if (at < 0) return pattern === text;
  const rest = pattern.length - 1;
  return text.length >= rest && text.startsWith(pattern.slice(0, at)) && text.endsWith(pattern.slice(at + 1));
}

// ---------------------------------------------------------------------------------------------------------- the rules

/** The bucket's own, as its document `cors` keeps them; undefined when it has none. */
export function corsRulesOf({ cors }: BucketConfiguration): readonly CorsRule[] | undefined {
  if (cors === undefined) return undefined;
  const rules: readonly CorsRule[] = JSON.parse(cors);
  return rules;
}

/** The document. */
export const writeCorsRules = (rules: readonly CorsRule[]): string => JSON.stringify(rules);

/** Browsers ask again after this long. */
const CONSOLE_MAX_AGE_SECONDS = 3600;

/** How S3 was asked. */
interface Asked {
  /** The Host header, perhaps with a port. */
  readonly host: string;
  readonly secure: boolean;
}

/** What holds everywhere: the Console's pages may do all that their requests are signed for, and read every header. */
export function platformCorsRules(access: ConsolePlaces, asked: Asked): readonly CorsRule[] {
  const allowedOrigins = consoleOriginsFor(access, asked);
  if (allowedOrigins.length === 0) return NONE;
  return [
    {
      allowedOrigins,
      allowedMethods: CORS_METHODS,
      allowedHeaders: [ANY],
      exposeHeaders: [ANY],
      maxAgeSeconds: CONSOLE_MAX_AGE_SECONDS,
    },
  ];
}

type ConsolePlaces = Pick<PlatformAccess, 'consoleOrigins' | 'ownConsole'>;

/**
 * Beside those configured: the Console's port on the host by which S3 was asked, which is how both are opened where nothing was
 * configured. A name that somebody else points at us gains nothing by it: our port serves our pages there too.
 */
function consoleOriginsFor({ consoleOrigins, ownConsole }: ConsolePlaces, { host, secure }: Asked): readonly string[] {
  if (ownConsole === undefined) return consoleOrigins;
  const { port, names } = ownConsole;
  const end = port === (secure ? 443 : 80) ? '' : `:${port}`;
  const hosts = [host.replace(/:[0-9]*$/, ''), ...names].filter((name) => !name.includes(ANY));
  return [...consoleOrigins, ...hosts.map((name) => `${secure ? 'https' : 'http'}://${name}${end}`)];
}

/** Whether any page of the Console is admitted, however S3 is asked. */
export const admitsConsole = ({ consoleOrigins, ownConsole }: ConsolePlaces): boolean =>
  consoleOrigins.length > 0 || ownConsole !== undefined;

const NONE: readonly CorsRule[] = Object.freeze([]);
