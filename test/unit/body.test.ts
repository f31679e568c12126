/** A body's reader is told of its end only when every claim about it has held. */

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, loadChecksums } from '../../src/base/checksum.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { incomingBody } from '../../src/http/body.ts';
import { S3Error } from '../../src/model/errors.ts';
import type { IncomingBody } from '../../src/ops/types.ts';
import type { PayloadForm } from '../../src/sign/types.ts';
import { parseRequest } from '../../src/wire/request.ts';
import { framed, RecordingChain, SIGNATURE } from '../support/chunks.ts';

const tools = { limits: LIMITS, checksums: await loadChecksums() };
const UNSIGNED: PayloadForm = { kind: 'unsigned' };
const CHUNKED: PayloadForm = { kind: 'chunked-unsigned' };

interface Sent {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: PayloadForm;
  /** Defaults to the length of the bytes. */
  readonly contentLength?: string | undefined;
}

function bodyOf(packets: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, sent: Sent): IncomingBody {
  const { method = 'PUT', target = '/bucket/key', headers = {}, payload = UNSIGNED, contentLength } = sent;
  const rawHeaders = ['Host', 'localhost', ...Object.entries(headers).flat()];
  if (contentLength !== undefined) rawHeaders.push('Content-Length', contentLength);
  const request = parseRequest({ method, target, rawHeaders, remoteAddress: '', secure: false }, ['localhost']);
  return incomingBody(packetsOf(packets), request, payload, tools);
}

async function* packetsOf(packets: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* packets;
}

const ofText = (text: string | Buffer, sent: Sent = {}): IncomingBody =>
  bodyOf([Buffer.from(text)], { contentLength: String(Buffer.byteLength(text)), ...sent });

/** The plain bytes, or the code of the error that ended them. */
async function read(body: IncomingBody): Promise<string> {
  try {
    let text = '';
    for await (const piece of body.stream()) text += Buffer.from(piece).toString('latin1');
    return text;
  } catch (error) {
    assert.ok(error instanceof S3Error, String(error));
    return `${error.code}: ${error.message}`;
  }
}

const base64 = (algorithm: ChecksumAlgorithm, text: string): string =>
  tools.checksums.of(algorithm, Buffer.from(text)).toString('base64');
const headerOf = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`;

test('a plain body passes unchanged and says its length', async () => {
  const body = ofText('hello');
  assert.equal(body.length, 5);
  assert.equal(await read(body), 'hello');
  assert.deepEqual(body.checksums(), []);
  assert.equal(bodyOf([], { headers: { 'Transfer-Encoding': 'chunked' } }).length, undefined);
  assert.equal(bodyOf([], {}).length, undefined, 'who says nothing has not said that it is empty');
  assert.equal(await read(bodyOf([], {})), '');
});

test('a body that is not as long as it said is IncompleteBody', async () => {
  for (const contentLength of ['4', '6'])
    assert.match(await read(ofText('hello', { contentLength })), /^IncompleteBody/);
});

test('what ends a connection early ends the body with an error', async () => {
  async function* broken(error: unknown): AsyncGenerator<Uint8Array> {
    yield Buffer.from('he');
    throw error;
  }
  const cut = bodyOf(broken(new Error('ECONNRESET')), { contentLength: '5' });
  assert.match(await read(cut), /^IncompleteBody/);
  const late = bodyOf(broken(new S3Error('RequestTimeout')), { contentLength: '5' });
  assert.match(await read(late), /^RequestTimeout/);
});

test('rule 05: the signed hash is checked, whole and in pieces', async () => {
  const sha256 = hash('sha256', 'hello', 'hex');
  const payload: PayloadForm = { kind: 'signed', sha256 };
  assert.equal(await read(ofText('hello', { payload })), 'hello');
  const pieces = ['h', 'el', '', 'lo'].map((text) => Buffer.from(text));
  assert.equal(await read(bodyOf(pieces, { payload, contentLength: '5' })), 'hello');
  await assert.rejects(ofText('jello', { payload }).bytes(10), (error) => {
    assert.ok(error instanceof S3Error);
    assert.equal(error.code, 'XAmzContentSHA256Mismatch');
    assert.equal(error.fields.ClientComputedContentSHA256, sha256);
    assert.equal(error.fields.S3ComputedContentSHA256, hash('sha256', 'jello', 'hex'));
    return true;
  });
  assert.equal(await read(bodyOf([], { payload: { kind: 'signed', sha256: hash('sha256', '', 'hex') } })), '');
});

test('rule 05: each declared checksum is checked, in header and trailer, whole and in pieces', async () => {
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const name = headerOf(algorithm);
    const value = base64(algorithm, 'hello');
    const wrong = base64(algorithm, 'jello');
    const trailing = (tail: string): Sent & { readonly bytes: Buffer } => ({
      bytes: framed(['hel', 'lo'], undefined, `${name}:${tail}\r\n`),
      payload: CHUNKED,
      headers: { 'x-amz-trailer': name, 'x-amz-decoded-content-length': '5', 'Content-Encoding': 'gzip,aws-chunked' },
    });
    const good = [
      ofText('hello', { headers: { [name]: value } }),
      bodyOf([Buffer.from('he'), Buffer.from('llo')], { headers: { [name]: value }, contentLength: '5' }),
      ofText(trailing(value).bytes, trailing(value)),
    ];
    for (const body of good) {
      assert.equal(await read(body), 'hello', algorithm);
      assert.deepEqual(body.checksums(), [{ algorithm, value }]);
      assert.equal(body.length, 5);
    }
    const mismatch = `BadDigest: The ${algorithm} you specified did not match the calculated checksum.`;
    assert.equal(await read(ofText('hello', { headers: { [name]: wrong } })), mismatch);
    const bad = ofText(trailing(wrong).bytes, trailing(wrong));
    assert.equal(await read(bad), mismatch);
    assert.deepEqual(bad.checksums(), []);
    const malformed = `InvalidRequest: Value for ${name} trailer is invalid.`;
    assert.equal(await read(ofText(trailing('AA==').bytes, trailing('AA=='))), malformed);
  }
});

test('a signed hash and a declared SHA-256 are both checked', async () => {
  const payload: PayloadForm = { kind: 'signed', sha256: hash('sha256', 'hello', 'hex') };
  const header = headerOf('SHA256');
  assert.equal(await read(ofText('hello', { payload, headers: { [header]: base64('SHA256', 'hello') } })), 'hello');
  const wrong = { payload, headers: { [header]: base64('SHA256', 'jello') } };
  assert.match(await read(ofText('hello', wrong)), /^BadDigest/);
});

test('what the headers say wrongly of the body is refused before a byte is read', () => {
  const crc = headerOf('CRC32');
  const cases: readonly (readonly [string, Sent])[] = [
    ['InvalidRequest', { headers: { [crc]: 'AA==' } }],
    ['InvalidRequest', { headers: { [crc]: 'AAAAAA==', [headerOf('SHA1')]: base64('SHA1', '') } }],
    ['InvalidRequest', { headers: { 'x-amz-sdk-checksum-algorithm': 'CRC32' } }],
    ['InvalidRequest', { headers: { 'x-amz-sdk-checksum-algorithm': 'SHA1', [crc]: 'AAAAAA==' } }],
    ['InvalidRequest', { headers: { 'x-amz-checksum-xxhash3': 'AAAAAA==' } }],
    ['InvalidRequest', { headers: { 'x-amz-checksum-crc16': 'AAAAAA==' } }],
    ['InvalidRequest', { headers: { 'x-amz-trailer': 'x-amz-checksum-crc16' } }],
    ['InvalidRequest', { headers: { 'x-amz-trailer': crc } }],
    ['InvalidRequest', { payload: { kind: 'signed', sha256: '' }, headers: { 'x-amz-trailer': crc } }],
    [
      'InvalidRequest',
      { headers: { 'x-amz-trailer': 'x-amz-meta-a', 'x-amz-decoded-content-length': '5' }, payload: CHUNKED },
    ],
    [
      'InvalidRequest',
      { headers: { 'x-amz-trailer': `${crc},`, 'x-amz-decoded-content-length': '5' }, payload: CHUNKED },
    ],
    ['MissingContentLength', { headers: { 'x-amz-trailer': crc }, payload: CHUNKED }],
    ['InvalidRequest', { headers: { 'x-amz-decoded-content-length': '-5' }, payload: CHUNKED }],
    ['InvalidRequest', { contentLength: '0x5' }],
    ['InvalidRequest', { headers: { [crc]: 'AAAAAA==', [crc.toUpperCase()]: 'AAAAAA==' } }],
  ];
  for (const [code, sent] of cases) {
    assert.throws(
      () => ofText('hello', sent),
      (error) => error instanceof S3Error && error.code === code,
      JSON.stringify(sent),
    );
  }
});

test('rule 03: payload form and Content-Encoding: the cells of the table, the others refused', async () => {
  const chain = new RecordingChain();
  const plainHash: PayloadForm = { kind: 'signed', sha256: hash('sha256', 'hello', 'hex') };
  const signedChunks: PayloadForm = { kind: 'chunked-signed', trailer: false, chain };
  const chunks = framed(['hello'], undefined, '');
  const coded = { 'Content-Encoding': 'aws-chunked', 'x-amz-decoded-content-length': '5' };
  const bare = { 'x-amz-decoded-content-length': '5' };
  const stated = { ...coded, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
  const cells: readonly (readonly [string, PayloadForm, Readonly<Record<string, string>>, Buffer | string])[] = [
    ['hello', UNSIGNED, {}, 'hello'],
    ['hello', UNSIGNED, bare, 'hello'],
    ['hello', plainHash, { 'Content-Encoding': 'gzip' }, 'hello'],
    ['hello', CHUNKED, coded, chunks],
    ['hello', CHUNKED, bare, chunks],
    ['hello', UNSIGNED, coded, chunks],
    ['hello', signedChunks, coded, framed(['hello'], SIGNATURE, '')],
    ['hello', signedChunks, bare, framed(['hello'], SIGNATURE, '')],
    ['InvalidRequest', signedChunks, coded, chunks],
    ['InvalidRequest', CHUNKED, coded, framed(['hello'], SIGNATURE, '')],
  ];
  for (const [expected, payload, headers, bytes] of cells) {
    assert.equal((await read(ofText(bytes, { payload, headers }))).split(':')[0], expected, JSON.stringify(headers));
  }
  assert.throws(() => ofText('hello', { payload: plainHash, headers: coded }), /STREAMING/);
  assert.throws(() => ofText('hello', { payload: UNSIGNED, headers: stated }), /STREAMING/);
});

test('rule 19: documents: whole, bounded by what arrives, and held to Content-MD5', async () => {
  const md5 = hash('md5', 'hello', 'base64');
  assert.equal(Buffer.from(await ofText('hello', { headers: { 'Content-MD5': md5 } }).bytes(5)).toString(), 'hello');
  const code = (expected: string) => (error: unknown) => error instanceof S3Error && error.code === expected;
  await assert.rejects(ofText('jello', { headers: { 'Content-MD5': md5 } }).bytes(5), code('BadDigest'));
  await assert.rejects(ofText('jello', { headers: { 'Content-MD5': 'x' } }).bytes(5), code('InvalidDigest'));
  await assert.rejects(ofText('hello').bytes(4), code('MaxMessageLengthExceeded'));
  const undeclared = bodyOf([Buffer.from('hel'), Buffer.from('lo')], { headers: { 'Transfer-Encoding': 'chunked' } });
  await assert.rejects(undeclared.bytes(4), code('MaxMessageLengthExceeded'));
});

test('CompleteMultipartUpload: a checksum header is the object’s, not the document’s', async () => {
  const headers = { [headerOf('CRC32')]: 'AAAAAA==', 'x-amz-sdk-checksum-algorithm': 'CRC32' };
  const body = ofText('<x/>', { method: 'POST', target: '/bucket/key?uploadId=1', headers });
  assert.equal(await read(body), '<x/>');
  assert.deepEqual(body.checksums(), []);
});

test('a reader that stops, or a body that is refused midway, lets go of the source', async () => {
  let released = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.alloc(5000);
    } finally {
      released += 1;
    }
  }
  for await (const piece of bodyOf(endless(), { contentLength: '1000000' }).stream()) {
    assert.equal(piece.length, 5000);
    break;
  }
  assert.equal(released, 1);
  assert.match(await read(bodyOf(endless(), { contentLength: '12' })), /^IncompleteBody/);
  assert.equal(released, 2);
});

test('rule 22: a body that comes byte by byte, in packets or in chunks, is handed on in larger pieces', async () => {
  const text = Array.from({ length: 10_000 }, (_, at) => String.fromCharCode(97 + (at % 26)));
  const declared = { 'x-amz-decoded-content-length': String(text.length) };
  const bytes = framed(text, undefined, '');
  for (const body of [
    bodyOf(
      text.map((letter) => Buffer.from(letter)),
      { contentLength: String(text.length) },
    ),
    bodyOf([bytes], { payload: CHUNKED, headers: declared, contentLength: String(bytes.length) }),
  ]) {
    const pieces: Uint8Array[] = [];
    for await (const piece of body.stream()) pieces.push(piece);
    assert.equal(Buffer.concat(pieces).toString(), text.join(''));
    assert.ok(pieces.length <= text.length / 200, `${pieces.length} pieces`);
  }
});
