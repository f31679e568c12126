/** Checks uploads and their parts: rows that can be read, buckets and hints that are there, bodies that parts name. */

import { Corrupt, type Finding } from '../../port.ts';
import { BucketRows } from '../buckets/bucket-rows.ts';
import type { RegionName } from '../database/types.ts';
import { eachOf } from '../parallel.ts';
import type { Bodies, Tools } from '../types.ts';
import { hintOf, slotOf } from '../uploads/hints.ts';
import { Parts, type UploadPlace } from '../uploads/parts.ts';
import { UploadStates } from '../uploads/state.ts';
import { READ_ROWS } from '../uploads/statements.ts';
import type { BodyChecks, Problem } from './bodies.ts';
import { confirmed, findingsOf } from './looks.ts';
import { HINT, SCAN_PARTS, SCAN_UPLOADS } from './statements.ts';
import { walkTable } from './walk.ts';

const PARTS_AT_ONCE = 8;
const PAGE = 500;

interface Context {
  readonly tools: Tools;
  readonly bodies: Bodies;
}

export async function* uploadFindings(
  context: Context,
  region: RegionName,
  bodies: BodyChecks,
): AsyncGenerator<Finding> {
  const session = context.tools.sessions.of(region);
  for await (const page of walkTable(session, SCAN_UPLOADS, ({ id }) => String(id))) {
    for (const { id } of page) {
      const at = { region, uploadId: String(id) };
      yield* findingsOf(`upload ${id}`, await confirmed(() => uploadProblems(context, at, bodies)));
    }
  }
  for await (const page of walkTable(session, SCAN_PARTS, ({ upload }) => String(upload))) {
    for (const { upload } of page) {
      const at = { region, uploadId: String(upload) };
      yield* findingsOf(`upload ${upload}`, await confirmed(() => strayParts(context, at)));
    }
  }
}

async function uploadProblems(
  { tools, bodies: released }: Context,
  at: UploadPlace,
  bodies: BodyChecks,
): Promise<readonly Problem[]> {
  try {
    const row = await new UploadStates(tools).see(at, at.uploadId);
    if (row === undefined || row.state.type === 'ending') return [];
    const { upload } = row;
    const home = { region: at.region, bucketId: upload.bucketId };
    const bucket = await new BucketRows(tools).read(home);
    if (bucket === undefined || bucket.state === 'gone')
      return [{ kind: 'orphan', problem: 'its bucket is not there' }];
    const { key, at: begun, id } = hintOf(upload);
    const hint = await tools.sessions.of(at.region).read(HINT, [upload.bucketId, slotOf(id), key, begun, id]);
    const listed: readonly Problem[] =
      hint.length > 0 ? [] : [{ kind: 'reference', problem: 'it is not in the list of uploads' }];
    return [...listed, ...(await partProblems(new Parts(tools, released), at, bodies))];
  } catch (error) {
    if (!(error instanceof Corrupt)) throw error;
    return [{ kind: 'row', problem: error.message }];
  }
}

async function partProblems(parts: Parts, at: UploadPlace, bodies: BodyChecks): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (let after = 0; ; ) {
    const page = await parts.list(at, after, PAGE);
    const found = await eachOf(page, PARTS_AT_ONCE, async ({ part }) =>
      (await bodies.problems(part.naming)).map(({ kind, problem }) => ({
        kind,
        problem: `part ${part.number}: ${problem}`,
      })),
    );
    problems.push(...found.flat());
    const last = page.at(-1)?.part.number;
    if (last === undefined || page.length < PAGE) return problems;
    after = last;
  }
}

/** Parts of an upload that is not there: a writer that came too late takes its row away itself. */
async function strayParts({ tools }: Context, { region, uploadId }: UploadPlace): Promise<readonly Problem[]> {
  const session = tools.sessions.of(region);
  const rows = await session.read(READ_ROWS, [uploadId, 1, 1]);
  if (rows.length === 0) return [];
  try {
    if ((await new UploadStates(tools).see({ region }, uploadId)) !== undefined) return [];
  } catch (error) {
    // Told of the upload itself.
    if (error instanceof Corrupt) return [];
    throw error;
  }
  return [{ kind: 'orphan', problem: 'it is not there and has parts' }];
}
