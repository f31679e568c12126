/**
 * Shared links: ordinary presigned addresses, each signed with a key of its own (`admin/shares.ts`), so that each can be ended by
 * itself and none dies with the session that made it. What a link opens is its account's: an operator sees that it is there and
 * may end it, and is not given its address.
 */

import { z } from 'zod';
import type { Share } from '../../admin/types.ts';
import { explain, type Inquiry, InquiryError } from '../../ops/explain.ts';
import { presignedUrl } from '../../sign/presign.ts';
import { endpointFor } from '../site.ts';
import { wholeAccount } from './askers.ts';
import { ApiError } from './errors.ts';
import { NO_QUERY, NOTHING, route, type SignedIn } from './route.ts';
import { accountInPath, notFound } from './subjects.ts';
import type { ApiServices, Caller, Route } from './types.ts';
import { time, timeOf, timeText } from './views.ts';

const disposition = z.enum(['inline', 'attachment']).describe('Whether browsers show it or save it.');
const share = z.strictObject({
  id: z.string(),
  bucket: z.string(),
  key: z.string(),
  versionId: z.string().optional().describe('Absent: the version that is current when the link is opened.'),
  disposition,
  filename: z.string().optional().describe('What it is saved as.'),
  createdAt: time,
  expiresAt: time,
  lastOpenedAt: time.optional().describe('To the minute, roughly. Absent: never.'),
  url: z.string().optional().describe('For the account itself, signed in.'),
});
export type ShareView = z.output<typeof share>;

const draft = z.strictObject({
  bucket: z.string(),
  key: z.string(),
  versionId: z.string().optional(),
  expiresAt: time.describe('At most seven days from now.'),
  disposition: disposition.default('inline'),
  filename: z.string().optional().describe('What browsers save it as. Default: the last part of the key.'),
});

export const SHARE_ROUTES: readonly Route[] = Object.freeze([
  route({
    method: 'GET',
    path: '/accounts/{account}/shares',
    operation: 'ListShares',
    summary: 'The links of an account that hold, newest first.',
    may: 'share.list',
    find: accountInPath,
    query: NO_QUERY,
    body: NOTHING,
    answer: z.strictObject({ shares: z.array(share) }),
    handle: async (call, services) => {
      const found = [...(await services.admin.shares(call.it.id))].sort((a, b) => b.createdAt - a.createdAt);
      return { answer: { shares: found.map((one) => shareView(one, call.it.id, call, services)) } };
    },
  }),
  route({
    method: 'POST',
    path: '/accounts/{account}/shares',
    operation: 'CreateShare',
    summary: 'A link to an object for whoever has it, until it ends or is revoked. Of the own account only.',
    details: 'An ordinary presigned URL (signature V4), made with a key that can do nothing else.',
    may: 'share.create',
    find: accountInPath,
    query: NO_QUERY,
    body: draft,
    answer: share,
    status: 201,
    handle: async (call, services) => {
      const { it, body, by, caller } = call;
      if (caller.holder.account.id !== it.id) {
        throw new ApiError('AccessDenied', 'Links are made by the account itself: what they open is its own to give.');
      }
      const wanted = { ...body, expiresAt: timeOf(body.expiresAt) };
      await requireReadable(wanted, call, services);
      const made = await services.admin.createShare(it, wanted, by);
      return { answer: shareView(made, it.id, call, services) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/accounts/{account}/shares/{share}',
    operation: 'RevokeShare',
    summary: 'End a link: its next request is refused.',
    may: 'share.revoke',
    find: accountInPath,
    query: NO_QUERY,
    body: NOTHING,
    answer: NOTHING,
    handle: async ({ it, by, parameters }, { admin }) => {
      await admin.revokeShare(it, parameters.get('share') ?? '', by);
      return { answer: undefined };
    },
  }),
]);

/** A link that would not open is not made. It is asked again whenever it is opened. */
async function requireReadable(
  { bucket, key, versionId }: Pick<Share, 'bucket' | 'key' | 'versionId'>,
  { caller, by, secure }: SignedIn<unknown>,
  services: ApiServices,
): Promise<void> {
  const asker = wholeAccount(caller.holder.account, services);
  const inquiry: Inquiry = {
    ...{ operation: 'GetObject' as const, bucket, key, versionId, uploadId: undefined, prefix: undefined },
    ...{ headers: [], remoteAddress: by.from, secure },
  };
  const { answer } = await explain(inquiry, asker, services).catch((error: unknown) => {
    throw error instanceof InquiryError ? new ApiError('InvalidRequest', `${error.message}.`) : error;
  });
  if (answer === 'absent') throw notFound('object', `${bucket}/${key}`);
  if (answer === 'allowed') return;
  const problem = `You may not read ${bucket}/${key}, so nobody could with a link of yours.`;
  throw new ApiError('AccessDenied', `${problem} GET /api/v1/access/explain says why.`);
}

function shareView(
  link: Share,
  owner: string,
  { caller, host }: SignedIn<unknown>,
  { site }: Pick<ApiServices, 'site'>,
): ShareView {
  const { id, bucket, key, versionId, disposition: shown, filename, createdAt, expiresAt, lastUsedAt } = link;
  return {
    ...{ id, bucket, key, ...(versionId === undefined ? {} : { versionId }), disposition: shown },
    ...(filename === undefined ? {} : { filename }),
    ...{ createdAt: timeText(createdAt), expiresAt: timeText(expiresAt) },
    ...(lastUsedAt === undefined ? {} : { lastOpenedAt: timeText(lastUsedAt) }),
    ...(mayOpen(caller, owner) ? { url: urlOf(link, endpointFor(site, host), site.regions.home) } : {}),
  };
}

/** What was handed on could keep an address for longer than it holds itself. */
const mayOpen = ({ holder }: Caller, owner: string): boolean =>
  holder.account.id === owner && holder.by !== 'key-session';

function urlOf(link: Share, endpoint: string, region: string): string {
  const { id: accessKeyId, secret, bucket, key, versionId, createdAt: signedAt, expiresAt } = link;
  const parameters = {
    ...(versionId === undefined ? {} : { versionId }),
    'response-content-disposition': dispositionOf(link),
  };
  const seconds = Math.ceil((expiresAt - signedAt) / 1000);
  return presignedUrl({ endpoint, region, accessKeyId, secret, bucket, key, parameters, signedAt, seconds });
}

/** RFC 6266: a name that is not plain is said twice, for clients that do not know the second form. */
function dispositionOf({ disposition: shown, filename, key }: Share): string {
  const name = filename ?? key.split('/').findLast((part) => part !== '') ?? key;
  const clean = name.replace(/[\p{C}/\\]/gu, '');
  const plain = clean.replace(/[^\x20-\x7e]/g, '_').replace(/["%]/g, '_');
  if (plain === clean) return `${shown}; filename="${plain}"`;
  const encoded = encodeURIComponent(clean).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${shown}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
