/**
 * XML that we send: strings, joined. Every value passes `escapeXml`; names are ours.
 *
 * Characters that XML 1.0 cannot hold (keys may have them) become numeric references, as S3 writes them; parsers refuse
 * those, which is what `encoding-type=url` is for. Tab, line feed and carriage return become references too: a parser
 * would change them otherwise. Source: "Creating object key names: XML related object key constraints" in the S3 guide.
 */

import { strict as assert } from 'node:assert';

const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
export const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** A whole document in S3's namespace. `content` is XML already. */
export const s3Document = (root: string, content: string): string =>
  `${DECLARATION}<${root} xmlns="${S3_NAMESPACE}">${content}</${root}>`;

/** A whole document without a namespace, as S3's errors are. */
export const plainDocument = (root: string, content: string): string => `${DECLARATION}<${root}>${content}</${root}>`;

/** A document of ours, for where the declaration has gone ahead. */
export function withoutDeclaration(document: string): string {
  assert(document.startsWith(DECLARATION), 'our documents begin with a declaration');
  return document.slice(DECLARATION.length);
}

/** `<Name>value</Name>`, escaped; the empty string for an absent value. */
export function leaf(name: string, value: string | number | boolean | undefined): string {
  if (value === undefined) return '';
  return `<${name}>${typeof value === 'string' ? escapeXml(value) : value}</${name}>`;
}

/** `<Name>content</Name>` around what is XML already. */
export const branch = (name: string, content: string): string => `<${name}>${content}</${name}>`;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to escape
const SPECIAL = /[\x00-\x1f&<>"'\x7f\ufffe\uffff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to escape
const ALL_SPECIAL = /[\x00-\x1f&<>"'\x7f\ufffe\uffff]/g;

export const escapeXml = (text: string): string => (SPECIAL.test(text) ? text.replace(ALL_SPECIAL, escaped) : text);

function escaped(character: string): string {
  switch (character) {
    case '&':
      return '&amp;';
    case '<':
      return '&lt;';
    case '>':
      return '&gt;';
    case '"':
      return '&quot;';
    case "'":
      return '&apos;';
    default:
      return `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`;
  }
}
