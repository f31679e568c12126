/** CORS rules by themselves, the headers that come of them, and what a store that fails makes of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '../../src/base/limits.ts';
import { type CorsRule, permissionFor } from '../../src/model/cors.ts';
import { Unavailable } from '../../src/store/port.ts';
import { permissionHeaders, questionOf } from '../../src/wire/cors.ts';
import { HeaderTable } from '../../src/wire/fields.ts';
import { PAGE, RULE } from '../support/cors.ts';
import { corsConfiguration } from '../support/documents.ts';
import { interposedEngine } from '../support/interposed-engine.ts';
import { createMemoryEngine } from '../support/memory-engine.ts';
import { header, worldOver } from '../support/s3-world.ts';

const rule = (parts: Partial<CorsRule>): CorsRule => ({
  allowedOrigins: ['*'],
  allowedMethods: ['GET'],
  allowedHeaders: [],
  exposeHeaders: [],
  ...parts,
});

const asked = (...pairs: readonly string[]) => questionOf(new HeaderTable(pairs), 'GET');

test('rule 13: an origin fits a pattern when it begins and ends like it, and no other way', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', ':', '?'), maxLength: 6 });
  const pattern = letters.map((text) => text.replace(/\*/g, (_, at: number) => (at === text.indexOf('*') ? '*' : '')));
  fc.assert(
    fc.property(pattern, letters, (allowed, origin) => {
      const oracle = new RegExp(`^${allowed.replace(/[.?]/g, '\\$&').replace('*', '.*')}$`);
      const permission = permissionFor([rule({ allowedOrigins: [allowed] })], { origin, method: 'GET', headers: [] });
      assert.equal(permission !== undefined, oracle.test(origin), `${allowed} ${origin}`);
      assert.ok(permission === undefined || permission.origin === (allowed === '*' ? '*' : origin));
    }),
  );
});

test('within a rule the first origin that fits is the one that is answered', () => {
  const origins = (...allowedOrigins: readonly string[]) =>
    permissionFor([rule({ allowedOrigins })], { origin: PAGE, method: 'GET', headers: [] })?.origin;
  assert.equal(origins('*', PAGE), '*');
  assert.equal(origins(PAGE, '*'), PAGE);
});

test('rule 22: more headers than a request can have are not looked at', () => {
  const rules = [rule({ allowedHeaders: ['x-*'] })];
  const names = (count: number) => ({
    origin: PAGE,
    method: 'GET',
    headers: Array.from({ length: count }, () => 'x-a'),
  });
  assert.ok(permissionFor(rules, names(LIMITS.headerCount)));
  assert.equal(permissionFor(rules, names(LIMITS.headerCount + 1)), undefined);
});

test('rule 21: an origin that is said twice, or is none, is nobody’s', () => {
  assert.equal(asked(), undefined);
  assert.equal(asked('origin', ''), undefined);
  assert.equal(asked('Origin', PAGE, 'origin', PAGE), undefined);
  assert.equal(asked('origin', `${PAGE} https://evil.example`), undefined);
  assert.equal(asked('origin', `${PAGE}\u00e9`), undefined);
  assert.deepEqual(asked('origin', PAGE), { origin: PAGE, method: 'GET', headers: [] });
});

test('a list of headers is read as HTTP has lists, and only names go out again', () => {
  const name = 'access-control-request-headers';
  const question = asked('origin', PAGE, name, ' X-A ,,x-b,', name, 'x-c, no name, <x>');
  assert.deepEqual(question?.headers, ['x-a', 'x-b', 'x-c', 'no name', '<x>']);
  assert(question !== undefined);
  const answer = permissionHeaders({ rule: rule({}), origin: '*' }, question);
  assert.equal(answer['Access-Control-Allow-Headers'], 'x-a, x-b, x-c');
});

test('a failure of the store says whom it is for as far as the store can still say it', async () => {
  const engine = interposedEngine(createMemoryEngine());
  const { world, stop } = await worldOver({ engine, close: () => engine.close() });
  try {
    const { alice } = world;
    const bucket = await world.bucket();
    await alice.send('PUT', { bucket, query: { cors: '' }, body: corsConfiguration(RULE) });
    engine.beforeNext('putVersion', () => {
      throw new Unavailable('as the test wants it', { mayHaveApplied: false });
    });
    const answer = await alice.put(bucket, 'key', 'x', { origin: PAGE });
    assert.deepEqual([answer.status, header(answer, 'access-control-allow-origin')], [503, PAGE]);
  } finally {
    await stop();
  }
});
