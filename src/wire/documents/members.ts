/** The members of one element of a client's document, by name. What the schema does not know is refused. */

import { malformedXml, parseXml, type XmlElement, type XmlLimits } from '../xml.ts';
import { checkElements } from './elements.ts';

export class Members {
  readonly #parent: string;
  readonly #byName = new Map<string, XmlElement[]>();

  /** Throws `MalformedXML` for a member that is not among `known`. */
  constructor(element: XmlElement, known: readonly string[]) {
    this.#parent = element.name;
    if (element.text.trim() !== '') throw malformedXml(`${element.name} must have elements, not text`);
    for (const child of element.children) {
      if (!known.includes(child.name)) throw malformedXml(`${child.name} is not expected in ${element.name}`);
      const same = this.#byName.get(child.name);
      if (same === undefined) this.#byName.set(child.name, [child]);
      else same.push(child);
    }
  }

  all(name: string): readonly XmlElement[] {
    return this.#byName.get(name) ?? [];
  }

  /** Throws `MalformedXML` when it occurs twice. */
  one(name: string): XmlElement | undefined {
    const [first, second] = this.all(name);
    if (second !== undefined) throw malformedXml(`${name} occurs more than once in ${this.#parent}`);
    return first;
  }

  required(name: string): XmlElement {
    const element = this.one(name);
    if (element === undefined) throw malformedXml(`${this.#parent} lacks ${name}`);
    return element;
  }

  /** The text of a leaf, white space and all: for keys. */
  exact(name: string): string | undefined {
    const element = this.one(name);
    if (element === undefined) return undefined;
    if (element.children.length > 0) throw malformedXml(`${name} must hold text, not elements`);
    return element.text;
  }

  /** The text of a leaf without white space around it: for everything that is not a key. */
  text(name: string): string | undefined {
    return this.exact(name)?.trim();
  }

  requiredExact(name: string): string {
    this.required(name);
    return this.exact(name) ?? '';
  }

  requiredText(name: string): string {
    return this.requiredExact(name).trim();
  }
}

/** The document's root, which must be called `name`. Throws `NotImplemented` for what `elements.ts` refuses. */
export function readRoot(bytes: Uint8Array, name: string, limits: XmlLimits): XmlElement {
  const root = parseXml(bytes, limits);
  if (root.name !== name) throw malformedXml(`the root element must be ${name}`);
  checkElements(root);
  return root;
}
