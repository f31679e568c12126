/** `moraine audit`: who did what to accounts, keys and buckets, newest first. */

import { LIMITS } from '../base/limits.ts';
import type { AuditActor, AuditEvent } from '../model/entities.ts';
import { integerIn } from '../wire/values.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { columns, print, time } from './print.ts';
import { STORE_SETTINGS, withStore } from './store.ts';

const DEFAULT_LIMIT = '50';

export const audit: Command = {
  name: 'audit',
  summary: 'Shows what was done to accounts, keys and buckets: when, by whom, from where. Newest first.',
  positionals: [],
  options: [
    { name: 'account', value: 'ACCOUNT', help: 'Only what concerns this account (name or id).' },
    {
      name: 'limit',
      value: 'COUNT',
      help: `How many events, at most ${LIMITS.pageEntries}. Default: ${DEFAULT_LIMIT}.`,
    },
    { name: 'before', value: 'ID', help: 'Only what came before this event: its id, which --json shows.' },
    { name: 'json', help: 'JSON instead of text.' },
  ],
  settings: STORE_SETTINGS,
  run: (context, input) => {
    const { options } = input;
    const limit = integerIn(options.get('limit') ?? DEFAULT_LIMIT, 1, LIMITS.pageEntries);
    if (limit === undefined) throw new UsageError(`--limit must be a number from 1 to ${LIMITS.pageEntries}`);
    return withStore(context, input, async ({ admin }) => {
      const name = options.get('account');
      const account = name === undefined ? undefined : (await admin.account(name)).id;
      const before = options.get('before');
      const { events } = await admin.searchAudit({ account, before, limit });
      print(context, options, events.map(eventView), eventTable(events));
      return EXIT.ok;
    });
  },
};

const eventView = (event: AuditEvent) => ({ ...event, at: time(event.at) });

function eventTable(events: readonly AuditEvent[]): string {
  if (events.length === 0) return 'nothing\n';
  const rows = events.map((event) => [
    time(event.at),
    actorText(event.actor),
    event.from,
    event.action,
    event.target,
    Object.entries(event.details)
      .map(([name, value]) => `${name}: ${value}`)
      .join('; '),
  ]);
  return columns(['TIME', 'WHO', 'FROM', 'WHAT', 'TO', 'DETAILS'], rows);
}

function actorText(actor: AuditActor): string {
  switch (actor.kind) {
    case 'local':
      return 'command line';
    case 'stranger':
      return 'nobody known';
    case 'account':
      return actor.accessKeyId === undefined ? actor.name : `${actor.name} (${actor.accessKeyId})`;
  }
}
