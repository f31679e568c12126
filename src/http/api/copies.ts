/**
 * Where the copies of an object are, read and verified now. For the bucket's owner and for operators; drives and paths are
 * the operators' (SECURITY rule 27). Bounded, because each copy is read whole (rule 22): `moraine copies` has no bound.
 */

import { z } from 'zod';
import type { ObjectVersion } from '../../model/entities.ts';
import { checkVersionId, keyBytes } from '../../model/keys.ts';
import { isBucketName } from '../../model/names.ts';
import type { Copy } from '../../store/port.ts';
import { ApiError } from './errors.ts';
import { type Find, NOTHING, route } from './route.ts';
import { isOperator, notFound } from './subjects.ts';
import type { ApiServices, Route } from './types.ts';

const query = z.strictObject({
  bucket: z.string(),
  key: z.string(),
  versionId: z.string().optional().describe('An older version; the current one when it is left out.'),
});

const copy = z.strictObject({
  start: z.int().describe('First byte of the object that it holds.'),
  end: z.int().describe('Behind the last.'),
  verified: z.boolean().describe('Its checksum holds.'),
  place: z
    .record(z.string(), z.string())
    .optional()
    .describe('For operators: drive and path, or data centre and node.'),
  problem: z.string().optional().describe('For operators: why it does not hold.'),
});

/** `busy` counts those that are being read, in this process. */
export function copiesRoute(): Route {
  let busy = 0;
  return route({
    method: 'GET',
    path: '/copies',
    operation: 'GetCopies',
    summary: 'Where each copy of an object is, read and verified now.',
    may: 'object.copies',
    find: versionInQuery,
    query,
    body: NOTHING,
    answer: z.strictObject({ copies: z.array(copy).describe('None: all of it is in its row.') }),
    handle: async ({ it, caller }, { upkeep, limits }) => {
      if (it.body === undefined) return { answer: { copies: [] } };
      if (it.body.size > limits.apiCopiesBytes) {
        const problem = `This object is larger than ${limits.apiCopiesBytes} bytes, too large to be read for one answer.`;
        throw new ApiError('InvalidRequest', `${problem} The command \`moraine copies\` has no such bound.`);
      }
      if (busy >= limits.apiCopiesParallel) {
        throw new ApiError('TooManyRequests', 'Other copies are being read. Please try again in a minute.');
      }
      busy += 1;
      try {
        const found = await upkeep.copies(it.body);
        return { answer: { copies: found.map((one) => copyView(one, isOperator(caller))) } };
      } finally {
        busy -= 1;
      }
    },
  });
}

const versionInQuery: Find<ObjectVersion, z.output<typeof query>> = async (call, { rows }: ApiServices) => {
  const { caller, query: wanted } = call;
  const { bucket: name, key, versionId } = wanted;
  const missing = () => notFound('object', `${name}/${key}`);
  // What nobody can be called is not asked for: engines have bounds of their own.
  if (!isBucketName(name) || key === '' || keyBytes(key) > 1024 || !key.isWellFormed()) throw missing();
  if (versionId !== undefined) checkVersionId(versionId);
  const target = await rows.getTarget({ bucket: name, key, ...(versionId === undefined ? {} : { versionId }) });
  const { bucket, version } = target;
  const own = bucket?.owner === caller.holder.account.id;
  if (bucket === undefined || version === undefined || !(own || isOperator(caller))) throw missing();
  return { about: bucket.owner, it: version };
};

const copyView = ({ start, end, place, problem }: Copy, whole: boolean): z.output<typeof copy> => ({
  ...{ start, end, verified: problem === undefined },
  ...(whole ? { place: { ...place }, ...(problem === undefined ? {} : { problem }) } : {}),
});
