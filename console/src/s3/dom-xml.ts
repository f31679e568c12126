/** The browser's parser as ours. `DOMParser` is a sink of Trusted Types: what it is given comes through the one policy. */

import type { ParseXml, Element as Read } from './xml.ts';

function readOf(element: Element): Read {
  return {
    name: element.localName,
    text: element.textContent ?? '',
    attributes: Object.fromEntries(Array.from(element.attributes, ({ name, value }) => [name, value])),
    children: Array.from(element.children, readOf),
  };
}

/** `trust`: the policy's way to say that text may be parsed. What is made of it is read, never shown as a document. */
export const domParser =
  (trust: (text: string) => string): ParseXml =>
  (text) => {
    const document = new DOMParser().parseFromString(trust(text), 'application/xml');
    const root = document.documentElement;
    if (root.localName === 'parsererror' || root.querySelector('parsererror') !== null) throw new Error('not XML');
    return readOf(root);
  };
