/** Looking through the audit trail: by who, what, to what and when, in pages and as a table. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { AuditEvent } from '../../src/model/entities.ts';
import { member, startApi, text } from '../support/api-world.ts';
import { rawRequest } from '../support/raw-client.ts';

const AT = Date.UTC(2020, 0, 1);

/** Events of one a second, the first at `AT`. */
async function world(t: TestContext, events: readonly Partial<AuditEvent>[], auditScanned = 20_000) {
  const api = await startApi(t, { limits: { auditScanned, auditTableRows: 3 } });
  const { id: accountId, name } = api.ana.account;
  for (const [second, more] of events.entries()) {
    const at = AT + 1000 * second;
    const id = `${String(at).padStart(13, '0')}-${String(second).padStart(16, '0')}`;
    const plain = {
      actor: { kind: 'account', accountId, name },
      action: 'key.create',
      target: 'K',
      accountId,
    } as const;
    const event: AuditEvent = { ...{ id, at, from: '192.0.2.7', details: {} }, ...plain, ...more };
    await api.engine.rows.commit({ type: 'noteAudit', event });
  }
  const look = async (query: string, path = '/audit') => {
    const { json } = await api.call('GET', `${path}?to=2020-02-01T00:00:00Z${query}`, { as: api.olga });
    const found: readonly unknown[] = Object(member(json, 'events'));
    return { at: found.map((event) => (Date.parse(text(event, 'at')) - AT) / 1000), next: member(json, 'next') };
  };
  return { ...api, look };
}

test('events are found by who, what, to what and when', async (t) => {
  const { look, ana } = await world(t, [
    {},
    { action: 'key.revoke', target: 'L' },
    { actor: { kind: 'local' }, action: 'account.change', target: 'ana' },
    { target: 'photos/a', action: 'object.DeleteObject', accountId: 'somebody' },
    { target: 'photos/b', action: 'object.DeleteObject' },
  ]);
  const cases: readonly (readonly [string, readonly number[]])[] = [
    ['', [4, 3, 2, 1, 0]],
    ['&who=ana', [4, 3, 1, 0]],
    [`&who=${ana.account.id}&action=key.`, [1, 0]],
    ['&who=local', [2]],
    ['&action=key.revoke', [1]],
    ['&action=key', []],
    ['&target=photos/*', [4, 3]],
    ['&target=photos/a', [3]],
    ['&from=2020-01-01T00:00:01Z', [4, 3, 2, 1]],
    ['&from=2020-01-01T00:00:01Z&action=key.', [1]],
  ];
  for (const [query, wanted] of cases) assert.deepEqual((await look(query)).at, wanted, query);
  assert.deepEqual((await look('&action=object.DeleteObject', '/accounts/ana/audit')).at, [4]);
});

test('pages follow one another, also where one look finds nothing', async (t) => {
  const many = Array.from({ length: 1100 }, (_, at) => (at % 400 === 0 ? { action: 'key.revoke' } : {}));
  const { look } = await world(t, many, 500);
  const found: number[] = [];
  let next: unknown = '';
  let looks = 0;
  do {
    const page = await look(`&action=key.revoke&limit=1${next === '' ? '' : `&before=${next}`}`);
    found.push(...page.at);
    next = page.next;
    looks += 1;
  } while (next !== undefined);
  assert.deepEqual(found, [800, 400, 0]);
  assert.equal(looks, 3);
});

test('a table is safe to open, and says where it was cut', async (t) => {
  const details = { note: 'a "b", c' };
  const { origin, olga } = await world(t, [{}, { target: '=1+1', details }, { actor: { kind: 'stranger' } }, {}]);
  const get = (query: string) =>
    rawRequest({
      origin,
      method: 'GET',
      target: `/api/v1/audit?${query}`,
      headers: { authorization: `Bearer ${olga.bearer}` },
    });
  const { headers, body } = await get('format=csv&to=2020-01-01T00:00:02Z');
  assert.deepEqual(
    [headers['content-type'], headers['content-disposition'], headers['x-content-type-options']],
    ['text/csv; charset=utf-8', 'attachment; filename="audit.csv"', 'nosniff'],
  );
  assert.deepEqual(`${body}`.split('\r\n'), [
    'time,who,accessKeyId,action,target,from,requestId,details',
    '2020-01-01T00:00:02.000Z,stranger,,key.create,K,192.0.2.7,,',
    `2020-01-01T00:00:01.000Z,ana,,key.create,'=1+1,192.0.2.7,,"note: a ""b"", c"`,
    '2020-01-01T00:00:00.000Z,ana,,key.create,K,192.0.2.7,,',
    '',
  ]);
  assert.match(`${(await get('format=csv')).body}`, /There may be more: choose a shorter time\.\r\n$/);
});
