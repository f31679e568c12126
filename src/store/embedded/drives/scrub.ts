/** Reads every copy of every file and compares the rows of all drives; writes anew what is damaged and good elsewhere. */

import type { Scrubbed } from '../../port.ts';
import type { Batcher } from '../batcher.ts';
import { unseal } from '../codec.ts';
import type { Drive } from './drive.ts';
import type { Lead } from './lead.ts';
import type { MirrorFiles } from './mirror-files.ts';
import { compareStep, type Rescued } from './reconcile.ts';

const FILES_AT_ONCE = 256;

export interface ScrubContext {
  readonly lead: Lead;
  readonly files: MirrorFiles;
  readonly batcher: Batcher;
  /** For the operator: the object that a blob belongs to. */
  readonly nameOf: (blob: number) => Promise<string>;
}

export async function* scrub(context: ScrubContext): AsyncGenerator<Scrubbed> {
  const { lead } = context;
  for (const drive of lead.whole()) if (drive !== lead.lead()) yield* scrubRows(context, drive);
  yield* scrubFiles(context);
}

async function* scrubFiles({ lead, files, nameOf }: ScrubContext): AsyncGenerator<Scrubbed> {
  for (let next = 0; ; ) {
    const page = files.namedFrom(next, FILES_AT_ONCE);
    if (page.length === 0) return;
    for (const file of page) {
      next = file.blob + 1;
      for (const drive of lead.whole()) {
        const problem = await files.inspect(file, drive, true);
        if (problem === undefined || files.named(file.blob) === undefined) continue;
        const healed = await files.mend(file, drive);
        const subject = await nameOf(file.blob);
        yield { kind: 'body', subject, problem: `${problem} (blob ${file.blob} on ${drive.path})`, healed };
      }
    }
  }
}

async function* scrubRows({ lead, batcher }: ScrubContext, drive: Drive): AsyncGenerator<Scrubbed> {
  let place: Awaited<ReturnType<typeof compareStep>>['next'];
  do {
    const step = await compareStep(lead.lead(), drive, place);
    for (const { table, key } of step.different) {
      const problem = `it differed from the lead's on ${drive.path}`;
      yield { kind: 'row', subject: `row ${key.toString('hex')} of table ${table}`, problem, healed: true };
    }
    for (const rescued of step.rescued) {
      const problem = `it failed its checksum on ${lead.lead().path}`;
      const healed = await restore(batcher, rescued);
      yield { kind: 'row', subject: `row ${rescued.key.toString('hex')} of table ${rescued.table}`, problem, healed };
    }
    place = step.next;
  } while (place !== undefined);
}

/** Unless somebody wrote the row meanwhile. */
async function restore(batcher: Batcher, { table, key, row }: Rescued): Promise<boolean> {
  return batcher.run((transaction) => {
    const now = transaction.tables[table].raw(key);
    if (now === undefined || unseal(key, now) !== undefined) return true;
    transaction.putRaw(table, key, row);
    return true;
  });
}
