/**
 * XML as S3 sends it, read by these few lines rather than by `DOMParser`: that refuses the references which S3 writes for control
 * characters of keys (`&#x1;`), is not there in workers, and is a sink of Trusted Types.
 *
 * Read are elements by their local names, attributes, text, CDATA and references. A document type is refused: no S3 sends one.
 */

import type { Element } from './xml.ts';

interface Open {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/** A declaration, a comment, CDATA, a tag, or the text between them. */
const PIECE = /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([^\s/>!?]+)([^<>]*?)(\/?)>|([^<]+)/y;
const ATTRIBUTE = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** It is no XML: the page of a proxy in between, or something half typed. */
export class NotXml extends Error {
  override readonly name = 'NotXml';
  /** Where reading it came to an end. */
  readonly at: number;

  constructor(at: number) {
    super('This is no XML.');
    this.at = at;
  }
}

/** The root. Throws `NotXml` when it is none. */
export function readXml(text: string): Element {
  const piece = new RegExp(PIECE);
  const top: Open = { name: '', attributes: {}, children: [], text: '' };
  const open: Open[] = [top];
  while (piece.lastIndex < text.length) {
    const at = piece.lastIndex;
    const match = piece.exec(text);
    if (match === null) throw new NotXml(at);
    take(match, open);
  }
  const [root, second] = top.children;
  if (root === undefined || second !== undefined || open.length > 1) throw new NotXml(text.length);
  return root;
}

function take(match: RegExpExecArray, open: Open[]): void {
  const here = open.at(-1);
  if (here === undefined) throw new NotXml(match.index);
  const [, data, end, name, attributes = '', empty, plain] = match;
  if (name === undefined) here.text += data ?? unescaped(plain ?? '');
  else if (end === '') {
    const element: Open = { name: localName(name), attributes: attributesIn(attributes), children: [], text: '' };
    here.children.push(element);
    if (empty === '') open.push(element);
  } else {
    if (open.length === 1 || localName(name) !== here.name) throw new NotXml(match.index);
    open.pop();
  }
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

const attributesIn = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...text.matchAll(ATTRIBUTE)].map(([, name = '', double, single]) => [name, unescaped(double ?? single ?? '')]),
  );

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));/gi, (all: string, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? all;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0x10ffff ? all : String.fromCodePoint(code);
  });
}
