/** Short ways to make policies of one bucket and to ask them. */

import { S3Error } from '../../src/model/errors.ts';
import { evaluatePolicy } from '../../src/model/policy/evaluate.ts';
import { type Policy, parsePolicy } from '../../src/model/policy/parse.ts';
import type { PolicyPrincipal, PolicyVerdict } from '../../src/model/policy/types.ts';

export const BUCKET = 'photos';
export const BUCKET_ARN = `arn:aws:s3:::${BUCKET}`;
export const ANONYMOUS: PolicyPrincipal = Object.freeze({ kind: 'anonymous' });

/** An account with ids that follow from its name. */
export const accountNamed = (name: string): PolicyPrincipal & { readonly kind: 'account' } => ({
  kind: 'account',
  id: name,
  canonicalId: Buffer.from(name).toString('hex').padEnd(64, '0'),
});

/** One that allows everybody to read and list, but for what `statement` says instead. */
export const statementOf = (statement: object = {}): object => ({
  Effect: 'Allow',
  Principal: '*',
  Action: ['s3:GetObject', 's3:ListBucket'],
  Resource: [BUCKET_ARN, `${BUCKET_ARN}/*`],
  ...statement,
});

export const policyText = (statements: readonly object[], members: object = {}): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements, ...members });

export const policyOf = (statement: object = {}, members: object = {}): Policy =>
  parsePolicy(policyText([statementOf(statement)], members), BUCKET);

/** What PutBucketPolicy would say to the document; throws when it would take it. */
export function refusalOf(text: string): string {
  try {
    parsePolicy(text, BUCKET);
  } catch (error) {
    if (error instanceof S3Error && error.code === 'MalformedPolicy') return error.message;
    throw error;
  }
  throw new Error(`taken: ${text}`);
}

/** The same of a policy with one statement. */
export const refusal = (statement: object, members: object = {}): string =>
  refusalOf(policyText([statementOf(statement)], members));

export interface Asked {
  readonly principal?: PolicyPrincipal;
  readonly action?: string;
  readonly resource?: string;
  readonly conditions?: Readonly<Record<string, string | readonly string[]>>;
}

/** With its findings. Unless told otherwise: anybody lists the bucket. */
export function evaluate(policy: Policy, asked: Asked = {}): PolicyVerdict {
  const { principal = ANONYMOUS, action = 's3:ListBucket', resource = BUCKET_ARN, conditions = {} } = asked;
  const values = new Map(
    Object.entries(conditions).map(([key, value]) => [key, typeof value === 'string' ? [value] : value] as const),
  );
  return evaluatePolicy(policy, { principal, action, resource, conditions: values }, { explain: true });
}
