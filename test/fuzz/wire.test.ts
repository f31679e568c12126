/** Whatever the bytes and however they are split: only S3Error leaves a parser, limits hold, nothing is changed on the way. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '../../src/base/limits.ts';
import { S3Error } from '../../src/model/errors.ts';
import { ChunkedDecoder } from '../../src/wire/chunked.ts';
import { readAcl } from '../../src/wire/documents/acl.ts';
import { readCreateBucketConfiguration } from '../../src/wire/documents/buckets.ts';
import { readCors } from '../../src/wire/documents/cors.ts';
import { readDelete } from '../../src/wire/documents/delete.ts';
import { readLegalHold, readLockConfiguration, readRetention } from '../../src/wire/documents/lock.ts';
import { readCompleteMultipartUpload } from '../../src/wire/documents/multipart.ts';
import { readOwnershipControls } from '../../src/wire/documents/ownership.ts';
import { readPublicAccessBlock } from '../../src/wire/documents/public-access.ts';
import { readRequestPayment } from '../../src/wire/documents/request-payment.ts';
import { readTagging } from '../../src/wire/documents/tagging.ts';
import { readVersioning } from '../../src/wire/documents/versioning.ts';
import { parseRequest, type S3Request } from '../../src/wire/request.ts';
import {
  contentMd5,
  encodeKeyForUrl,
  integerIn,
  parseCopyRange,
  parseEtagList,
  parseHttpDate,
  parseRange,
  storedContentEncoding,
} from '../../src/wire/values.ts';
import { parseXml, type XmlElement } from '../../src/wire/xml.ts';
import { escapeXml } from '../../src/wire/xml-write.ts';
import { framed, RecordingChain, SIGNATURE } from '../support/chunks.ts';
import { FUZZ } from './runs.ts';

/** The value, or undefined when it was refused as it should be. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    assert.ok(error instanceof S3Error, `not an S3Error: ${error instanceof Error ? error.stack : error}`);
    return undefined;
  }
}

/** Strings made of pieces that mean something to the parser, and of noise. */
const soup = (pieces: readonly string[], maxLength = 24): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...pieces) }, latin1), { maxLength })
    .map((parts) => parts.join(''));

const latin1 = fc.nat({ max: 255 }).map((code) => String.fromCharCode(code));

// -------------------------------------------------------------------------------------------------------- requests

const TARGET = [
  '/',
  '//',
  '/b/',
  '?',
  '&',
  '=',
  '+',
  '%',
  '%2',
  '%2F',
  '%00',
  '%c3',
  '%A9',
  '%ed%a0%80',
  '.',
  '..',
  'a',
  '#',
];
const HOSTS = ['s3.test', 'b.s3.test', 'a.b.S3.test:9000', '127.0.0.1', '[::1]:1', '', 'x y', 's3.test.', '.s3.test'];

function request(target: string, host: string, headers: readonly string[]): S3Request | undefined {
  const rawHeaders = ['Host', host, ...headers];
  return attempt(() =>
    parseRequest({ method: 'GET', target, rawHeaders, remoteAddress: '', secure: false }, ['s3.test', 'test']),
  );
}

/** Percent escapes to bytes, written a second time and another way. */
function unescaped(text: string): string {
  let bytes = '';
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '%') {
      bytes += String.fromCharCode(Number.parseInt(text.slice(at + 1, at + 3), 16));
      at += 2;
    } else bytes += text[at];
  }
  return Buffer.from(bytes, 'latin1').toString('hex');
}

const hexOf = (text: string): string => Buffer.from(text, 'utf8').toString('hex');

test('rule 14: a request that is taken holds exactly the bytes of its target', () => {
  const target = fc.oneof(
    soup(TARGET),
    soup(TARGET).map((text) => `/b/${text}`),
    soup(TARGET).map((text) => `http://s3.test${text}`),
  );
  fc.assert(
    fc.property(target, fc.constantFrom(...HOSTS), (text, host) => {
      const parsed = request(text, host, []);
      if (parsed === undefined) return;
      const path =
        parsed.addressing === 'path' ? parsed.rawPath.slice(1) : `${parsed.bucket}/${parsed.rawPath.slice(1)}`;
      const slash = path.indexOf('/');
      assert.equal(hexOf(parsed.bucket ?? ''), unescaped(slash < 0 ? path : path.slice(0, slash)));
      assert.equal(hexOf(parsed.key ?? ''), unescaped(slash < 0 ? '' : path.slice(slash + 1)));
      assert.notEqual(parsed.key, '');
      assert.ok(
        text.endsWith(parsed.rawPath + (parsed.rawQuery === undefined ? '' : `?${parsed.rawQuery}`)) ||
          !text.startsWith('/'),
      );
      for (const { name, rawName, value, rawValue } of parsed.parameters) {
        assert.equal(hexOf(name), unescaped(rawName));
        assert.equal(value === undefined, rawValue === undefined);
        assert.equal(hexOf(value ?? ''), unescaped((rawValue ?? '').replaceAll('+', ' ')));
      }
    }),
    FUZZ,
  );
});

test('headers of any bytes can be looked at', () => {
  const name = fc.constantFrom('Host', 'x-amz-meta-a', 'X-AMZ-META-A', '__proto__', 'constructor');
  const headers = fc.array(fc.tuple(name, soup(['\xc3\xa9', ' ', '\t', 'a', '\xef\xbf\xbd'], 8)), { maxLength: 6 });
  fc.assert(
    fc.property(headers, (pairs) => {
      const parsed = request('/', 's3.test', pairs.flat());
      for (const field of parsed?.headers.names() ?? []) {
        const [all, raw] = [parsed?.headers.all(field) ?? [], parsed?.headers.raw(field) ?? []];
        assert.equal(all.length, raw.length);
        const one = attempt(() => parsed?.headers.one(field));
        assert.equal(one, all.length === 1 ? all[0] : undefined);
        all.forEach((value, index) => {
          const bytes = (raw[index] ?? '').replace(/^[ \t]+|[ \t]+$/g, '');
          assert.ok([Buffer.from(value).toString('latin1'), value].includes(bytes));
        });
      }
    }),
    FUZZ,
  );
});

test('rule 20: values: a range lies within its body, and nothing else than S3Error is thrown', () => {
  const pieces = [
    'bytes=',
    'Bytes=',
    '-',
    '0',
    '1',
    '99999999999999999999',
    ',',
    ' ',
    '"',
    'W/',
    '*',
    'Sun, ',
    '06 Nov 1994 ',
    '08:49:37 GMT',
    'aws-chunked',
  ];
  fc.assert(
    fc.property(soup(pieces, 8), fc.nat({ max: 20 }), (text, size) => {
      for (const range of [attempt(() => parseRange(text, size)), attempt(() => parseCopyRange(text, size))]) {
        if (range !== undefined) assert.ok(0 <= range.start && range.start < range.end && range.end <= size);
      }
      attempt(() => contentMd5(text));
      parseEtagList(text, 'strong');
      const date = parseHttpDate(text);
      assert.ok(date === undefined || Number.isSafeInteger(date));
      const number = integerIn(text, 1, 5);
      assert.ok(number === undefined || (number >= 1 && number <= 5));
      assert.doesNotMatch(storedContentEncoding(text) ?? '', /(^|,)\s*aws-chunked\s*(,|$)/i);
    }),
    FUZZ,
  );
});

// ----------------------------------------------------------------------------------------------------- aws-chunked

const CRC = 'x-amz-checksum-crc32';
const CHUNK_LIMITS = { chunkHeadBytes: 120, trailerBytes: 200, chunkBytes: 40 };

interface Setting {
  readonly signed: boolean;
  readonly trailer: boolean;
  readonly decodedLength: number;
}

/** Everything observable of one body in these packets, as text. */
function outcome(body: Buffer, cuts: readonly number[], setting: Setting): string {
  const chain = new RecordingChain();
  const decoder = new ChunkedDecoder({
    decodedLength: setting.decodedLength,
    trailers: setting.trailer ? [CRC] : [],
    limits: CHUNK_LIMITS,
    ...(setting.signed ? { chain } : {}),
  });
  let data = '';
  const edges = [0, ...cuts.map((cut) => cut % (body.length + 1)).sort((a, b) => a - b), body.length];
  try {
    for (let at = 1; at < edges.length; at += 1) {
      for (const piece of decoder.push(body.subarray(edges[at - 1], edges[at])))
        data += Buffer.from(piece).toString('hex');
    }
    const trailers = [...decoder.end()];
    assert.equal(data.length, 2 * setting.decodedLength);
    return JSON.stringify([data, trailers, chain.seen]);
  } catch (error) {
    assert.ok(error instanceof S3Error, `not an S3Error: ${error instanceof Error ? error.stack : error}`);
    assert.ok(data.length <= 2 * setting.decodedLength);
    return error.code;
  }
}

const cuts = fc.array(fc.nat({ max: 2000 }), { maxLength: 12 });

test('rule 20: aws-chunked noise: the packets make no difference', () => {
  const pieces = [
    '\r\n',
    '\r',
    '\n',
    '0',
    '5',
    'a',
    ';chunk-signature=',
    SIGNATURE,
    ':',
    CRC,
    'AAAAAA==',
    '5\r\nhello\r\n',
    '0\r\n',
    '0\r\n\r\n',
  ];
  const setting = fc.record({ signed: fc.boolean(), trailer: fc.boolean(), decodedLength: fc.constantFrom(0, 5, 10) });
  fc.assert(
    fc.property(soup(pieces), setting, cuts, (text, options, splits) => {
      const body = Buffer.from(text, 'latin1');
      assert.equal(outcome(body, splits, options), outcome(body, [], options));
    }),
    FUZZ,
  );
});

test('aws-chunked bodies, whole and damaged in one byte: the packets make no difference', () => {
  const piece = fc.string({ minLength: 1, maxLength: 12 });
  const damage = fc.option(fc.tuple(fc.nat({ max: 2000 }), fc.nat({ max: 255 })));
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 4 }),
      fc.boolean(),
      fc.boolean(),
      damage,
      cuts,
      (parts, signed, trailer, hit, splits) => {
        const tail = trailer ? `${CRC}:AAAAAA==\r\n${signed ? `x-amz-trailer-signature:${SIGNATURE}\r\n` : ''}` : '';
        const body = framed(parts, signed ? SIGNATURE : undefined, tail);
        const setting = { signed, trailer, decodedLength: Buffer.byteLength(parts.join('')) };
        if (hit !== null) body[hit[0] % body.length] = hit[1];
        const whole = outcome(body, [], setting);
        assert.equal(outcome(body, splits, setting), whole);
        if (hit === null) assert.equal(JSON.parse(whole)[0], Buffer.from(parts.join('')).toString('hex'));
      },
    ),
    FUZZ,
  );
});

// -------------------------------------------------------------------------------------------------------------- XML

const XML_LIMITS = { ...LIMITS, xmlBytes: 4000, xmlDepth: 5, xmlElements: 30, xmlTagBytes: 100 };
const XML = [
  '<a>',
  '</a>',
  '<a/>',
  '<Delete>',
  '</Delete>',
  '<Object>',
  '</Object>',
  '<Key>',
  '</Key>',
  '<Part>',
  '</Part>',
  '<![CDATA[',
  ']]>',
  '<!--',
  '-->',
  '<!DOCTYPE a>',
  '<!ENTITY',
  '<?xml version="1.0"?>',
  '&amp;',
  '&#1;',
  '&#x',
  '&',
  ';',
  '"',
  "'",
  '<',
  '>',
  '=',
  ' ',
  ' xsi:type="Group"',
  'x',
  '\u00e9',
  '__proto__',
  '<__proto__>',
  '<constructor>',
  '\n',
];

function measure(element: XmlElement, depth: number): number {
  assert.ok(depth <= XML_LIMITS.xmlDepth);
  assert.ok(element.children.length === 0 || element.text === '');
  return element.children.reduce((sum, child) => sum + measure(child, depth + 1), 1);
}

const READERS = [
  ...[readDelete, readCompleteMultipartUpload, readAcl, readCreateBucketConfiguration, readCors],
  ...[readOwnershipControls, readPublicAccessBlock, readRequestPayment, readVersioning],
  ...[readTagging, readLockConfiguration, readRetention, readLegalHold],
];

test('rule 20: XML noise becomes a bounded tree or an S3Error, in every reader', () => {
  const text = fc.oneof(
    soup(XML),
    soup(XML).map((inner) => `<Delete>${inner}</Delete>`),
    soup(XML).map((inner) => `<CORSConfiguration><CORSRule>${inner}</CORSRule></CORSConfiguration>`),
    soup(XML).map((inner) => `<OwnershipControls><Rule>${inner}</Rule></OwnershipControls>`),
    soup(XML).map((inner) => `<PublicAccessBlockConfiguration>${inner}</PublicAccessBlockConfiguration>`),
    soup(XML).map((inner) => `<VersioningConfiguration>${inner}</VersioningConfiguration>`),
    soup(XML).map((inner) => `<Tagging><TagSet>${inner}</TagSet></Tagging>`),
    soup(XML).map((inner) => `<ObjectLockConfiguration>${inner}</ObjectLockConfiguration>`),
    soup(XML).map((inner) => `<Retention>${inner}</Retention>`),
    soup(XML).map((inner) => `<Delete><Object><Key>${inner}</Key></Object></Delete>`),
    soup(XML).map(
      (inner) =>
        `<AccessControlPolicy><Owner><ID>x</ID></Owner><AccessControlList>${inner}</AccessControlList></AccessControlPolicy>`,
    ),
  );
  fc.assert(
    fc.property(text, fc.constantFrom<BufferEncoding>('utf8', 'latin1'), (noise, encoding) => {
      const bytes = Buffer.from(noise, encoding);
      const root = attempt(() => parseXml(bytes, XML_LIMITS));
      if (root !== undefined) assert.ok(measure(root, 1) <= XML_LIMITS.xmlElements);
      for (const reader of READERS) attempt(() => reader(bytes, XML_LIMITS));
    }),
    FUZZ,
  );
});

test('rule 18: any text survives its way through a document and through encoding-type=url', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      const root = parseXml(Buffer.from(`<a>${escapeXml(text)}</a>`), XML_LIMITS);
      assert.equal(root.text, text);
      assert.equal(decodeURIComponent(encodeKeyForUrl(text).replaceAll('+', ' ')), text);
      assert.match(encodeKeyForUrl(text), /^[A-Za-z0-9._*/+%-]*$/);
    }),
    FUZZ,
  );
});
