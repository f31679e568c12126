/**
 * What the engine relies on of the database, as data: statements, what they must answer, and what breaks if they don't.
 * Most of it is documented by Cassandra, some of it (equal timestamps) is an old habit of its insides; so it is checked
 * against real nodes in the tests, and by each front end before it trusts a cluster (`selftest.ts`).
 *
 * The tables `trial` and `trial_claim` are the engine's in small, beside its own. Each check uses keys of its own, so that it
 * can be repeated and run beside others. Left out: what needs several nodes (consistency levels, failures).
 */

/** A row as it is compared: blobs as `0x…`, numbers as numbers, absent as null. */
export type PlainRow = Readonly<Record<string, string | number | boolean | null>>;

export type Expectation =
  /** It succeeds, whatever it answers. */
  | { readonly kind: 'done' }
  /** Exactly these rows, in this order. */
  | { readonly kind: 'rows'; readonly rows: readonly PlainRow[] }
  /** The condition's outcome. */
  | { readonly kind: 'applied'; readonly applied: boolean }
  /** The server refuses the statement as invalid, and says so in these words. */
  | { readonly kind: 'refused'; readonly words: RegExp };

export interface Statement {
  /** `$shard` and `$key` are replaced by values of this run's own, `$n` by a racer's number from 1, `$region.` as always. */
  readonly cql: string;
  readonly expect: Expectation;
}

/** One thing at a time; the steps of a behaviour follow each other. */
export type Step =
  | (Statement & { readonly kind: 'one' })
  /** `racers` sent at once, each with another `$n`: one is applied, and all others are shown its row. */
  | { readonly kind: 'race'; readonly cql: string; readonly racers: number; readonly column: string }
  /** `readers` keep reading while `write` is made: each answer is `before` or `after`, and none is `before` at the end. */
  | {
      readonly kind: 'watch';
      readonly write: string;
      readonly read: string;
      readonly readers: number;
      readonly before: readonly PlainRow[];
      readonly after: readonly PlainRow[];
    };

export interface Behaviour {
  /** The promise, in a sentence. */
  readonly name: string;
  /** What of the engine rests on it. */
  readonly reason: string;
  readonly steps: readonly Step[];
}

function done(cql: string): Step {
  return { kind: 'one', cql, expect: { kind: 'done' } };
}

function rows(cql: string, ...expected: readonly PlainRow[]): Step {
  return { kind: 'one', cql, expect: { kind: 'rows', rows: expected } };
}

function applied(cql: string, outcome: boolean): Step {
  return { kind: 'one', cql, expect: { kind: 'applied', applied: outcome } };
}

function refused(cql: string, words: RegExp): Step {
  return { kind: 'one', cql, expect: { kind: 'refused', words } };
}

function put(key: string, value: string, timestamp: number | string): Step {
  return done(`INSERT INTO $region.trial (shard, k, v) VALUES ($shard, ${key}, ${value}) USING TIMESTAMP ${timestamp}`);
}

/** The largest timestamp there is. */
const MOST = '9223372036854775807';
const SENTINEL = '0x';
const STATES = 'SELECT st FROM $region.trial WHERE shard = $shard LIMIT 1';
const CLAIM = 'INSERT INTO $region.trial_claim (bucket, k, t, n, v) VALUES ($shard, $key, 7, 0, 0x0$n) IF NOT EXISTS';

function claims(...times: readonly number[]): string {
  const inserts = times.map(
    (t) => `INSERT INTO $region.trial_claim (bucket, k, t, n) VALUES ($shard, $key, ${t}, 0) IF NOT EXISTS;`,
  );
  return `BEGIN BATCH ${inserts.join(' ')} APPLY BATCH`;
}

const ORDER: readonly Behaviour[] = [
  {
    name: 'a larger timestamp wins, whichever arrives first',
    reason: 'a key is a register ordered by tags that the front ends choose; a late write must not hide a newer one',
    steps: [
      put('$key', '0x02', 2000),
      put('$key', '0xff', 1000),
      rows('SELECT v, writetime(v) AS t FROM $region.trial WHERE shard = $shard AND k = $key', { v: '0x02', t: 2000 }),
      put('$key', '0x00', 3000),
      rows('SELECT v FROM $region.trial WHERE shard = $shard AND k = $key', { v: '0x00' }),
    ],
  },
  {
    name: 'at equal timestamps the bytewise larger value wins, whichever arrives first',
    reason: 'conditional writes succeed each other at one timestamp; the counter in the first bytes orders them',
    steps: [
      ...[3, 1, 256, 255, 2].map((n) => put('$key', `0x${n.toString(16).padStart(8, '0')}aa`, 1000)),
      rows('SELECT v FROM $region.trial WHERE shard = $shard AND k = $key', { v: '0x00000100aa' }),
      put('$key', '0x00000100', 1000),
      rows('SELECT v FROM $region.trial WHERE shard = $shard AND k = $key', { v: '0x00000100aa' }),
      put('$key', '0x80000000', 1000),
      rows('SELECT v FROM $region.trial WHERE shard = $shard AND k = $key', { v: '0x80000000' }),
    ],
  },
  {
    name: 'at equal timestamps a deletion beats every value',
    reason:
      'the order above holds for live cells only, so listing tables take no deletes of cells: objects die by an overwrite',
    steps: [
      done('DELETE v FROM $region.trial USING TIMESTAMP 1000 WHERE shard = $shard AND k = $key'),
      put('$key', '0xff', 1000),
      rows('SELECT v FROM $region.trial WHERE shard = $shard AND k = $key', { v: null }),
    ],
  },
  {
    name: 'an empty value at the largest timestamp is a value like others, and stays',
    reason: 'removed versions are voided by it, so that no late write of the same row can bring them back',
    steps: [
      put('$key', '0x01', 1000),
      put('$key', '0x', MOST),
      put('$key', '0xff', 2000),
      rows('SELECT v FROM $region.trial WHERE shard = $shard AND k = $key', { v: '0x' }),
    ],
  },
  {
    name: "a shard's state, written with its own number as timestamp, never goes back",
    reason: 'several workers may move one shard at a time, each from where it believes the job to be',
    steps: [
      done('UPDATE $region.trial USING TIMESTAMP 3 SET st = 3 WHERE shard = $shard'),
      done('UPDATE $region.trial USING TIMESTAMP 2 SET st = 2 WHERE shard = $shard'),
      rows(STATES, { st: 3 }),
      done('UPDATE $region.trial USING TIMESTAMP 4 SET st = 4 WHERE shard = $shard'),
      done('UPDATE $region.trial USING TIMESTAMP 3 SET st = 3 WHERE shard = $shard'),
      rows(STATES, { st: 4 }),
    ],
  },
];

const CONDITIONS: readonly Behaviour[] = [
  {
    name: 'a conditional statement refuses USING TIMESTAMP',
    reason:
      'conditions cannot be ordered by our tags, so they have a table of their own and never touch the listing tables',
    steps: [
      refused(`${CLAIM.replace('$n', '1')} USING TIMESTAMP 5`, /custom timestamp for conditional/),
      refused(
        'UPDATE $region.trial USING TIMESTAMP 5 SET v = 0x01 WHERE shard = $shard AND k = $key IF EXISTS',
        /custom timestamp for conditional/,
      ),
    ],
  },
  {
    name: 'of racing INSERTs IF NOT EXISTS one is applied, and the others are shown its row',
    reason: 'the claim elects the successor of a version; losers finish the write of the winner, and so need it',
    steps: [{ kind: 'race', cql: CLAIM, racers: 3, column: 'v' }, applied(CLAIM.replace('$n', '9'), false)],
  },
  {
    name: 'a conditional batch over rows of one partition is applied whole or not at all',
    reason: 'a job is written into all rows of the shard map that it concerns, or somebody else has one of them',
    steps: [
      applied(claims(1, 2), true),
      applied(claims(3, 2), false),
      rows('SELECT t FROM $region.trial_claim WHERE bucket = $shard AND k = $key', { t: 1 }, { t: 2 }),
    ],
  },
  {
    name: 'a conditional batch over two tables is refused',
    reason: 'a condition and the write that it decides are two steps, with help for a winner that died between them',
    steps: [
      refused(
        `BEGIN BATCH ${CLAIM.replace('$n', '1')}; INSERT INTO $region.trial (shard, k, v) VALUES ($shard, $key, 0x01); APPLY BATCH`,
        /conditions cannot span multiple tables/,
      ),
    ],
  },
];

const SEALED = { st: 3, k: SENTINEL, v: null };
const RETIRED = { st: 4, k: SENTINEL, v: null };
const DROP = `BEGIN UNLOGGED BATCH
  INSERT INTO $region.trial (shard, k) VALUES ($shard, ${SENTINEL}) USING TIMESTAMP 4;
  UPDATE $region.trial USING TIMESTAMP 4 SET st = 4, nxt = 0x02 WHERE shard = $shard;
  DELETE FROM $region.trial USING TIMESTAMP ${MOST} WHERE shard = $shard AND k > ${SENTINEL};
  APPLY BATCH`;

const PARTITIONS: readonly Behaviour[] = [
  {
    name: 'a batch that drops all rows above the sentinel and rewrites the state is seen whole or not at all',
    reason:
      'a reader that finds a shard empty must learn from the same answer that it is retired, and where its keys went',
    steps: [
      done(`INSERT INTO $region.trial (shard, k, st) VALUES ($shard, ${SENTINEL}, 3) USING TIMESTAMP 3`),
      put('0x61', '0x01', 1000),
      put('0x62', '0x02', 2000),
      {
        kind: 'watch',
        write: DROP,
        read: 'SELECT st, k, v FROM $region.trial WHERE shard = $shard',
        readers: 8,
        before: [SEALED, { st: 3, k: '0x61', v: '0x01' }, { st: 3, k: '0x62', v: '0x02' }],
        after: [RETIRED],
      },
      put('0x63', '0x03', 3000),
      rows('SELECT st, k, v FROM $region.trial WHERE shard = $shard', RETIRED),
    ],
  },
  {
    name: 'one query by keys answers the state and the row',
    reason: 'state and row in one read, or a write between two reads could be missed',
    steps: [
      done(`INSERT INTO $region.trial (shard, k, st, nxt) VALUES ($shard, ${SENTINEL}, 2, 0x07) USING TIMESTAMP 2`),
      put('0x61', '0x01', 1000),
      rows(
        `SELECT k, st, nxt, v FROM $region.trial WHERE shard = $shard AND k IN (${SENTINEL}, 0x61)`,
        { k: SENTINEL, st: 2, nxt: '0x07', v: null },
        { k: '0x61', st: 2, nxt: '0x07', v: '0x01' },
      ),
      rows(`SELECT k, st, v FROM $region.trial WHERE shard = $shard AND k IN (${SENTINEL}, 0x62)`, {
        k: SENTINEL,
        st: 2,
        v: null,
      }),
      refused(`SELECT st FROM $region.trial WHERE shard = $shard AND k = ${SENTINEL}`, /selecting only static columns/),
    ],
  },
  {
    name: 'a page of keys carries the state on each row, and an empty page carries none',
    reason: 'a listing judges the shard by its page; where a page is empty it must ask for the sentinel',
    steps: [
      done(`INSERT INTO $region.trial (shard, k, st) VALUES ($shard, ${SENTINEL}, 2) USING TIMESTAMP 2`),
      put('0x61', '0x01', 1000),
      put('0x62', '0x02', 1000),
      rows(
        'SELECT k, st FROM $region.trial WHERE shard = $shard AND k > 0x60 LIMIT 2',
        { k: '0x61', st: 2 },
        { k: '0x62', st: 2 },
      ),
      rows('SELECT k, st FROM $region.trial WHERE shard = $shard AND k > 0x62 LIMIT 2'),
    ],
  },
  {
    name: 'keys are ordered as unsigned bytes, a prefix before what it begins',
    reason: "S3 lists keys in the order of their UTF-8 bytes; the database's order is the listing's",
    steps: [
      ...['0xc3a9', '0x7f', '0x61', '0x6100', '0x61ff', '0x80', '0xff'].map((key) => put(key, '0x01', 1000)),
      rows(
        'SELECT k FROM $region.trial WHERE shard = $shard',
        ...['0x61', '0x6100', '0x61ff', '0x7f', '0x80', '0xc3a9', '0xff'].map((k) => ({ k })),
      ),
    ],
  },
];

export const BEHAVIOURS: readonly Behaviour[] = [...ORDER, ...CONDITIONS, ...PARTITIONS];
