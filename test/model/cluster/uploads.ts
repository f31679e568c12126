/**
 * Completing a multipart upload: the `upload` row goes from open to completing (a composed body and a place for the version
 * are fixed), to ending, to gone; or back to open when the version cannot be stored. Two completers, one that ends the
 * upload without completing it, a part that is sent again late, a put of the same key, and upkeep that finishes what the
 * dead began.
 *
 * Abstracted: one part number with the bodies `p1` and `p2`; a composed body holds the body of its part by a reference; a
 * body is gone as soon as its first owner let go and nobody refers to it (bodies.ts has the steps). The key is a tag and a
 * claim (claims.ts): elections succeed when the claim is the one that was read, blind puts move the tag alone.
 */

import type { Model, Process, Program } from './checker.ts';
import { step, turn, until } from './checker.ts';

type PartBody = 'p1' | 'p2';
type Ender = 'ending' | 'gone';

interface Completion {
  readonly list: string;
  /** The tag of the key that it must succeed; 0: whatever it is. */
  readonly base: number;
}

interface Upload {
  readonly rev: number;
  readonly state: 'open' | Ender | Completion;
}

interface Memory {
  upload: Upload;
  /** Rows of the part. */
  rows: PartBody[];
  /** First owners that let go. */
  freed: PartBody[];
  /** Composed body → the body that it refers to; 'dropped' for ever. */
  readonly lists: Record<string, PartBody | 'dropped'>;
  /** Composed bodies whose composer is not done with them. */
  unsettled: string[];
  /** The part that is sent again is in the ledger. */
  sending: boolean;
  sent: boolean;
  /** Rows of the part that are stored from now on do not count. */
  closed: boolean;
  tag: number;
  claim: number;
  /** Versions of the key: the composed body, and its place. */
  versions: string[];
  /** Composed bodies that never will be named. */
  fenced: string[];
  acknowledged: string[];
}

export interface UploadVariant {
  /** It is elected that a version never will be, before the upload is open again. */
  readonly fence: boolean;
  /** The version's place is fixed with the decision, so that whoever finishes finds it. */
  readonly fixed: boolean;
  /** A composed body refers to the bodies of its parts, which belong to the rows of the upload. */
  readonly references: boolean;
  /** A part's writer looks at the upload after it stored its row. */
  readonly lookAfter: boolean;
  /** Who ends an upload changes its state before it reads the parts. */
  readonly stateFirst: boolean;
}

export const AS_BUILT: UploadVariant = {
  fence: true,
  fixed: true,
  references: true,
  lookAfter: true,
  stateFirst: true,
};

function isGone(m: Memory, body: PartBody): boolean {
  return m.freed.includes(body) && !Object.values(m.lists).includes(body);
}

function free(m: Memory, body: PartBody): void {
  m.freed = [...new Set([...m.freed, body])].sort();
  m.rows = m.rows.filter((row) => row !== body);
}

const completionOf = ({ state }: Upload): Completion | undefined => (typeof state === 'object' ? state : undefined);

/** A transaction on the `upload` row. */
function move(m: Memory, from: Upload, state: Upload['state']): Upload | null {
  if (m.upload.rev !== from.rev) return null;
  m.upload = { rev: from.rev + 1, state };
  return m.upload;
}

/** Elects the version, or that it never will be. */
function* elect(who: string, { list, base }: Completion, variant: UploadVariant) {
  const place = variant.fixed ? list : `${list} by ${who}`;
  for (;;) {
    const seen = yield* step(`looks for the version of ${list}`, ({ claim, tag, versions, fenced }: Memory) => {
      if (versions.includes(place)) return 'stored';
      return fenced.includes(list) ? 'failed' : { claim, tag };
    });
    if (typeof seen === 'string') return seen;
    const mayBe = base === 0 || base === seen.tag;
    if (!mayBe && !variant.fence) return 'failed';
    const won = yield* step(mayBe ? `elects ${list}` : `elects that ${list} never is`, (m: Memory) => {
      if (m.claim !== seen.claim) return false;
      m.claim++;
      m.tag++;
      if (mayBe) m.versions = [...m.versions, place].sort();
      else m.fenced = [...m.fenced, list].sort();
      return true;
    });
    if (won) return mayBe ? 'stored' : 'failed';
  }
}

/** All rows are removed above every timestamp that they are stored at. */
function* letGo() {
  const rows = yield* step('reads the parts', (m: Memory) => m.rows);
  yield* step('lets go of the parts', (m: Memory) => {
    for (const body of rows) free(m, body);
  });
}

function* end(row: Upload) {
  yield* letGo();
  yield* step('removes the parts and the upload', (m: Memory) => {
    m.closed = true;
    m.rows = [];
    move(m, row, 'gone');
  });
}

/** Finishes what was decided. Null: the upload was changed by others meanwhile. */
function* finish(who: string, row: Upload, variant: UploadVariant) {
  if (row.state === 'ending') yield* end(row);
  const completion = completionOf(row);
  if (completion === undefined) return row.state === 'open' ? 'open' : 'ended';
  const outcome = yield* elect(who, completion, variant);
  const next = yield* step(`upload of ${completion.list}: ${outcome}`, (m: Memory) =>
    move(m, row, outcome === 'stored' ? 'ending' : 'open'),
  );
  if (outcome === 'failed') return 'open';
  if (next !== null) yield* end(next);
  return 'ended';
}

const seeUpload = () => step('reads the upload', (m: Memory) => m.upload);

/** `exact`: only if the key is as it was when it was read. */
export function completer(name: string, exact: boolean, variant: UploadVariant): Process<Memory> {
  const drop = (m: Memory) => {
    m.lists[name] = 'dropped';
    m.unsettled = m.unsettled.filter((one) => one !== name);
  };
  function* program(): Program<Memory> {
    const tag = yield* step('reads the key', (m: Memory) => m.tag);
    const row = yield* seeUpload();
    if (row.state !== 'open') {
      yield* finish(name, row, variant);
      return;
    }
    const chosen = yield* step('reads the parts, composes', (m: Memory) => {
      const body = m.rows.at(-1);
      if (body === undefined || isGone(m, body)) return null;
      m.lists[name] = body;
      m.unsettled = [...m.unsettled, name].sort();
      if (!variant.references) m.lists[name] = 'dropped';
      return body;
    });
    if (chosen === null) return;
    const moved = yield* step('decides', (m: Memory) => move(m, row, { list: name, base: exact ? tag : 0 }));
    const outcome = moved === null ? 'open' : yield* finish(name, moved, variant);
    yield* step(outcome === 'ended' ? 'answers' : 'drops its list', (m: Memory) => {
      if (outcome !== 'ended') drop(m);
      else m.acknowledged.push(name);
      m.unsettled = m.unsettled.filter((one) => one !== name);
    });
  }
  return { name, program, mayCrash: true };
}

export function aborter(variant: UploadVariant): Process<Memory> {
  function* program(): Program<Memory> {
    const row = yield* seeUpload();
    if (row.state !== 'open') return;
    if (!variant.stateFirst) yield* letGo();
    const next = yield* step('ends it', (m: Memory) => move(m, row, 'ending'));
    if (next === null) return;
    if (variant.stateFirst) yield* end(next);
    else yield* step('removes the upload', (m: Memory) => void move(m, next, 'gone'));
  }
  return { name: 'abort', program, mayCrash: true };
}

/** The part is sent again. */
export function sender(variant: UploadVariant): Process<Memory> {
  function* program(): Program<Memory> {
    const before = yield* seeUpload();
    if (before.state !== 'open') return;
    yield* step('ledger, body', (m: Memory) => {
      m.sending = true;
      m.sent = true;
    });
    yield* step('stores the row of p2', (m: Memory) => {
      if (!m.closed) m.rows = [...m.rows, 'p2'];
    });
    const row = variant.lookAfter ? yield* seeUpload() : before;
    const now = row.state === 'open' ? 'open' : yield* finish('sender', row, variant);
    yield* step(now === 'open' ? 'lets go of p1' : 'takes p2 back', (m: Memory) => {
      if (now !== 'open') free(m, 'p2');
      else if (m.rows.includes('p2')) free(m, 'p1');
      m.sending = false;
    });
  }
  return { name: 'sender', program, mayCrash: true };
}

/** A blind put of the same key. */
export function rival(): Process<Memory> {
  function* program(): Program<Memory> {
    yield* step('puts the key', (m: Memory) => {
      m.tag++;
    });
  }
  return { name: 'put', program };
}

/** Ledger and notes: finishes uploads, then settles composed bodies and parts, each in its own time. */
function upkeep(variant: UploadVariant): Process<Memory> {
  function* program(): Program<Memory> {
    const ready = ({ upload, unsettled, sending }: Memory) =>
      typeof upload.state === 'object' || upload.state === 'ending' || unsettled.length > 0 || sending;
    const seen = yield* until('a day passes', ready, (m: Memory) => ({ row: m.upload, list: m.unsettled.at(0) }));
    if (seen.row.state !== 'open' && seen.row.state !== 'gone') yield* finish('upkeep', seen.row, variant);
    else if (seen.list !== undefined) {
      const { list } = seen;
      yield* step(`settles ${list}`, (m: Memory) => {
        if (!m.versions.some((place) => place.startsWith(list))) {
          m.fenced = [...new Set([...m.fenced, list])].sort();
          m.claim++;
          m.lists[list] = 'dropped';
        }
        m.unsettled = m.unsettled.filter((one) => one !== list);
      });
    } else
      yield* step('settles the part', (m: Memory) => {
        if (m.upload.state !== 'open' || !m.rows.includes('p2')) {
          free(m, 'p2');
          // In an upload that is open: a row of number 0 says so.
          m.closed = true;
        }
        m.sending = false;
      });
    yield* turn('again', () => undefined);
  }
  return { name: 'upkeep', program, daemon: true };
}

function wrong(m: Memory, variant: UploadVariant): string | undefined {
  if (m.versions.length > 1) return 'completed twice';
  const [place] = m.versions;
  const list = place?.split(' ')[0] ?? '';
  const body = m.lists[list];
  if (place !== undefined && variant.references && body === 'dropped') return 'the version names a dropped body';
  if (place !== undefined && !variant.references && m.freed.includes('p1')) return 'the body of a chosen part is gone';
  const lost = m.acknowledged.find((one) => !m.versions.some((version) => version.startsWith(one)));
  return lost === undefined ? undefined : `${lost} was acknowledged and is not there`;
}

/** Nothing is under way and nobody is to come. */
function leaked(m: Memory): string | undefined {
  const named = m.versions[0]?.split(' ')[0];
  const list = Object.entries(m.lists).find(([name, body]) => body !== 'dropped' && name !== named);
  if (list !== undefined) return `the composed body of ${list[0]} is kept for ever`;
  const isOver = m.upload.state === 'gone';
  const isFreed = m.freed.includes('p1') && (m.freed.includes('p2') || !m.sent);
  return isOver && !isFreed ? 'a part is kept for ever' : undefined;
}

export function uploads(
  name: string,
  processes: readonly Process<Memory>[],
  rest: { readonly variant: UploadVariant; readonly crashes: number },
): Model<Memory> {
  return {
    name,
    memory: {
      ...{ upload: { rev: 0, state: 'open' }, rows: ['p1'], freed: [], lists: {}, unsettled: [] },
      ...{ sending: false, sent: false, closed: false },
      ...{ tag: 1, claim: 0, versions: [], fenced: [], acknowledged: [] },
    },
    processes: [...processes, upkeep(rest.variant)],
    crashes: rest.crashes,
    invariant: (m) => wrong(m, rest.variant),
    atEnd: leaked,
  };
}
