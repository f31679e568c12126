/** Forms and policies of arbitrary bytes, however they are split: only S3Error leaves, no limit is passed, nothing is changed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '../../src/base/limits.ts';
import { S3Error } from '../../src/model/errors.ts';
import { formClaimOf } from '../../src/sign/form-claim.ts';
import { applyPostPolicy, readPostPolicy } from '../../src/sign/post-policy.ts';
import { boundaryOf, meantFields, openForm } from '../../src/wire/form.ts';
import { formOf } from '../support/form.ts';
import { FUZZ } from './runs.ts';

/** Each of these reads many forms. */
const FEWER = { ...FUZZ, numRuns: Math.ceil(FUZZ.numRuns / 20) };

const BOUNDARY = 'b';

/** Cuts at these places, in any order. */
async function* split(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [index, start] of at.slice(0, -1).entries()) yield bytes.subarray(start, at[index + 1]);
}

/** All that a form says, or the code of what is wrong with it. */
async function read(bytes: Buffer, cuts: readonly number[], formBytes: number = LIMITS.formBytes): Promise<unknown> {
  try {
    const form = await openForm(split(bytes, cuts), BOUNDARY, { formBytes });
    const fields = meantFields(form);
    const pieces: Uint8Array[] = [];
    for await (const piece of form.file?.stream() ?? []) pieces.push(piece);
    return { fields, name: form.file?.name, content: form.file && Buffer.concat(pieces).toString('latin1') };
  } catch (error) {
    assert.ok(error instanceof S3Error, `not an S3Error: ${error instanceof Error ? error.stack : error}`);
    return { code: error.code, message: error.message };
  }
}

const PIECES = [
  ...['--b', '--b--', '\r\n', '\r', '\n', '\r\n--b', '\r\n\r\n', '--', '-', 'b', ' ', '\t', ':', ';'],
  ...[
    'Content-Disposition: form-data; name="',
    'key"',
    'file"',
    'acl"; filename="x"',
    '; filename="',
    '\\',
    '"',
    '\u00fc',
  ],
  ...['Content-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n', 'Content-Type: text/plain', '\xff'],
];
const soup = fc
  .array(fc.constantFrom(...PIECES), { maxLength: 30 })
  .map((parts) => Buffer.from(`--b\r\n${parts.join('')}`, 'latin1'));
const cuts = fc.array(fc.nat({ max: 2000 }), { maxLength: 12 });

test('the same form, however it is split', async () => {
  await fc.assert(
    fc.asyncProperty(soup, cuts, async (bytes, at) => {
      const whole = await read(bytes, []);
      assert.deepEqual(await read(bytes, at), whole);
      assert.deepEqual(await read(bytes, [...bytes.keys()]), whole);
    }),
    FEWER,
  );
});

test('what is written is read, and the file is what was between its boundaries', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((each) => !each.includes('--b'));
  const name = fc.stringMatching(/^[a-eg-z][a-z-]{0,9}$/);
  const content = fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(name, text), { maxLength: 5 }), content, cuts, async (fields, file, at) => {
      fc.pre(!file.includes('\r\n--b'));
      const unique = [...new Map(fields)];
      const { body } = formOf(unique, { content: file, filename: 'n.txt' }, [['submit', 'x']], BOUNDARY);
      const expected = {
        fields: unique.map(([each, value]) => ({
          name: each,
          value: value.replaceAll(['$', '{filename}'].join(''), 'n.txt'),
        })),
        name: 'n.txt',
        content: file.toString('latin1'),
      };
      assert.deepEqual(await read(body, at), expected);
    }),
    FEWER,
  );
});

test('never more of a form is taken than it may have beside its file, and of the file no more than is asked for', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 50 }), async (limit, size) => {
      let given = 0;
      const endless = async function* (start: string) {
        yield Buffer.from(start);
        for (;;) {
          given += size;
          yield Buffer.alloc(size, 'x');
        }
      };
      for (const start of ['', '--b\r\n', '--b', '--b\r\nContent-Disposition: form-data; name="key"\r\n\r\n']) {
        given = 0;
        await assert.rejects(openForm(endless(start), BOUNDARY, { formBytes: limit }), S3Error);
        assert.ok(given <= limit + size, `${given} bytes for a limit of ${limit}`);
      }
      given = 0;
      const head = '--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n';
      const form = await openForm(endless(head), BOUNDARY, { formBytes: 500 });
      assert.equal(given, 0, 'nothing of the file is pulled before it is asked for');
      let taken = 0;
      for await (const bytes of form.file?.stream() ?? []) {
        taken += bytes.length;
        assert.ok(given - taken < size + BOUNDARY.length + 4, `${given} bytes pulled, ${taken} handed on`);
        if (taken > 1000) break;
      }
    }),
    FEWER,
  );
});

function attempt(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof S3Error, `not an S3Error: ${error instanceof Error ? error.stack : error}`);
  }
}

test('policies, boundaries and claims of any text', () => {
  const values = fc.constantFrom<unknown>(
    'eq',
    'starts-with',
    'content-length-range',
    '$key',
    'k',
    0,
    5,
    -1,
    1.5,
    null,
    {},
    [],
  );
  const condition = fc.oneof(
    fc.array(values, { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('key', 'bucket'), values),
    values,
  );
  const policy = fc.record({
    expiration: fc.constantFrom<unknown>('2050-01-01T00:00:00Z', 'x', 5),
    conditions: fc.oneof(fc.array(condition, { maxLength: 4 }), values),
  });
  const texts = fc.oneof(
    policy.map((each) => JSON.stringify(each)),
    fc.string({ unit: 'binary' }),
    fc.constant('{"\\$": "\\v"}'),
  );
  fc.assert(
    fc.property(texts, fc.string({ unit: 'binary' }), (text, other) => {
      const fields = [{ name: 'key', value: other }];
      attempt(() => applyPostPolicy(readPostPolicy(Buffer.from(text).toString('base64')), fields, 'b', 0));
      attempt(() => readPostPolicy(other));
      attempt(() => boundaryOf(`multipart/form-data; ${other}`));
      attempt(() => boundaryOf(`multipart/form-data; boundary="${other}"`));
      const claim = {
        policy: other,
        'x-amz-algorithm': 'AWS4-HMAC-SHA256',
        'x-amz-credential': other,
        'x-amz-date': text,
        'x-amz-signature': other,
      };
      attempt(() => formClaimOf(new Map(Object.entries(claim))));
    }),
    FUZZ,
  );
});
