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

/** What holds everywhere: the Console's pages may do all that their requests are signed for, and read every header. */
export function platformCorsRules({ consoleOrigins }: Pick<PlatformAccess, 'consoleOrigins'>): readonly CorsRule[] {
  if (consoleOrigins.length === 0) return NONE;
  return [
    {
      allowedOrigins: consoleOrigins,
      allowedMethods: CORS_METHODS,
      allowedHeaders: [ANY],
      exposeHeaders: [ANY],
      maxAgeSeconds: CONSOLE_MAX_AGE_SECONDS,
    },
  ];
}

const NONE: readonly CorsRule[] = Object.freeze([]);
