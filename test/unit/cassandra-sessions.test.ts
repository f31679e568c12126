/** Sessions over a driver that fails as told: what is sent again, what is known of a write that failed, what rows become. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import cassandra from 'cassandra-driver';
import type { Clock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { RegionClient } from '../../src/store/cassandra/database/driver.ts';
import { createSessions, homeOf } from '../../src/store/cassandra/database/sessions.ts';
import type { Statement, Value } from '../../src/store/cassandra/database/types.ts';
import { Unavailable } from '../../src/store/port.ts';

const { ResponseError, OperationTimedOutError, NoHostAvailableError } = cassandra.errors;
const { responseErrorCodes: codes, consistencies } = cassandra.types;

const writeTimeout = () => new ResponseError(codes.writeTimeout, 'write timeout');
const unavailable = () => new ResponseError(codes.unavailableException, 'not enough replicas');
const nobody = () => new NoHostAvailableError({ '127.0.0.1:9042': new Error('refused') });
const clientTimeout = () => new OperationTimedOutError('no answer', '127.0.0.1:9042');
const socketError = () => Object.assign(new Error('closed'), { isSocketError: true });
const unknownPaxos = () => new ResponseError(0x1700, 'CAS operation timed out');

type Answer = Error | readonly Readonly<Record<string, unknown>>[];
interface Sent {
  readonly cql: string | readonly string[];
  readonly options: cassandra.QueryOptions;
}

/** Each wait passes at once, on this clock. */
function world(answers: readonly Answer[], refusal?: () => string | undefined, pageState?: string) {
  const sent: Sent[] = [];
  const late: string[] = [];
  let now = 0;
  const clock: Clock = { now: () => now, monotonic: () => now };
  const wait = async (milliseconds: number) => {
    now += milliseconds;
  };
  const next = (cql: Sent['cql'], options: cassandra.QueryOptions) => {
    const answer = answers[sent.length] ?? answers.at(-1);
    sent.push({ cql, options });
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error('nothing was to be sent');
    return { rows: answer, pageState };
  };
  const client = {
    execute: async (cql: string, _: Value[], options: cassandra.QueryOptions) => next(cql, options),
    batch: async (queries: readonly { query: string }[], options: cassandra.QueryOptions) =>
      next(
        queries.map(({ query }) => query),
        options,
      ),
  };
  const connection = {
    client,
    dataCentre: 'dc1',
    centres: ['dc1'],
    late: (address: string) => late.push(address),
  } as unknown as RegionClient;
  const options = { contactPoints: ['n1'], dataCentre: 'dc1', prefix: 'p', regions: { eu: ['dc1'] } };
  const sessions = createSessions(new Map([['eu', connection]]), {
    ...options,
    clock,
    wait,
    random: systemRandom,
    ...(refusal === undefined ? {} : { refusal }),
  });
  return { session: sessions.home, sent, late };
}

const READ: Statement = {
  cql: 'SELECT v FROM $region.head WHERE shard = ? AND k = ? LIMIT 1',
  consistency: 'local-quorum',
  kind: 'read',
  idempotent: true,
  profile: 'meta',
  reason: 'a test',
};
const WRITE: Statement = { ...READ, cql: 'INSERT INTO $global.account (id) VALUES (?)', kind: 'write' };
const ONCE: Statement = { ...WRITE, idempotent: false };
const CAS: Statement = { ...WRITE, cql: 'INSERT INTO $region.claim (id) VALUES (?) IF NOT EXISTS', kind: 'cas' };

async function failure(work: Promise<unknown>): Promise<Unavailable> {
  const error = await work.then(
    () => assert.fail('it succeeded'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Unavailable, String(error));
  return error;
}

test('statements name the keyspaces of their region, are prepared, and say their consistency', async () => {
  const { session, sent } = world([[]]);
  await session.read(READ, []);
  await session.read({ ...READ, consistency: 'local-serial' }, []);
  await session.write(WRITE, []);
  assert.equal(sent[0]?.cql, 'SELECT v FROM p_r_eu.head WHERE shard = ? AND k = ? LIMIT 1');
  assert.equal(sent[2]?.cql, 'INSERT INTO p_global.account (id) VALUES (?)');
  assert.deepEqual(
    sent.map(({ options }) => [options.prepare, options.consistency]),
    [
      [true, consistencies.localQuorum],
      [true, consistencies.localSerial],
      [true, consistencies.localQuorum],
    ],
  );
});

test('only reads that are no part of an agreement may go to two nodes at a time', async () => {
  const { session, sent } = world([[{ '[applied]': true }]]);
  await session.read(READ, []);
  await session.read({ ...READ, consistency: 'serial' }, []);
  await session.write(WRITE, []);
  await session.cas(CAS, [], () => false);
  assert.deepEqual(
    sent.map(({ options }) => options.isIdempotent),
    [true, false, false, false],
  );
});

test('a transaction agrees where it commits', async () => {
  const { session, sent } = world([[{ '[applied]': true }]]);
  await session.cas(CAS, [], () => false);
  await session.cas({ ...CAS, consistency: 'quorum' }, [], () => false);
  assert.deepEqual(
    sent.map(({ options }) => options.serialConsistency),
    [consistencies.localSerial, consistencies.serial],
  );
});

test('rows are plain: null is absent, uuids are text, other values as they are', async () => {
  const id = cassandra.types.Uuid.fromString('00000000-0000-4000-8000-000000000001');
  const { session } = world([[{ id, v: null, t: 5n, n: 3, name: 'x', k: Buffer.from('k'), ok: true }]]);
  assert.deepEqual(await session.read(READ, []), [
    { id: '00000000-0000-4000-8000-000000000001', t: 5n, n: 3, name: 'x', k: Buffer.from('k'), ok: true },
  ]);
});

test('a read is made again, and one that goes on failing has changed nothing', async () => {
  for (const error of [writeTimeout(), unavailable(), nobody(), clientTimeout(), socketError()]) {
    const once = world([error, [{ n: 1 }]]);
    assert.deepEqual(await once.session.read(READ, []), [{ n: 1 }]);
    const always = world([error]);
    assert.equal((await failure(always.session.read(READ, []))).mayHaveApplied, false);
    assert.ok(always.sent.length > 1 && always.sent.length <= 10);
  }
});

test('a write that surely was not made says so, and one that may have been says that', async () => {
  const cases: readonly (readonly [Error, boolean])[] = [
    [unavailable(), false],
    [nobody(), false],
    [new ResponseError(codes.overloaded, ''), false],
    [new ResponseError(codes.isBootstrapping, ''), false],
    [Object.assign(socketError(), { requestNotWritten: true }), false],
    [writeTimeout(), true],
    [new ResponseError(codes.writeFailure, ''), true],
    [new ResponseError(codes.serverError, ''), true],
    [clientTimeout(), true],
    [socketError(), true],
  ];
  for (const [error, mayHaveApplied] of cases) {
    for (const statement of [WRITE, ONCE]) {
      const { session, sent } = world([error]);
      assert.equal((await failure(session.write(statement, []))).mayHaveApplied, mayHaveApplied, error.message);
      assert.equal(sent.length === 1, mayHaveApplied && statement === ONCE);
    }
  }
});

test('an earlier try of unknown outcome is not forgotten over a later one that was refused', async () => {
  const { session } = world([writeTimeout(), unavailable()]);
  assert.equal((await failure(session.write(WRITE, []))).mayHaveApplied, true);
});

test('a batch is repeated only when all of it may be', async () => {
  const all = world([writeTimeout(), []]);
  await all.session.batch([
    [WRITE, []],
    [WRITE, []],
  ]);
  assert.equal(all.sent.length, 2);
  assert.equal(all.sent[0]?.options.logged, false);
  const some = world([writeTimeout(), []]);
  const twice = [[WRITE, []] as const, [ONCE, []] as const];
  assert.equal((await failure(some.session.batch(twice))).mayHaveApplied, true);
  assert.equal(some.sent.length, 1);
});

test('what the server calls invalid is a mistake of ours, not an outage', async () => {
  const tooBig = new ResponseError(codes.invalid, 'Request is too big');
  const { session, sent } = world([tooBig]);
  await assert.rejects(session.write(WRITE, []), (error) => error === tooBig);
  assert.equal(sent.length, 1);
});

test('an answer that does not fit on a page is a mistake of ours', async () => {
  const { session } = world([[]], undefined, 'more');
  await assert.rejects(session.read(READ, []), /without a LIMIT/);
});

test('a node that is cut off from the others, or busy, is asked last for a while', async () => {
  for (const error of [unavailable(), writeTimeout(), new ResponseError(codes.overloaded, '')]) {
    const { session, late } = world([Object.assign(error, { coordinator: '127.0.0.1:9042' }), []]);
    await session.read(READ, []);
    assert.deepEqual(late, ['127.0.0.1:9042']);
  }
});

test('a node that does not answer in time is asked last for a while', async () => {
  const { session, late } = world([clientTimeout(), []]);
  await session.write(WRITE, []);
  assert.deepEqual(late, ['127.0.0.1:9042']);
});

const APPLIED = [{ '[applied]': true }];
const THEIRS = [{ '[applied]': false, id: 'theirs' }];
const OURS = [{ '[applied]': false, id: 'ours' }];
const isOurs = (row: Readonly<Record<string, unknown>>) => row.id === 'ours';

test('a transaction tells whether it was applied, and otherwise what was there', async () => {
  assert.deepEqual(await world([APPLIED]).session.cas(CAS, [], isOurs), { applied: true, row: undefined });
  const refused = await world([THEIRS]).session.cas(CAS, [], isOurs);
  assert.deepEqual(refused, { applied: false, row: { id: 'theirs' } });
  // Even its own row: nothing was in doubt, so it was there before.
  assert.equal((await world([OURS]).session.cas(CAS, [], isOurs)).applied, false);
  const none = await world([[{ '[applied]': false }]]).session.cas(CAS, [], isOurs);
  assert.deepEqual(none, { applied: false, row: undefined });
});

test('a transaction of unknown outcome is sent again, and its own row means that it was applied', async () => {
  for (const error of [writeTimeout(), clientTimeout(), socketError(), unknownPaxos()]) {
    const { session, sent } = world([error, error, OURS]);
    assert.equal((await session.cas(CAS, [], isOurs)).applied, true);
    assert.equal(sent.length, 3);
  }
  assert.equal((await world([writeTimeout(), APPLIED]).session.cas(CAS, [], isOurs)).applied, true);
});

test("after an unknown outcome another's row proves nothing: ours may have been there before it", async () => {
  const error = await failure(world([writeTimeout(), THEIRS]).session.cas(CAS, [], isOurs));
  assert.equal(error.mayHaveApplied, true);
  // Where the first try surely was not applied, it proves that the second was not either.
  assert.equal((await world([unavailable(), THEIRS]).session.cas(CAS, [], isOurs)).applied, false);
});

test('a removal may take no row at all for its own', async () => {
  const gone = [{ '[applied]': false }];
  const { session } = world([writeTimeout(), gone]);
  assert.equal((await session.cas(CAS, [], (row) => row.id === undefined)).applied, true);
});

test('a transaction that never becomes known ends, and says whether it may have been applied', async () => {
  assert.equal((await failure(world([unknownPaxos()]).session.cas(CAS, [], isOurs))).mayHaveApplied, true);
  assert.equal((await failure(world([unavailable()]).session.cas(CAS, [], isOurs))).mayHaveApplied, false);
});

test('a transaction over several rows shows all that it met', async () => {
  const rows = [
    { '[applied]': false, id: 'a' },
    { '[applied]': false, id: 'ours' },
  ];
  const { session, sent } = world([rows]);
  const twice = [[CAS, []] as const, [CAS, []] as const];
  const outcome = await session.casBatch(twice, () => false);
  assert.deepEqual(outcome, { applied: false, rows: [{ id: 'a' }, { id: 'ours' }] });
  assert.equal(sent[0]?.cql.length, 2);
});

test('nothing is written while that is refused, and reads go on', async () => {
  const { session, sent } = world([[]], () => 'the clock is wrong');
  for (const work of [
    session.write(WRITE, []),
    session.batch([[WRITE, []]]),
    session.cas(CAS, [], isOurs),
    session.casBatch([[CAS, []]], () => false),
  ]) {
    const error = await failure(work);
    assert.deepEqual([error.message, error.mayHaveApplied], ['the clock is wrong', false]);
  }
  await session.read(READ, []);
  assert.equal(sent.length, 1);
});

test('home is the region that has the data centre first, or the one that is named', () => {
  const regions = { a: ['dc1', 'dc2'], b: ['dc2'] };
  assert.equal(homeOf({ dataCentre: 'dc2', regions }), 'b');
  assert.equal(homeOf({ dataCentre: 'dc1', regions, home: 'b' }), 'b');
  assert.throws(() => homeOf({ dataCentre: 'dc3', regions }), RangeError);
});
