/**
 * SECURITY rule 22: what strangers send costs what it is long. Each reader of client text is given as much as the limits
 * let through, of what makes careless expressions try every way to cut it: were one of them worse than linear, this
 * file would not come to its end.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/base/limits.ts';
import { parseGrantees } from '../../src/ops/acl.ts';
import { parseCopySource } from '../../src/ops/copy-source.ts';
import { claimOf } from '../../src/sign/claim.ts';
import { mismatch } from '../../src/sign/compare.ts';
import { ChunkedDecoder } from '../../src/wire/chunked.ts';
import {
  contentMd5,
  encodeKeyForUrl,
  hasAwsChunked,
  parseCopyRange,
  parseEtagList,
  parseHttpDate,
  parseRange,
  storedContentEncoding,
  unquoteEtag,
} from '../../src/wire/values.ts';
import { parseXml } from '../../src/wire/xml.ts';
import { requestOf } from '../support/request.ts';

/** Runs are what expressions go over again and again: of one character, of two that may trade places, of a whole word. */
const UNITS = [
  ' ',
  '\t',
  ' \t',
  'a ',
  ' a',
  ',',
  ', ',
  'a,',
  '"',
  'W/"',
  '=',
  'a=',
  '/',
  '%',
  '%2',
  '%20',
  '0',
  '-',
  ':',
  ';',
  '\\',
];
const ENDS = ['', '\x7f', '"', 'x', '\n', '='];

function* texts(length: number): Generator<string> {
  for (const unit of UNITS) {
    for (const end of ENDS) yield unit.repeat(length / unit.length) + end;
  }
}

/** Whatever is said of the text, it is said. */
function ask(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof Error);
  }
}

test('rule 22: a header of any text is read in time that follows its length', () => {
  const readers: readonly ((text: string) => unknown)[] = [
    (text) => parseEtagList(text, 'weak'),
    unquoteEtag,
    parseHttpDate,
    hasAwsChunked,
    storedContentEncoding,
    contentMd5,
    encodeKeyForUrl,
    (text) => parseRange(text, 10),
    (text) => parseRange(`bytes=${text}`, 10),
    (text) => parseCopyRange(text, 10),
    (text) => claimOf(requestOf('GET', '/b/k', { authorization: text })),
    (text) => claimOf(requestOf('GET', '/b/k', { authorization: `AWS ${text}` })),
    (text) => claimOf(requestOf('GET', '/b/k', { authorization: `AWS4-HMAC-SHA256 ${text}` })),
    (text) => claimOf(requestOf('GET', '/b/k', { authorization: `AWS4-HMAC-SHA256 Credential=${text}` })),
    (text) => parseCopySource(requestOf('PUT', '/b/k', { 'x-amz-copy-source': text }).headers),
    (text) => parseGrantees('x-amz-grant-read', text),
    (text) => requestOf('GET', '/b/k', { host: text }),
    (text) => requestOf('GET', `/b/${text}`),
    (text) => requestOf('GET', `/b/k?${text}`),
    (text) => mismatch({ accessKeyId: 'a', signature: text, stringToSign: text, canonicalRequest: text }),
  ];
  for (const text of texts(LIMITS.headBytes - 1024)) for (const read of readers) ask(() => read(text));
});

test('rule 22: a trailer of any text is read in time that follows its length', () => {
  for (const text of texts(LIMITS.trailerBytes - 64)) {
    const decoder = new ChunkedDecoder({ decodedLength: 0, trailers: ['x-amz-checksum-crc32'], limits: LIMITS });
    ask(() => decoder.push(Buffer.from(`0\r\nx-amz-checksum-crc32:${text}\r\n\r\n`, 'latin1')));
  }
});

test('rule 22: a document of any text is read in time that follows its length', () => {
  const documents = [
    ' ',
    '\n',
    '<',
    '</',
    '<a',
    '<a/>',
    '<a b="',
    '>',
    '&',
    '&amp;',
    '&#x',
    '<!--',
    '<![CDATA[',
    ']]>',
    '"',
    '=',
  ].map((unit) => unit.repeat((256 * 1024) / unit.length));
  for (const text of documents) {
    ask(() => parseXml(Buffer.from(text), LIMITS));
    ask(() => parseXml(Buffer.from(`<a>${text}</a>`), LIMITS));
    ask(() => parseXml(Buffer.from(`<a ${text.slice(0, 900)}/>`), LIMITS));
  }
});
