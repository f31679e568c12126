/** S3's documents, both ways: what `xml-read.ts` read is asked for here, and what is sent is written. */

/** What a document is made of: elements, by their local names. */
export interface Element {
  readonly name: string;
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
}

export const all = (element: Element | undefined, name: string): readonly Element[] =>
  element?.children.filter((child) => child.name === name) ?? [];

export const one = (element: Element | undefined, name: string): Element | undefined =>
  element?.children.find((child) => child.name === name);

export const textOf = (element: Element | undefined, name: string): string | undefined => one(element, name)?.text;

export const textsOf = (element: Element | undefined, name: string): readonly string[] =>
  all(element, name).map(({ text }) => text);

export const numberOf = (element: Element | undefined, name: string): number | undefined => {
  const text = textOf(element, name);
  return text === undefined || text === '' ? undefined : Number(text);
};

/** ms */
export const timeOf = (element: Element | undefined, name: string): number | undefined => {
  const text = textOf(element, name);
  return text === undefined ? undefined : Date.parse(text);
};

export const flagOf = (element: Element | undefined, name: string): boolean => textOf(element, name) === 'true';

// ----------------------------------------------------------------------------------------------------------- writing

/** Text, a list of members, or nothing at all. */
export type Written = string | number | boolean | undefined | Members | readonly Members[] | readonly string[];
export interface Members {
  readonly [name: string]: Written;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: keys may hold them, and XML only as references
const SPECIAL = /[\x00-\x1f&<>"'\x7f\ufffe\uffff]/g;

const escapeText = (text: string): string => text.replace(SPECIAL, (character) => `&#${character.charCodeAt(0)};`);

/** `<Name>…</Name>`; a list is its element again and again; `undefined` is left out. */
function write(name: string, value: Written): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((entry: Members | string) => write(name, entry)).join('');
  const inside =
    typeof value === 'object'
      ? Object.entries(value)
          .map(([member, entry]) => write(member, entry))
          .join('')
      : escapeText(String(value));
  return `<${name}>${inside}</${name}>`;
}

export const documentOf = (name: string, members: Members): string =>
  write(name, members).replace(`<${name}>`, `<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`);

/** Grantees have an attribute of their own, which is all of attributes that S3 writes. */
export function grantee(type: 'CanonicalUser' | 'AmazonCustomerByEmail' | 'Group', members: Members): string {
  const inside = write('Grantee', members).slice('<Grantee>'.length);
  return `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}">${inside}`;
}

export { write as writeElement };
