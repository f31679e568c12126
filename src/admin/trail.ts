/**
 * Looking through the audit trail: by who did it, what, to what, and when. The trail is ordered by time alone, so what fits is
 * picked out on the way, and one look goes through `auditScanned` events at most: where it stopped is told, to go on from.
 * What happens to objects is in a trail of its own, which forgets (`Rows.scanActivity`); here both are one.
 */

import type { AuditEvent } from '../model/entities.ts';
import { integerIn } from '../wire/values.ts';
import { auditEvent, LOCAL, type Means } from './means.ts';
import type { Admin, Scrubbing, TrailQuery } from './types.ts';

const PAGE = 500;
/** Digits of the time at the beginning of an event's id (`model/audit.ts`). */
const TIME_DIGITS = 13;

export function trailMethods(means: Means): Pick<Admin, 'searchAudit' | 'lastScrub' | 'failures'> {
  return {
    searchAudit: (query) => search(means, query),
    lastScrub: () => lastScrub(means),
    failures: (query) => means.rows.scanActivity({ trail: 'failures', ...query }),
  };
}

async function search({ rows, limits }: Means, query: TrailQuery): ReturnType<Admin['searchAudit']> {
  const { account, limit, from = 0 } = query;
  const found: AuditEvent[] = [];
  let before = startOf(query);
  for (let scanned = 0; scanned < limits.auditScanned; ) {
    const place = { ...(account === undefined ? {} : { account }), ...(before === undefined ? {} : { before }) };
    const { events, behind } = await page(rows, { ...place, limit: PAGE });
    for (const event of events) {
      if (event.at < from) return { events: found, next: undefined };
      if (fits(event, query)) {
        // One more than wanted: there is a next page.
        if (found.length === limit) return { events: found, next: found.at(-1)?.id };
        found.push(event);
      }
    }
    if (behind === undefined) return { events: found, next: undefined };
    scanned += events.length;
    before = behind;
  }
  return { events: found, next: before };
}

/** Of both trails, as far as both are known. `behind` undefined: there is nothing further. */
async function page(rows: Means['rows'], query: Parameters<Means['rows']['scanAudit']>[0]) {
  const both = await Promise.all([rows.scanAudit(query), rows.scanActivity({ trail: 'objects', ...query })]);
  const ends = both.flatMap((events) => (events.length < query.limit ? [] : (events.at(-1)?.id ?? [])));
  const behind = ends.sort().at(-1);
  const known = both.flat().filter(({ id }) => behind === undefined || id >= behind);
  return { events: known.sort((a, b) => (a.id < b.id ? 1 : -1)), behind };
}

/** Behind what was seen already, and not later than was asked for. */
function startOf({ before, to }: TrailQuery): string | undefined {
  const latest = to === undefined ? undefined : String(to + 1).padStart(TIME_DIGITS, '0');
  if (latest === undefined || before === undefined) return latest ?? before;
  return before < latest ? before : latest;
}

function fits({ actor, action, target }: AuditEvent, { who, action: wanted, target: about }: TrailQuery): boolean {
  if (wanted !== undefined && action !== wanted && !(wanted.endsWith('.') && action.startsWith(wanted))) return false;
  if (about !== undefined && target !== about && !(about.endsWith('*') && target.startsWith(about.slice(0, -1)))) {
    return false;
  }
  if (who === undefined || who === actor.kind) return true;
  return actor.kind === 'account' && [actor.accountId, actor.name, actor.accessKeyId].includes(who);
}

// ------------------------------------------------------------------------------------------------------------- scrubs

const SCRUB = 'store.scrub';

/** That the whole store was read, and what of it. */
export async function noteScrub(
  means: Pick<Means, 'rows' | 'clock' | 'random'>,
  { healed, lost }: Omit<Scrubbing, 'at'>,
): Promise<void> {
  const details = { healed: `${healed}`, lost: `${lost}` };
  const event = auditEvent(means, LOCAL, { action: SCRUB, target: 'store', details });
  await means.rows.commit({ type: 'noteAudit', event });
}

/** Among the newest events: not worth a look at all of them. */
async function lastScrub({ rows }: Means): Promise<Scrubbing | undefined> {
  let before: string | undefined;
  for (let pages = 0; pages < SCRUB_PAGES; pages += 1) {
    const events = await rows.scanAudit({ limit: PAGE, ...(before === undefined ? {} : { before }) });
    const found = events.find(({ action }) => action === SCRUB);
    if (found !== undefined) return { at: found.at, healed: counted(found, 'healed'), lost: counted(found, 'lost') };
    before = events.at(-1)?.id;
    if (before === undefined || events.length < PAGE) return undefined;
  }
  return undefined;
}

const SCRUB_PAGES = 10;

const counted = ({ details }: AuditEvent, name: string): number =>
  integerIn(details[name] ?? '', 0, Number.MAX_SAFE_INTEGER) ?? 0;
