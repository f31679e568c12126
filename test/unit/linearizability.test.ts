/** The judge of histories accepts what one copy could have answered, and nothing else. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Action, judge, type Operation, type Outcome } from '../support/linearizability.ts';

/** An operation from `start` to `end` on one key. */
function at(start: number, end: number, action: Action, key = 'key'): Operation {
  return { key, client: 'client', start, end, action };
}
const put = (value: string, outcome: 'applied' | 'unknown' = 'applied'): Action => ({ type: 'put', value, outcome });
const remove = (outcome: 'applied' | 'unknown' = 'applied'): Action => ({ type: 'delete', outcome });
const create = (value: string, outcome: Outcome): Action => ({ type: 'create', value, outcome });
const replace = (base: string, value: string, outcome: Outcome): Action => ({ type: 'replace', base, value, outcome });
const get = (found?: string): Action => ({ type: 'get', found });
const glimpse = (found?: string): Action => ({ type: 'glimpse', found });

const legal: Readonly<Record<string, readonly Operation[]>> = {
  'nothing was done': [],
  'absent until written, and absent after the delete': [
    at(0, 1, get()),
    at(2, 3, put('a')),
    at(4, 5, get('a')),
    at(6, 7, remove()),
    at(8, 9, get()),
  ],
  'readers during a write see either': [at(0, 10, put('a')), at(1, 2, get()), at(3, 4, get('a')), at(5, 6, get('a'))],
  'of two writes at once either is last': [at(0, 10, put('a')), at(0, 10, put('b')), at(11, 12, get('a'))],
  'an unknown write that was applied': [at(0, 5, put('a', 'unknown')), at(6, 7, get('a'))],
  'an unknown write that never was': [at(0, 5, put('a', 'unknown')), at(6, 7, get()), at(8, 9, get())],
  'an unknown write that is applied long after its client gave up': [
    at(0, 1, put('a')),
    at(2, 3, put('b', 'unknown')),
    at(4, 5, get('a')),
    at(6, 7, get('b')),
  ],
  'an unknown delete that is applied late': [
    at(0, 1, put('a')),
    at(2, 3, remove('unknown')),
    at(4, 5, get('a')),
    at(6, 7, get()),
  ],
  'an unknown write that nobody saw explains a refused creation': [
    at(0, 1, put('a', 'unknown')),
    at(2, 3, create('b', 'refused')),
    at(4, 5, remove()),
    at(6, 7, get()),
  ],
  'one of two creations wins': [
    at(0, 9, create('a', 'applied')),
    at(0, 9, create('b', 'refused')),
    at(10, 11, get('a')),
  ],
  'a creation wins after a delete': [
    at(0, 1, create('a', 'applied')),
    at(2, 9, remove()),
    at(2, 9, create('b', 'applied')),
    at(10, 11, get('b')),
  ],
  'a replacement of what was seen, and one that came too late': [
    at(0, 1, put('a')),
    at(2, 9, replace('a', 'b', 'applied')),
    at(2, 9, replace('a', 'c', 'refused')),
    at(10, 11, get('b')),
  ],
  'a base proves an unknown write': [
    at(0, 1, put('a', 'unknown')),
    at(2, 3, replace('a', 'b', 'applied')),
    at(4, 5, get('b')),
  ],
  'listings disagree about a write that is not acknowledged': [
    at(0, 10, put('a')),
    at(1, 2, glimpse('a')),
    at(3, 4, glimpse()),
    at(11, 12, glimpse('a')),
  ],
  'keys are independent': [at(0, 1, put('a'), 'one'), at(2, 3, get(), 'two')],
};

const illegal: Readonly<Record<string, readonly Operation[]>> = {
  'an acknowledged write is lost': [at(0, 1, put('a')), at(2, 3, get())],
  'an acknowledged delete is undone': [at(0, 1, put('a')), at(2, 3, remove()), at(4, 5, get('a'))],
  'a read is stale': [at(0, 1, put('a')), at(2, 3, put('b')), at(4, 5, get('a'))],
  'a value is seen and then not any more': [at(0, 10, put('a')), at(1, 2, get('a')), at(3, 4, get())],
  'an older write comes back': [at(0, 1, put('a')), at(2, 3, put('b')), at(4, 5, get('b')), at(6, 7, get('a'))],
  'an unknown write that was seen and comes back after a later one': [
    at(0, 1, put('a', 'unknown')),
    at(2, 3, get('a')),
    at(4, 5, put('b')),
    at(6, 7, get('a')),
  ],
  'a value that nobody wrote': [at(0, 1, get('ghost'))],
  'a value from the future': [at(0, 1, get('a')), at(2, 3, put('a'))],
  'two creations win': [at(0, 9, create('a', 'applied')), at(0, 9, create('b', 'applied'))],
  'two replacements of one version win': [
    at(0, 1, put('a')),
    at(2, 9, replace('a', 'b', 'applied')),
    at(2, 9, replace('a', 'c', 'applied')),
  ],
  'a refused creation where nothing ever was': [at(0, 1, create('a', 'refused'))],
  'a refused replacement of what was there all the time': [at(0, 1, put('a')), at(2, 3, replace('a', 'b', 'refused'))],
  'a refused write took effect': [at(0, 1, put('a')), at(2, 3, create('b', 'refused')), at(4, 5, get('b'))],
  'a creation replaces': [at(0, 1, put('a')), at(2, 3, create('b', 'applied'))],
  'a listing misses what was acknowledged before it began': [at(0, 1, put('a')), at(2, 3, glimpse())],
  'a listing shows what was replaced before it began': [at(0, 1, put('a')), at(2, 3, put('b')), at(4, 5, glimpse('a'))],
  'a listing shows what was deleted before it began': [at(0, 1, put('a')), at(2, 3, remove()), at(4, 5, glimpse('a'))],
};

for (const [name, history] of Object.entries(legal))
  test(`accepted: ${name}`, () => assert.deepEqual(judge(history), []));

for (const [name, history] of Object.entries(illegal))
  test(`rejected: ${name}`, () => assert.notDeepEqual(judge(history), []));

test('a verdict names the key, what was there, and what cannot be', () => {
  const [verdict = ''] = judge([at(0, 1, put('a')), at(2, 3, get())]);
  assert.match(verdict, /^key: with a there, none of these can be explained:\n.*get: nothing\n/);
});

// ---------------------------------------------------------------------------------------------------- made histories

/** What a client would do, and how long each part of it takes. */
const intent = fc.record({
  client: fc.integer({ min: 0, max: 4 }),
  kind: fc.constantFrom(
    'put' as const,
    'put' as const,
    'get' as const,
    'get' as const,
    'delete' as const,
    'create' as const,
    'replace' as const,
  ),
  before: fc.integer({ min: 0, max: 20 }),
  wait: fc.integer({ min: 0, max: 20 }),
  later: fc.integer({ min: 0, max: 20 }),
  /** The answer is lost. */
  lost: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
  /** And so was the request. */
  never: fc.boolean(),
});
type Intent = typeof intent extends fc.Arbitrary<infer I> ? I : never;

/** What one copy would have answered to these clients: each operation takes effect at a moment within its time. */
function historyOf(intents: readonly Intent[]): readonly Operation[] {
  const free = new Map<number, number>();
  const planned = intents.map((one, index) => {
    const start = (free.get(one.client) ?? 0) + one.before + 0.001 * index;
    const moment = start + one.wait + 0.1;
    const end = moment + one.later + 0.1;
    free.set(one.client, end + 0.1);
    return { ...one, index, start, moment, end };
  });
  let value: string | undefined;
  const last = new Map<number, string>();
  const history: Operation[] = [];
  for (const one of planned.sort((a, b) => a.moment - b.moment)) {
    const base = last.get(one.client) ?? 'never written';
    const action = actionOf(one.kind, `v${one.index}`, base, value);
    const lost = one.lost && action.type !== 'get';
    const happens = !(lost && one.never);
    if (happens && 'outcome' in action && action.outcome === 'applied')
      value = action.type === 'delete' ? undefined : action.value;
    if (action.type === 'get' && action.found !== undefined) last.set(one.client, action.found);
    const known: Action = one.lost && action.type !== 'get' ? { ...action, outcome: 'unknown' } : action;
    history.push({ key: 'key', client: String(one.client), start: one.start, end: one.end, action: known });
  }
  return history;
}

function actionOf(kind: Intent['kind'], value: string, base: string, there: string | undefined) {
  if (kind === 'get') return { type: 'get', found: there } as const;
  if (kind === 'delete') return { type: 'delete', outcome: 'applied' } as const;
  if (kind === 'put') return { type: 'put', value, outcome: 'applied' } as const;
  if (kind === 'create') {
    return { type: 'create', value, outcome: there === undefined ? 'applied' : 'refused' } as const;
  }
  return { type: 'replace', base, value, outcome: there === base ? 'applied' : 'refused' } as const;
}

const histories = fc.array(intent, { minLength: 1, maxLength: 120 }).map(historyOf);

test('every history of one copy is accepted, lost answers included', () => {
  fc.assert(
    fc.property(histories, (history) => {
      assert.deepEqual(judge(history), []);
    }),
    { numRuns: 200 },
  );
});

test('a read of a value that was over before it is rejected wherever it is put', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const over = Math.max(...history.map(({ end }) => end));
      const stale = [at(over + 1, over + 2, put('first')), at(over + 3, over + 4, put('second'))];
      const read = at(over + 5, over + 6, get('first'));
      assert.notDeepEqual(judge([...history, ...stale, read]), []);
    }),
    { numRuns: 50 },
  );
});
