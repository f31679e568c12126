/** Tags of the Cassandra engine: their order, and that clocks cannot spoil it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '../../src/base/random.ts';
import { compareTags, createTags, MAX_TIME, ZERO } from '../../src/store/cassandra/tags.ts';

const START = Date.UTC(2026, 0, 1);

function tagsAt(milliseconds: number) {
  const clock = { time: milliseconds, now: () => clock.time, monotonic: () => clock.time };
  return { clock, tags: createTags(clock, systemRandom) };
}

test('tags of one process rise strictly, also when its clock stands still or steps back', () => {
  const { clock, tags } = tagsAt(START);
  let last = ZERO;
  for (let index = 0; index < 3000; index++) {
    if (index === 1000) clock.time += 5;
    if (index === 2000) clock.time -= 3_600_000;
    const next = tags.blind(ZERO, 0n);
    assert(compareTags(next, last) > 0 && next.count === 0);
    last = next;
  }
});

test('a blind tag is above what was seen, above the floor and not behind the clock', () => {
  const { tags } = tagsAt(START);
  const ahead = tags.at(START + 3_600_000) | 4095n;
  for (let index = 0; index < 2000; index++) {
    assert(tags.blind({ time: ahead, count: 7 }, 0n).time > ahead);
    assert(tags.blind(ZERO, ahead).time > ahead);
  }
  assert(tags.blind(ZERO, 0n).time >= tags.now());
});

test('a key that runs ahead of the clock does not drag others with it', () => {
  const { clock, tags } = tagsAt(START);
  tags.blind({ time: tags.at(START + 86_400_000), count: 0 }, 0n);
  clock.time += 1;
  assert(tags.blind(ZERO, 0n).time < tags.at(START + 2));
});

test('two writes at the same time on a key that runs ahead have tags of their own', () => {
  const { tags } = tagsAt(START);
  const seen = { time: tags.at(START + 86_400_000), count: 0 };
  const times = Array.from({ length: 1000 }, () => tags.blind(seen, 0n).time);
  assert.equal(new Set(times).size, 1000);
});

test('a successor follows what it read, or begins above the floor', () => {
  const { tags } = tagsAt(START);
  assert.deepEqual(tags.successor({ time: 10n, count: 2 }, 5n), { time: 10n, count: 3 });
  assert.deepEqual(tags.successor({ time: 10n, count: 2 }, 10n), { time: 10n, count: 3 });
  assert.deepEqual(tags.successor({ time: 10n, count: 0 }, 10n), { time: 10n, count: 1 });
  assert.deepEqual(tags.successor({ time: 10n, count: 9 }, 11n), { time: 11n, count: 1 });
  assert.deepEqual(tags.successor(ZERO, 0n), { time: 0n, count: 1 });
});

test('times before 2020 are the beginning, and a century fits', () => {
  const { tags } = tagsAt(0);
  assert.equal(tags.now(), 0n);
  assert(tags.blind(ZERO, 0n).time > 0n);
  assert(tags.at(Date.UTC(2090, 0, 1)) < MAX_TIME);
});
