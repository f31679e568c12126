/** CORS rules in the drawer: answers as the server's, texts there and back, and mistakes with their lines. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  corsProblems,
  corsVerdict,
  METHODS,
  riskyRules,
  sameCors,
} from '../../console/src/drawers/bucket/cors-model.ts';
import { readText, writeText } from '../../console/src/drawers/bucket/cors-text.ts';
import { jsonErrorAt } from '../../console/src/drawers/json-place.ts';
import type { CorsRule } from '../../console/src/s3/buckets.ts';
import { permissionFor } from '../../src/model/cors.ts';
import { permissionHeaders } from '../../src/wire/cors.ts';

const ORIGINS = ['https://a.example', 'https://*.example', '*', 'http://b', 'https://a.example*'];
const HEADERS = ['x-foo', 'X-*', '*', 'content-type'];
const some = <T>(values: readonly T[], least = 0) => fc.subarray([...values], { minLength: least });
const rule = fc.record({
  origins: some(ORIGINS, 1),
  methods: some(METHODS, 1),
  headers: some(HEADERS),
  expose: some(['ETag']),
  maxAge: fc.option(fc.nat(9), { nil: undefined }),
});
const question = fc.record({
  origin: fc.constantFrom('https://a.example', 'https://.example', 'http://c', 'https://a.example:80'),
  method: fc.constantFrom('GET', 'PUT', 'PATCH'),
  headers: some(['x-foo', 'x-', 'content-type']),
});

test('the tester answers as the server does', () => {
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 3 }), question, (rules, asked) => {
      const verdict = corsVerdict(rules, asked);
      const permission = permissionFor(
        rules.map(({ origins, methods, headers, expose, maxAge }) => ({
          ...{ allowedOrigins: origins, allowedMethods: methods, allowedHeaders: headers, exposeHeaders: expose },
          ...(maxAge === undefined ? {} : { maxAgeSeconds: maxAge }),
        })),
        asked,
      );
      assert.equal(verdict.allowed, permission !== undefined);
      if (!verdict.allowed || permission === undefined) return;
      const { Vary: _, ...said } = permissionHeaders(permission, asked);
      assert.deepEqual(Object.fromEntries(verdict.answer), said);
    }),
  );
});

const RULES: readonly CorsRule[] = [
  { id: 'a<b', origins: ['https://a.example'], methods: ['GET', 'PUT'], headers: ['*'], expose: ['ETag'], maxAge: 60 },
  { origins: ['*'], methods: ['GET'], headers: [], expose: [] },
];

test('rules go to XML and JSON and back', () => {
  for (const form of ['xml', 'json'] as const) {
    const read = readText(form, writeText(form, RULES));
    assert(read.rules !== undefined && sameCors(read.rules, RULES));
    assert.deepEqual(read.problems, []);
    assert.deepEqual(readText(form, ' \n').rules, []);
  }
});

test('what cannot be read is told with its line', () => {
  const line = (form: 'xml' | 'json', text: string) => readText(form, text).problems.map((one) => [one.line, one.said]);
  assert.deepEqual(line('xml', '<CORSConfiguration>\n<CORSRule>\n</CORSRul>'), [[3, '']]);
  assert.deepEqual(line('xml', '<CORSConfiguration>\n <CORSRule>\n  <Origin/>\n </CORSRule></CORSConfiguration>'), [
    [3, 'Origin'],
  ]);
  assert.equal(line('json', '[\n {\n "AllowedOrigins": ["*",]\n }]')[0]?.[0], 3);
  assert.deepEqual(line('json', '[\n{"AllowedOrigins": "*"}]'), [[2, 'AllowedOrigins']]);
  const patch = writeText('json', [...RULES, { ...NEW, methods: ['GET', 'PATCH'] }]);
  assert.equal(line('json', patch)[0]?.[0], patch.split('\n').findIndex((text) => text.includes('PATCH')) + 1);
});

const NEW: CorsRule = { origins: ['https://a.example'], methods: ['GET'], headers: [], expose: [] };

test('where a text stops being JSON is found in any of them', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.constantFrom('', ',', ']', '"', '}', 'x', '\u0001'), (json, place, more) => {
      const at = place % (json.length + 1);
      const text = json.slice(0, at) + more + json.slice(at);
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      assert.equal(jsonErrorAt(text) === undefined, isJson, text);
    }),
  );
});

test('what S3 refuses is found before it is sent', () => {
  const what = (more: Partial<CorsRule>) =>
    corsProblems([{ ...NEW, ...more }]).map((one) => `${one.field} ${one.what}`);
  assert.deepEqual(what({}), []);
  assert.deepEqual(what({ origins: [], methods: [] }), ['origins missing', 'methods missing']);
  assert.deepEqual(what({ origins: ['*a*'], headers: ['a b', '**'], expose: ['x-*', ''] }), [
    'origins wildcards',
    'headers header',
    'headers wildcards',
    'expose wildcard',
    'expose header',
  ]);
  assert.deepEqual(what({ maxAge: Number.NaN, id: 'x'.repeat(256) }), ['id long', 'maxAge number']);
});

test('any page that may write deserves a warning', () => {
  assert.deepEqual(riskyRules([...RULES, { ...NEW, origins: ['*'], methods: ['DELETE'] }]), [2]);
});

test('a refusal names what is missing of the rule that comes nearest', () => {
  const verdict = corsVerdict(
    [
      { ...NEW, methods: ['HEAD'] },
      { ...NEW, headers: ['content-type'] },
    ],
    {
      origin: 'https://a.example',
      method: 'GET',
      headers: ['Content-Type', 'x-foo'],
    },
  );
  assert(!verdict.allowed);
  assert.deepEqual(verdict.missed[0], { rule: 1, origin: true, method: true, headers: ['x-foo'] });
});
