/** aws-chunked: one meaning per body, whatever the packets, and every promise of the head kept before the end. */

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { LIMITS } from '../../src/base/limits.ts';
import { S3Error } from '../../src/model/errors.ts';
import { ChunkedDecoder, type ChunkedOptions } from '../../src/wire/chunked.ts';
import { framed, RecordingChain, SIGNATURE } from '../support/chunks.ts';

interface Outcome {
  readonly data?: string;
  readonly trailers?: readonly (readonly [string, string])[];
  readonly seen?: readonly string[];
  readonly error?: string;
}

type Options = Partial<ChunkedOptions> & { readonly signed?: boolean };

/** What becomes of a body that arrives in these packets. */
function decode(packets: readonly Buffer[], options: Options): Outcome {
  const chain = new RecordingChain();
  const decoder = new ChunkedDecoder({
    decodedLength: 0,
    trailers: [],
    limits: LIMITS,
    ...options,
    ...(options.signed === true ? { chain } : {}),
  });
  try {
    // Packets are copied and wiped after each step: nothing may hold on to them.
    const data = packets.map((packet) => {
      const copy = Buffer.from(packet);
      const text = Buffer.concat(decoder.push(copy)).toString();
      copy.fill(0);
      return text;
    });
    const trailers = [...decoder.end()];
    return { data: data.join(''), trailers, seen: chain.seen };
  } catch (error) {
    assert.ok(error instanceof S3Error, String(error));
    return { error: error.code };
  }
}

/** The body whole, at every split into two, and byte by byte; all must come to the same. */
function decodeEverySplit(body: Buffer, options: Options): Outcome {
  const whole = decode([body], options);
  for (let at = 0; at <= body.length; at += 1) {
    assert.deepEqual(decode([body.subarray(0, at), body.subarray(at)], options), whole, `split at ${at}`);
  }
  const single = Array.from(body, (_, at) => body.subarray(at, at + 1));
  assert.deepEqual(decode(single, options), whole, 'byte by byte');
  return whole;
}

const sha256 = (text: string): string => hash('sha256', text, 'hex');
const CRC = 'x-amz-checksum-crc32';

test('unsigned chunks with a trailer', () => {
  const body = framed(['hello ', 'wor\r\nld'], undefined, `${CRC}:AAAAAA==\r\n`);
  assert.deepEqual(decodeEverySplit(body, { decodedLength: 13, trailers: [CRC] }), {
    data: 'hello wor\r\nld',
    trailers: [[CRC, 'AAAAAA==']],
    seen: [],
  });
  assert.equal(decodeEverySplit(Buffer.from('A\r\n0123456789\r\n0\r\n\r\n'), { decodedLength: 10 }).data, '0123456789');
  assert.equal(decodeEverySplit(Buffer.from('00\r\n\r\n'), { decodedLength: 0 }).data, '');
});

test('signed chunks are verified in order, the last empty one included', () => {
  const body = framed(['hello ', 'world'], SIGNATURE, '');
  assert.deepEqual(decodeEverySplit(body, { decodedLength: 11, signed: true }), {
    data: 'hello world',
    trailers: [],
    seen: [sha256('hello '), sha256('world'), sha256('')],
  });
});

test('signed trailers are canonicalised in the order sent; a line feed behind the value is no part of it', () => {
  for (const ending of ['\r\n', '\n\r\n']) {
    const tail = `X-Amz-Checksum-CRC32: AAAAAA==${ending}x-amz-trailer-signature:${SIGNATURE}\r\n`;
    const outcome = decodeEverySplit(framed(['a'], SIGNATURE, tail), {
      decodedLength: 1,
      trailers: [CRC],
      signed: true,
    });
    assert.deepEqual(outcome.seen, [sha256('a'), sha256(''), `${CRC}:AAAAAA==\n`]);
    assert.deepEqual(outcome.trailers, [[CRC, 'AAAAAA==']]);
  }
});

test('a signature that does not hold is refused wherever it stands', () => {
  const bad = 'b'.repeat(64);
  const good = framed(['hello', 'world'], SIGNATURE, '').toString();
  for (let at = good.indexOf(SIGNATURE); at >= 0; at = good.indexOf(SIGNATURE, at + 1)) {
    const body = Buffer.from(good.slice(0, at) + bad + good.slice(at + 64));
    assert.deepEqual(decodeEverySplit(body, { decodedLength: 10, signed: true }), { error: 'SignatureDoesNotMatch' });
  }
  const tail = `${CRC}:AAAAAA==\r\nx-amz-trailer-signature:${bad}\r\n`;
  const body = framed(['a'], SIGNATURE, tail);
  assert.deepEqual(decodeEverySplit(body, { decodedLength: 1, trailers: [CRC], signed: true }), {
    error: 'SignatureDoesNotMatch',
  });
});

test('framing that is not aws-chunked is InvalidRequest', () => {
  const heads = [
    '',
    ' 5',
    '5 ',
    '0x5',
    '-5',
    '+5',
    '5;',
    '5;x=y',
    'g',
    '5;chunk-signature=',
    '5\n',
    '5\r',
    '1'.repeat(14),
  ];
  for (const head of heads) {
    const body = Buffer.from(`${head}\r\nhello\r\n0\r\n\r\n`);
    assert.deepEqual(decodeEverySplit(body, { decodedLength: 5 }), { error: 'InvalidRequest' }, JSON.stringify(head));
  }
  const signed = [
    '5',
    `5;chunk-signature=${'A'.repeat(64)}`,
    `5;chunk-signature=${SIGNATURE}0`,
    `5;chunk-signature=${SIGNATURE};x=y`,
    `5; chunk-signature=${SIGNATURE}`,
    `5;Chunk-Signature=${SIGNATURE}`,
  ];
  for (const head of signed) {
    const body = Buffer.from(`${head}\r\nhello\r\n0;chunk-signature=${SIGNATURE}\r\n\r\n`);
    assert.deepEqual(decodeEverySplit(body, { decodedLength: 5, signed: true }), { error: 'InvalidRequest' }, head);
  }
  for (const text of [
    '5\r\nhellooo\r\n0\r\n\r\n',
    '5\r\nhello\n\r\n0\r\n\r\n',
    '5\r\nhello\r\n0\r\n\r\nx',
    '5\nhello\r\n0\r\n\r\n',
  ]) {
    assert.deepEqual(decodeEverySplit(Buffer.from(text), { decodedLength: 5 }), { error: 'InvalidRequest' }, text);
  }
});

test('a body that ends early or disagrees with x-amz-decoded-content-length is IncompleteBody', () => {
  const body = framed(['hello', 'world'], undefined, '');
  for (let length = 0; length < body.length; length += 1) {
    assert.deepEqual(decode([body.subarray(0, length)], { decodedLength: 10 }), { error: 'IncompleteBody' });
  }
  for (const decodedLength of [0, 9, 11]) {
    assert.deepEqual(decodeEverySplit(body, { decodedLength }), { error: 'IncompleteBody' });
  }
});

test('more data than declared is refused at the chunk that announces it, before its bytes', () => {
  const decoder = new ChunkedDecoder({ decodedLength: 5, trailers: [], limits: LIMITS });
  assert.throws(
    () => decoder.push(Buffer.from('fffffff\r\n')),
    (error) => error instanceof S3Error && error.code === 'IncompleteBody',
  );
});

test('rule 05: trailers: exactly what was declared, once, well-formed', () => {
  const cases: readonly (readonly [string, readonly string[], boolean])[] = [
    ['', [CRC], false],
    [`${CRC}:AAAAAA==\r\n`, [], false],
    [`${CRC}:AAAAAA==\r\n${CRC}:AAAAAA==\r\n`, [CRC], false],
    [`${CRC}:AAAAAA==\r\nx-amz-meta-a:b\r\n`, [CRC], false],
    [`${CRC}\r\n`, [CRC], false],
    [` ${CRC}:AAAAAA==\r\n`, [CRC], false],
    [`${CRC} :AAAAAA==\r\n`, [CRC], false],
    [`${CRC}:AA\nx:y\r\n`, [CRC], false],
    [`${CRC}:AA\x00\r\n`, [CRC], false],
    [`${CRC}:AA\r\r\n`, [CRC], false],
    [`${CRC}:AAAAAA==\r\nx-amz-trailer-signature:${SIGNATURE}\r\n`, [CRC], false],
    [`${CRC}:AAAAAA==\r\n`, [CRC], true],
    [`x-amz-trailer-signature:${SIGNATURE}\r\n${CRC}:AAAAAA==\r\n`, [CRC], true],
    [`x-amz-trailer-signature:${SIGNATURE}\r\n`, [], true],
    [`x-amz-trailer-signature:${SIGNATURE}\r\n`, [CRC], true],
  ];
  for (const [tail, trailers, signed] of cases) {
    const body = framed(['a'], signed ? SIGNATURE : undefined, tail);
    const outcome = decodeEverySplit(body, { decodedLength: 1, trailers, signed });
    assert.deepEqual(outcome, { error: 'MalformedTrailerError' }, JSON.stringify(tail));
  }
});

test('rule 19: heads, trailers and signed chunks are bounded', () => {
  const limits = { chunkHeadBytes: 100, trailerBytes: 40, chunkBytes: 4 };
  const long = Buffer.from(`${'0'.repeat(101)}\r\n`);
  assert.deepEqual(decodeEverySplit(long, { limits }), { error: 'InvalidRequest' });
  assert.deepEqual(decodeEverySplit(Buffer.alloc(200, 48), { limits }), { error: 'InvalidRequest' });
  const tail = `${CRC}:${'A'.repeat(40)}\r\n`;
  const body = framed([], undefined, tail);
  assert.deepEqual(decodeEverySplit(body, { limits, trailers: [CRC] }), { error: 'InvalidRequest' });
  const chunk = framed(['hello'], SIGNATURE, '');
  assert.deepEqual(decodeEverySplit(chunk, { limits, decodedLength: 5, signed: true }), { error: 'InvalidRequest' });
  assert.equal(decodeEverySplit(framed(['hello'], undefined, ''), { limits, decodedLength: 5 }).data, 'hello');
});

test('data is handed on as views of the packet, not copied and not held back', () => {
  const decoder = new ChunkedDecoder({ decodedLength: 1 << 20, trailers: [], limits: LIMITS });
  decoder.push(Buffer.from('100000\r\n'));
  const packet = Buffer.alloc(65536, 1);
  const [view] = decoder.push(packet);
  assert.equal(view?.buffer, packet.buffer);
  assert.equal(view?.length, packet.length);
});
