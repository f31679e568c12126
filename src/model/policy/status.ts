/**
 * Whether a policy is public: it allows something to everybody, and no condition narrows that to known callers.
 *
 * Source: "Blocking public access to your Amazon S3 storage", section "The meaning of public": fixed values of certain keys
 * narrow; wildcards, variables and networks wider than /8 (IPv6: /32) do not; private networks always do.
 */

import type { Policy, Statement } from './parse.ts';

export const isPublicPolicy = ({ statements }: Policy): boolean => statements.some(isPublic);

const isPublic = ({ effect, principals, conditions }: Statement): boolean =>
  effect === 'Allow' && principals.everybody && !conditions.some(({ narrows }) => narrows);
