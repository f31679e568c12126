/**
 * XML that clients send, as a small immutable tree.
 *
 * The parser is fast-xml-parser; what stands in front of it is ours: size, UTF-8, characters, no document type, no
 * processing instruction, no entity but the five of XML and numeric references, tag length, element count, depth
 * (SECURITY rule 19). Names lose their namespace prefix: S3 takes its documents with and without a namespace.
 * Numeric references may name any character, control characters too: keys may hold what XML 1.0 cannot, and our own
 * documents name those so. Source: XML 1.0, fifth edition.
 */

import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Limits } from '../base/limits.ts';
import { S3Error } from '../model/errors.ts';

export interface XmlElement {
  /** Without namespace prefix. */
  readonly name: string;
  /** By name as written, prefix included (`xsi:type`); namespace declarations are left out. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Of an element without children, unchanged, white space included. Empty otherwise. */
  readonly text: string;
}

export type XmlLimits = Pick<Limits, 'xmlBytes' | 'xmlDepth' | 'xmlElements' | 'xmlTagBytes'>;

/** The root element. Throws `MalformedXML`, `MaxMessageLengthExceeded`, or `MissingRequestBodyError` for no bytes at all. */
export function parseXml(bytes: Uint8Array, limits: XmlLimits): XmlElement {
  if (bytes.length === 0) throw new S3Error('MissingRequestBodyError');
  if (bytes.length > limits.xmlBytes) {
    throw new S3Error('MaxMessageLengthExceeded', `An XML document may have at most ${limits.xmlBytes} bytes.`);
  }
  const text = guarded(bytes, limits);
  const roots = convert(parsed(text, limits), limits.xmlDepth);
  const root = roots.children[0];
  if (root === undefined || roots.children.length !== 1) throw malformedXml('it must have exactly one root element');
  return root;
}

export const malformedXml = (problem: string, cause?: unknown): S3Error =>
  new S3Error(
    'MalformedXML',
    `The XML you provided was not well-formed or did not validate against our published schema: ${problem}.`,
    { cause },
  );

// ----------------------------------------------------------------------------------------------------------- guard

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to refuse
const NOT_XML = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
const DECLARATION =
  /^<\?xml version=(?:"1\.0"|'1\.0')(?: encoding=(?:"utf-8"|'utf-8'))?(?: standalone=(?:"(?:yes|no)"|'(?:yes|no)'))? ?\?>/i;

/** The document without its declaration, once nothing in it is dangerous to parse. */
function guarded(bytes: Uint8Array, limits: XmlLimits): string {
  const text = utf8(bytes);
  if (NOT_XML.test(text)) throw malformedXml('it holds a control character; write it as a numeric reference');
  const start = text.trimStart().replace(DECLARATION, '');
  if (start.includes('<?'))
    throw malformedXml('it has a declaration or a processing instruction that is not supported');
  if (/<!(?!--|\[CDATA\[)/.test(start)) throw malformedXml('it has a document type or a declaration of its own');
  // The parser would drop what stands behind the last tag.
  if (start.slice(start.lastIndexOf('>') + 1).trim() !== '') throw malformedXml('it has text outside its root element');
  let elements = 0;
  for (let at = start.indexOf('<'), next = at; at >= 0; at = next) {
    next = start.indexOf('<', at + 1);
    const end = start.indexOf('>', at);
    if ((end < 0 ? start.length : end) - at > limits.xmlTagBytes) {
      throw malformedXml(`a tag is longer than ${limits.xmlTagBytes} characters`);
    }
    if (start[at + 1] !== '/') elements += 1;
    if (elements > limits.xmlElements) throw malformedXml(`it has more than ${limits.xmlElements} elements`);
  }
  return start;
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw malformedXml('it is not UTF-8', cause);
  }
}

// ---------------------------------------------------------------------------------------------------------- parsing

/** What the parser gives with `preserveOrder`: one key that is the name, or `#text`, or `#cdata`; attributes under `:@`. */
type Node = Readonly<Record<string, unknown>>;

function parsed(text: string, limits: XmlLimits): readonly Node[] {
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    processEntities: false,
    cdataPropName: '#cdata',
    maxNestedTags: limits.xmlDepth,
  });
  try {
    const valid = XMLValidator.validate(text);
    if (valid !== true) throw malformedXml(`${shortened(valid.err.msg)} (line ${valid.err.line})`);
    return nodes(parser.parse(text));
  } catch (cause) {
    if (cause instanceof S3Error) throw cause;
    throw malformedXml('it could not be parsed', cause);
  }
}

/** The parser's words may hold a name of the client's, which may be long. */
const shortened = (message: string): string => message.replace(/\.$/, '').slice(0, 120);

const nodes = (value: unknown): readonly Node[] => (Array.isArray(value) ? value.filter(isNode) : []);
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** `depth`: how many levels of elements may still come. */
function convert(content: readonly Node[], depth: number): Pick<XmlElement, 'children' | 'text'> {
  const children: XmlElement[] = [];
  let text = '';
  for (const node of content) {
    for (const name of Object.keys(node)) {
      const value = node[name];
      if (name === '#text') text += decodeEntities(String(value));
      else if (name === '#cdata') text += cdata(value);
      else if (name !== ':@') children.push(element(name, value, node[':@'], depth - 1));
    }
  }
  if (children.length === 0) return { children, text };
  if (text.trim() !== '') throw malformedXml('it has text between elements');
  return { children, text: '' };
}

function element(name: string, value: unknown, attributes: unknown, depth: number): XmlElement {
  if (depth < 0) throw malformedXml('its elements are nested too deeply');
  return { name: localName(name), attributes: attributesOf(attributes), ...convert(nodes(value), depth) };
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

function attributesOf(value: unknown): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const [name, text] of Object.entries(isNode(value) ? value : {})) {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) attributes.set(name, decodeEntities(String(text)));
  }
  return attributes;
}

const cdata = (value: unknown): string =>
  nodes(value)
    .map((node) => String(node['#text'] ?? ''))
    .join('');

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^&;]{0,12};?)/g, (_, body: string) => {
    const name = body.endsWith(';') ? body.slice(0, -1) : '';
    const known = ENTITIES.get(name) ?? numericReference(name);
    if (known === undefined) throw malformedXml('it has an entity that XML does not define');
    return known;
  });
}

function numericReference(name: string): string | undefined {
  const match = /^#(?:([0-9]{1,7})|x([0-9a-fA-F]{1,6}))$/.exec(name);
  if (match === null) return undefined;
  const code = match[1] === undefined ? Number.parseInt(match[2] ?? '', 16) : Number.parseInt(match[1], 10);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  return String.fromCodePoint(code);
}
