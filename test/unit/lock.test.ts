/** Object Lock's rules, all small cases: which retention may become which, and what may be removed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Retention } from '../../src/model/entities.ts';
import { changeVerdict, removalVerdict, retentionFrom } from '../../src/model/lock.ts';

const NOW = Date.parse('2028-02-29T12:00:00Z');
const MODES = ['GOVERNANCE', 'COMPLIANCE'] as const;
/** Before now, at this moment, later, latest. */
const TIMES = [NOW - 1, NOW, NOW + 1000, NOW + 2000];
const RETENTIONS: readonly (Retention | undefined)[] = [
  undefined,
  ...MODES.flatMap((mode) => TIMES.map((until) => ({ mode, until }))),
];

test('rule 28: a retention that holds is only made longer; shorter, another mode or none takes a bypass, in COMPLIANCE nothing does', () => {
  for (const old of RETENTIONS) {
    for (const wanted of RETENTIONS) {
      const holds = old !== undefined && old.until > NOW;
      const longer = holds && wanted?.mode === old.mode && wanted.until >= old.until;
      const expected = !holds || longer ? 'allowed' : old.mode === 'COMPLIANCE' ? 'refused' : 'needs bypass';
      assert.equal(changeVerdict(old, wanted, NOW), expected, JSON.stringify({ old, wanted }));
    }
  }
});

test('rule 28: a version goes when nothing holds it: no retention that has not ended, no legal hold', () => {
  for (const retention of RETENTIONS) {
    for (const legalHold of [undefined, false, true]) {
      const attributes = { ...(retention && { retention }), ...(legalHold !== undefined && { legalHold }) };
      const holds = retention !== undefined && retention.until > NOW;
      const byMode = retention?.mode === 'COMPLIANCE' ? 'refused' : 'needs bypass';
      const expected = legalHold ? 'refused' : holds ? byMode : 'allowed';
      assert.equal(removalVerdict(attributes, NOW), expected, JSON.stringify(attributes));
    }
  }
  assert.equal(removalVerdict(undefined, NOW), 'allowed');
});

test('a default retention counts days of 24 hours, and years by the calendar', () => {
  const until = (unit: 'Days' | 'Years', count: number) =>
    new Date(retentionFrom({ mode: 'GOVERNANCE', unit, count }, NOW).until).toISOString();
  assert.equal(until('Days', 2), '2028-03-02T12:00:00.000Z');
  assert.equal(until('Years', 4), '2032-02-29T12:00:00.000Z');
  assert.equal(until('Years', 1), '2029-03-01T12:00:00.000Z');
});
