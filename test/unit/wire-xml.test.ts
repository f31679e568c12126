/** XML from clients: our own guard stands in front of the parser, and only S3Error comes out. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/base/limits.ts';
import { S3Error } from '../../src/model/errors.ts';
import { parseXml, type XmlElement } from '../../src/wire/xml.ts';
import { escapeXml } from '../../src/wire/xml-write.ts';

const LIMITED = { ...LIMITS, xmlBytes: 2000, xmlDepth: 4, xmlElements: 20, xmlTagBytes: 100 };

const parse = (text: string | Uint8Array): XmlElement => parseXml(Buffer.from(text), LIMITED);

function refused(text: string | Uint8Array, code = 'MalformedXML'): void {
  assert.throws(
    () => parse(text),
    (error) => error instanceof S3Error && error.code === code,
    Buffer.from(text).toString(),
  );
}

test('a document becomes a tree; prefixes and namespaces are tolerated', () => {
  const root = parse(
    '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<!-- c --><s:A xmlns:s="x" xmlns="y" s:b=\'1&amp;2\'> <B/>\n<s:C>t</s:C></s:A>\n',
  );
  assert.deepEqual(root, {
    name: 'A',
    attributes: new Map([['s:b', '1&2']]),
    children: [
      { name: 'B', attributes: new Map(), children: [], text: '' },
      { name: 'C', attributes: new Map(), children: [], text: 't' },
    ],
    text: '',
  });
});

test('text comes through exactly: white space, entities, references, CDATA', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['  a  ', '  a  '],
    ['a\r\nb\rc', 'a\nb\nc'],
    ['&#13;&#xa;&#x9;', '\r\n\t'],
    ['&lt;&gt;&amp;&quot;&apos;', '<>&"\''],
    ['&amp;lt;', '&lt;'],
    ['&#x1F5FB;&#252;', '🗻ü'],
    ['&#0;&#1;', '\u0000\u0001'],
    ['<![CDATA[<a>&amp;]]>', '<a>&amp;'],
    ['a<![CDATA[ b ]]>c', 'a b c'],
    ['a<!-- x -->b', 'ab'],
    ['0123', '0123'],
    ['true', 'true'],
    ['__proto__', '__proto__'],
  ];
  for (const [inner, text] of cases) assert.equal(parse(`<a>${inner}</a>`).text, text, inner);
});

test('what we escape we read back', () => {
  let all = '';
  for (let code = 0; code < 0x3000; code += 1) all += String.fromCharCode(code);
  all += '\ufdd0\ufffd\ufffe\uffff𐀀';
  for (let at = 0; at < all.length; at += 100) {
    const text = all.slice(at, at + 100);
    assert.equal(parseXml(Buffer.from(`<a>${escapeXml(text)}</a>`), LIMITS).text, text);
  }
});

test('rule 19: document types, entities of one’s own and processing instructions do not exist', () => {
  refused('<!DOCTYPE a><a/>');
  refused('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>');
  refused('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>');
  refused('<!doctype a><a/>');
  refused('<a><!ENTITY x "y"></a>');
  refused('<a><!ELEMENT a ANY></a>');
  refused('<a>&x;</a>');
  refused('<a>&nbsp;</a>');
  refused('<a b="&x;"/>');
  refused('<a><?php x ?></a>');
  refused('<?xml-stylesheet href="x"?><a/>');
  refused('<?xml version="1.1"?><a/>');
  refused('<?xml version="1.0" encoding="ISO-8859-1"?><a/>');
  refused('<a/><?xml version="1.0"?>');
});

test('references name characters, and nothing that is none', () => {
  for (const inner of [
    '&#xD800;',
    '&#xDFFF;',
    '&#x110000;',
    '&#1114112;',
    '&#;',
    '&#x;',
    '&#-1;',
    '&#x1',
    '&',
    '&;',
    '&AMP;',
    '&#X41;',
    '&#99999999;',
  ]) {
    refused(`<a>${inner}</a>`);
  }
});

test('what is not well-formed is refused', () => {
  for (const text of [
    ' ',
    'a',
    '<a>',
    '<a',
    '</a>',
    '<a></b>',
    '<a><b></a></b>',
    '<a/><b/>',
    '<a/>x',
    'x<a/>',
    '<a b=1/>',
    '<a b/>',
    '<a b="1" b="2"/>',
    '<1/>',
    '<a><</a>',
    '<a>x<b/></a>',
    '<__proto__/>',
    '<a><__proto__>x</__proto__></a>',
    '{"a":1}',
  ]) {
    refused(text);
  }
});

test('bytes that are not UTF-8 and characters that XML does not have are refused', () => {
  refused(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]));
  refused(Buffer.from('<a>\ud83e</a>', 'utf16le'));
  refused(Buffer.from('<a/>', 'utf16le'));
  for (const character of ['\u0000', '\u0001', '\u000b', '\u001f', '\ufffe', '\uffff']) refused(`<a>${character}</a>`);
});

test('nothing at all is said to be missing', () => {
  refused('', 'MissingRequestBodyError');
});

test('rule 19: size, depth, elements and tags are bounded', () => {
  refused(`<a>${'x'.repeat(2000)}</a>`, 'MaxMessageLengthExceeded');
  assert.equal(parse(`${'<a>'.repeat(4)}${'</a>'.repeat(4)}`).name, 'a');
  refused(`${'<a>'.repeat(5)}${'</a>'.repeat(5)}`);
  assert.equal(parse(`<a>${'<b/>'.repeat(19)}</a>`).children.length, 19);
  refused(`<a>${'<b/>'.repeat(20)}</a>`);
  refused(`<a b="${'x'.repeat(100)}"/>`);
  refused(`<a${' '.repeat(100)}/>`);
  refused(`<a ${'b="" '.repeat(50)}/>`);
});
