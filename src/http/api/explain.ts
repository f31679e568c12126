/**
 * Why somebody may or may not do something, and why a request was refused: what `moraine explain` tells, for who is concerned.
 *
 * Operators ask about everything. Others ask about their own buckets, whoever it is that wants something of them, and about
 * themselves anywhere; of a bucket that is not theirs they learn whether they may, and of their own key why not, but nothing of
 * what its owner wrote into policy and ACLs (SECURITY rules 8 and 27). What is not theirs to know is not there.
 */

import { isIP } from 'node:net';
import { z } from 'zod';
import type { Reason } from '../../model/access/question.ts';
import type { Account } from '../../model/entities.ts';
import { isBucketName } from '../../model/names.ts';
import { statementLines } from '../../model/policy/lines.ts';
import { type ExplainServices, type Explanation, explain, type Inquiry, InquiryError } from '../../ops/explain.ts';
import { explanationOf, type RefusalRecord, readRefusal } from '../../ops/refusal.ts';
import { OPERATIONS, type OperationName } from '../../ops/table.ts';
import type { Caller as Asker } from '../../ops/types.ts';
import { wholeAccount } from './askers.ts';
import { ApiError } from './errors.ts';
import { type Find, NOTHING, route } from './route.ts';
import { isOperator, notFound } from './subjects.ts';
import type { ApiServices, Caller, Route } from './types.ts';

const NAMES = Object.keys(OPERATIONS).filter((name): name is OperationName => name in OPERATIONS);

export const question = z.strictObject({
  operation: z.enum(NAMES, { error: 'must be an operation of S3, such as GetObject' }),
  bucket: z.string().max(255).optional(),
  key: z.string().max(1024).optional(),
  versionId: z.string().max(255).optional(),
  uploadId: z.string().max(255).optional(),
  prefix: z.string().max(1024).optional().describe('For listings: of the keys that begin so.'),
  as: z.string().max(64).optional().describe('Account id, canonical id, or `anonymous`. Default: oneself.'),
  from: z
    .string()
    .refine((text) => isIP(text) !== 0, 'must be an IP address')
    .optional()
    .describe('Address that the request comes from. Default: 127.0.0.1.'),
  insecure: z.literal('true').optional().describe('Without TLS.'),
});

const reason = z.strictObject({
  layer: z.string(),
  verdict: z.enum(['allows', 'denies', 'silent']),
  text: z.string(),
  decides: z.literal(true).optional().describe('This is the one that settled it.'),
  statement: z
    .strictObject({
      number: z.int().describe('From 1.'),
      sid: z.string().optional(),
      line: z.int().optional().describe('Where it begins in the text of the policy, from 1.'),
    })
    .optional()
    .describe('Of a policy: which statement says so.'),
});

export const explanation = z.strictObject({
  answer: z.enum(['allowed', 'denied', 'absent']).describe('`absent`: it is not there, and the caller is told so.'),
  code: z.string().optional().describe("S3's error code, where it is not allowed."),
  reasons: z.array(reason).describe('Layer by layer, in their order.'),
  decisive: z.string().optional().describe('The reason that settled it; none: nothing allows it.'),
  remark: z.string().optional(),
  remedies: z.array(z.string()).describe('Each one thing that would change it.'),
});

const refused = z.strictObject({
  requestId: z.string(),
  at: z.iso.datetime(),
  method: z.string(),
  operation: z.string().optional(),
  bucket: z.string().optional(),
  key: z.string().optional(),
  remoteAddress: z.string(),
  secure: z.boolean(),
  accessKeyId: z.string().optional().describe('As claimed. Whoever asked, and operators, see it.'),
  status: z.int(),
  code: z.string(),
  message: z.string(),
  rights: explanation.optional().describe('What the layers said then. None: the signature was refused before.'),
});

/** What somebody may be told of an explanation. */
interface View {
  /** The rules of the bucket: policy, ACLs, ownership, public-access block. */
  readonly bucket: boolean;
  /** The key that was used, and its scope. */
  readonly key: boolean;
  /** The policy that was asked, where it is known. */
  readonly policy?: string | undefined;
}

const OF_THE_KEY: ReadonlySet<Reason['layer']> = new Set(['key-scope', 'identity', 'request-payment']);
const HIDDEN = "The rules of the bucket's owner decide it: ask them.";

function shown({ answer, code, decision, remark }: Explanation, view: View): z.output<typeof explanation> {
  const isShown = ({ layer }: Reason): boolean => (OF_THE_KEY.has(layer) ? view.key : view.bucket);
  const { decisive } = decision;
  const lines = view.policy === undefined ? [] : statementLines(view.policy);
  const helpful = decision.reasons.filter(isShown).flatMap((one) => one.remedy ?? []);
  const told = view.bucket ? remark : answer === 'denied' ? HIDDEN : undefined;
  return {
    ...{
      answer,
      reasons: decision.reasons.filter(isShown).map((one) => reasonView(one, one === decisive, lines)),
    },
    ...(code === undefined ? {} : { code }),
    ...(decisive === undefined || !isShown(decisive) ? {} : { decisive: decisive.text }),
    ...(told === undefined ? {} : { remark: told }),
    remedies: decision.remedies.filter((remedy) => helpful.includes(remedy)),
  };
}

function reasonView(
  { layer, verdict, text, statement }: Reason,
  decides: boolean,
  lines: readonly number[],
): z.output<typeof reason> {
  const said = { layer, verdict, text, ...(decides ? { decides } : {}) };
  if (statement === undefined) return said;
  const { number, sid } = statement;
  const line = lines[number - 1];
  const place = { number, ...(sid === undefined ? {} : { sid }), ...(line === undefined ? {} : { line }) };
  return { ...said, statement: place };
}

// ---------------------------------------------------------------------------------------------------- a question

export interface Asked {
  readonly inquiry: Inquiry;
  readonly asker: Asker;
  readonly view: View;
}

const askedFor: Find<Asked, z.output<typeof question>> = async ({ caller, query }, services) => ({
  about: caller.holder.account.id,
  it: await readQuestion(caller, query, services),
});

/** Throws `NotFound` for what is not the caller's to ask. */
export async function readQuestion(
  caller: Caller,
  asked: z.output<typeof question>,
  services: ApiServices,
): Promise<Asked> {
  const { account: own } = caller.holder;
  const { bucket: name, as = own.id } = asked;
  const bucket =
    name !== undefined && isBucketName(name) ? (await services.rows.getTarget({ bucket: name })).bucket : undefined;
  const ownsIt = isOperator(caller) || bucket?.owner === own.id;
  const isOneself = as === own.id || as === own.canonicalId;
  if (!ownsIt && !isOneself) throw notFound('bucket', name ?? '');
  const asker =
    as === 'anonymous'
      ? ({ kind: 'anonymous' } as const)
      : wholeAccount(isOneself ? own : await named(as, services), services);
  const { operation, key, versionId, uploadId, prefix, from: remoteAddress = '127.0.0.1', insecure } = asked;
  const place = { operation, bucket: name, key, versionId, uploadId, prefix };
  const inquiry = { ...place, headers: [], remoteAddress, secure: insecure === undefined };
  return { inquiry, asker, view: { bucket: ownsIt, key: true, policy: bucket?.configuration.policy } };
}

async function named(id: string, { rows }: ApiServices): Promise<Account> {
  const account = (await rows.getAccount({ id })) ?? (await rows.getAccount({ canonicalId: id }));
  if (account === undefined) throw notFound('account', id);
  return account;
}

const questionRoute = route({
  method: 'GET',
  path: '/access/explain',
  operation: 'ExplainAccess',
  summary: 'Whether somebody may do something, which layer decides it, and what would change it.',
  may: 'access.explain',
  find: askedFor,
  query: question,
  body: NOTHING,
  answer: explanation,
  handle: async ({ it }, services) => ({ answer: await answerTo(it, services) }),
});

/** Throws `InvalidRequest` for what cannot be asked. */
export async function answerTo(
  { inquiry, asker, view }: Asked,
  services: ExplainServices,
): Promise<z.output<typeof explanation>> {
  try {
    return shown(await explain(inquiry, asker, services), view);
  } catch (error) {
    if (!(error instanceof InquiryError)) throw error;
    throw new ApiError('InvalidRequest', `${error.message}.`);
  }
}

// ----------------------------------------------------------------------------------------------- a refused request

interface Found {
  readonly requestId: string;
  readonly at: number;
  readonly record: RefusalRecord;
  readonly view: View;
}

const request = z.strictObject({ requestId: z.string().describe('The x-amz-request-id of its answer.') });

const REQUEST_ID = /^[0-9A-F]{16}$/;

const refusalInQuery: Find<Found, z.output<typeof request>> = async ({ caller, query: { requestId } }, { rows }) => {
  const found = REQUEST_ID.test(requestId) ? await rows.getRefusal(requestId) : undefined;
  if (found === undefined || !isConcerned(caller, found.accounts)) throw notFound('refused request', requestId);
  const record = readRefusal(found.record);
  const { id } = caller.holder.account;
  const all = isOperator(caller);
  const view = { bucket: all || record.owner === id, key: all || record.asker === id };
  return { about: id, it: { requestId, at: found.at, record, view } };
};

const isConcerned = (caller: Caller, accounts: readonly string[]): boolean =>
  isOperator(caller) || accounts.includes(caller.holder.account.id);

const refusalRoute = route({
  method: 'GET',
  path: '/access/refusals',
  operation: 'ExplainRefusal',
  summary: 'Why a request was refused, as it was decided then.',
  details: 'Refused requests are kept for a week. Bad signatures are explained further by `moraine explain --request`.',
  may: 'access.explain',
  find: refusalInQuery,
  query: request,
  body: NOTHING,
  answer: refused,
  handle: async ({ it }) => ({ answer: refusalView(it) }),
});

function refusalView({ requestId, at, record, view }: Found): z.output<typeof refused> {
  const { method, operation, bucket, key, remoteAddress, secure, accessKeyId, status, code, message } = record;
  const rights = record.explanation && shown(explanationOf(record.explanation), view);
  return {
    ...{ requestId, at: new Date(at).toISOString(), method, remoteAddress, secure, status, code, message },
    ...(operation === undefined ? {} : { operation }),
    ...(bucket === undefined ? {} : { bucket }),
    ...(key === undefined ? {} : { key }),
    ...(accessKeyId === undefined || !view.key ? {} : { accessKeyId }),
    ...(rights === undefined ? {} : { rights }),
  };
}

export const EXPLAIN_ROUTES: readonly Route[] = Object.freeze([questionRoute, refusalRoute]);
