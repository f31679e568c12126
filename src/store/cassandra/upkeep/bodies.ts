/**
 * Whether what a row names is there: the chunks of a blob or the ranges of a list, and what holds them (`ref`). With
 * `contents` every byte is read and its checksum compared; without, only which chunks there are and how long they are.
 */

import { Corrupt, type Finding } from '../../port.ts';
import { NIL } from '../bodies/ledger.ts';
import { blobsOf, holdingsOfList, partsOfList } from '../bodies/manifests.ts';
import { type BlobPlace, type ListPlace, SEGMENT_CHUNKS, segmentOf, spansOf } from '../bodies/ranges.ts';
import { lengthIn, unsealHeader } from '../bodies/records.ts';
import { FREED, LIST_HEADER, REFERENCE } from '../bodies/references.ts';
import { PAGE } from '../bodies/statements.ts';
import type { Session, Uuid } from '../database/types.ts';
import { eachOf } from '../parallel.ts';
import type { Bodies, Naming, Tools } from '../types.ts';
import { HOLDER, SEGMENT_SUMS } from './statements.ts';

export type Problem = Pick<Finding, 'kind' | 'problem'>;

const WIDTH = 8;

export class BodyChecks {
  readonly #tools: Tools;
  readonly #bodies: Pick<Bodies, 'bodyOf' | 'read'>;
  readonly #contents: boolean;

  constructor(tools: Tools, bodies: Pick<Bodies, 'bodyOf' | 'read'>, contents: boolean) {
    this.#tools = tools;
    this.#bodies = bodies;
    this.#contents = contents;
  }

  async problems(naming: Naming): Promise<readonly Problem[]> {
    const { place, reference } = naming;
    if (place.type === 'empty') return [];
    const session = this.#tools.sessions.of(place.region);
    const held = await holdProblems(session, place.id, reference);
    const found = await readable(() =>
      place.type === 'list' ? listProblems(session, place) : blobProblems(session, place),
    );
    const problems = [...held, ...found];
    return problems.length > 0 || !this.#contents ? problems : await readable(() => this.#read(naming));
  }

  async #read(naming: Naming): Promise<readonly Problem[]> {
    const body = this.#bodies.bodyOf(naming);
    // Checked as it is read.
    for await (const _ of this.#bodies.read(body, 0, body.size));
    return [];
  }
}

/** What is damaged is a problem, not a failure of the check. */
async function readable(work: () => Promise<readonly Problem[]>): Promise<readonly Problem[]> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Corrupt)) throw error;
    return [{ kind: 'body', problem: error.message }];
  }
}

async function holdProblems(session: Session, body: Uuid, reference: Uuid | undefined): Promise<readonly Problem[]> {
  const isThere = async (kind: number, owner: Uuid) => (await session.read(HOLDER, [body, kind, owner])).length > 0;
  if (reference === undefined) {
    if (!(await isThere(FREED, NIL))) return [];
    return [{ kind: 'reference', problem: `its body ${body} was let go of` }];
  }
  if (await isThere(REFERENCE, reference)) return [];
  return [{ kind: 'reference', problem: `its reference ${reference} to body ${body} is missing` }];
}

async function blobProblems(session: Session, blob: BlobPlace): Promise<readonly Problem[]> {
  const { id, start, end, chunkBytes } = blob;
  const first = segmentOf(Math.floor(start / chunkBytes));
  const count = end === start ? 0 : segmentOf(Math.floor((end - 1) / chunkBytes)) - first + 1;
  for (let at = 0; at < count; at += WIDTH) {
    const segments = Array.from({ length: Math.min(WIDTH, count - at) }, (_, index) => first + at + index);
    const rows = await eachOf(segments, WIDTH, (segment) => session.read(SEGMENT_SUMS, [id, segment]));
    const lengths = new Map(rows.flat().map(({ n, sum }) => [n, lengthIn(sum)]));
    const from = Math.max(start, (first + at) * SEGMENT_CHUNKS * chunkBytes);
    const to = Math.min(end, (first + at + segments.length) * SEGMENT_CHUNKS * chunkBytes);
    for (const { n, length } of spansOf({ ...blob, start: from, end: to })) {
      const found = lengths.get(n);
      if (found === undefined) return [{ kind: 'body', problem: `chunk ${n} of blob ${id} is missing` }];
      if (found !== length)
        return [{ kind: 'body', problem: `chunk ${n} of blob ${id} has ${found} bytes, where ${length} should be` }];
    }
  }
  return [];
}

async function listProblems(session: Session, list: ListPlace): Promise<readonly Problem[]> {
  const { id, size } = list;
  const [header] = await session.read(PAGE, [id, LIST_HEADER]);
  if (header === undefined) return [{ kind: 'body', problem: `list ${id} is missing` }];
  unsealHeader(id, header.v);
  await partsOfList(session, id);
  for await (const blob of blobsOf(session, { ...list, start: 0, end: size })) {
    const problems = await blobProblems(session, blob);
    if (problems.length > 0) return problems;
  }
  for await (const holdings of holdingsOfList(session, id)) {
    const found = await eachOf(holdings, WIDTH, async ({ place, reference }) =>
      place.type === 'empty' ? [] : await holdProblems(session, place.id, reference),
    );
    const problems = found.flat();
    if (problems.length > 0) return problems;
  }
  return [];
}
