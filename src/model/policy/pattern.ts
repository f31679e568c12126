/**
 * Patterns of policies: `*` is any run of characters, `?` any one, everything else itself (SECURITY rule 13).
 *
 * No regular expressions and no going back: what stands before the first `*` and behind the last is compared in place, and each
 * part between two of them is looked for once, from where the one before it ended. A part with `?` is looked for with all its
 * places that are still possible as bits of numbers (Baeza-Yates and Gonnet, "A new approach to text searching"): one step
 * for each character and each 32 characters of the part, whatever they are.
 */

export interface Pattern {
  matches(text: string, steps?: Steps): boolean;
}

/** Counts what matching costs; tests hold it to be linear. */
export interface Steps {
  count: number;
}

/** A piece of a pattern: characters to be found as they are, and wildcards. Variables put in literal pieces. */
export type PatternPiece = { readonly literal: string } | '*' | '?';

/** `text` with its wildcards. */
export const patternOf = (text: string): Pattern => compile(piecesOf(text));

export function piecesOf(text: string): readonly PatternPiece[] {
  const pieces: PatternPiece[] = [];
  let literal = '';
  for (const character of text) {
    if (character !== '*' && character !== '?') {
      literal += character;
      continue;
    }
    if (literal !== '') pieces.push({ literal });
    literal = '';
    pieces.push(character);
  }
  return literal === '' ? pieces : [...pieces, { literal }];
}

export function compile(pieces: readonly PatternPiece[]): Pattern {
  return pieces.includes('?') ? withAny(pieces) : withoutAny(pieces);
}

/** Parts of plain text, which the platform's own search finds. */
function withoutAny(pieces: readonly PatternPiece[]): Pattern {
  const parts = splitAtStars(pieces, '', (part, piece) => (piece === '?' ? part : part + piece.literal));
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  const between = parts.slice(1, -1).filter((part) => part !== '');
  if (parts.length === 1) return { matches: (text) => text === first };
  return {
    matches: (text, steps) => {
      const end = text.length - last.length;
      if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
      let at = first.length;
      for (const part of between) {
        const found = text.indexOf(part, at);
        const next = found < 0 ? text.length : found + part.length;
        if (steps !== undefined) steps.count += next - at;
        if (found < 0 || next > end) return false;
        at = next;
      }
      return true;
    },
  };
}

/** Any one character. */
const ANY = '';

function withAny(pieces: readonly PatternPiece[]): Pattern {
  const parts = splitAtStars<readonly string[]>(pieces, [], (part, piece) =>
    piece === '?' ? [...part, ANY] : [...part, ...piece.literal],
  );
  const first = parts[0] ?? [];
  const last = parts.at(-1) ?? [];
  const between = parts.slice(1, -1).filter((part) => part.length > 0);
  return {
    matches: (text, steps) => {
      const characters = [...text];
      const end = characters.length - last.length;
      if (parts.length === 1) return end === 0 && standsAt(first, characters, 0);
      if (end < first.length || !standsAt(first, characters, 0) || !standsAt(last, characters, end)) return false;
      characters.length = end;
      let at = first.length;
      for (const part of between) {
        at = endOfNext(part, characters, at, steps);
        if (at < 0) return false;
      }
      return true;
    },
  };
}

type Unsplit = Exclude<PatternPiece, '*'>;

function splitAtStars<T>(pieces: readonly PatternPiece[], empty: T, add: (part: T, piece: Unsplit) => T): readonly T[] {
  const parts: T[] = [];
  let part = empty;
  for (const piece of pieces) {
    if (piece === '*') {
      parts.push(part);
      part = empty;
    } else part = add(part, piece);
  }
  return [...parts, part];
}

const standsAt = (part: readonly string[], text: readonly string[], start: number): boolean =>
  part.every((character, at) => character === ANY || character === text[start + at]);

const WORD = 32;

/** Where the first occurrence of `part` at or behind `start` ends; -1 when there is none. */
function endOfNext(part: readonly string[], text: readonly string[], start: number, steps?: Steps): number {
  const words = Math.ceil(part.length / WORD);
  const { masks, others } = masksOf(part, words);
  const last = 1 << ((part.length - 1) % WORD);
  const state = new Uint32Array(words);
  for (let at = start; at < text.length; at += 1) {
    const mask = masks.get(text[at] ?? '') ?? others;
    let carry = 1;
    for (let word = 0; word < words; word += 1) {
      const before = state[word] ?? 0;
      state[word] = ((before << 1) | carry) & (mask[word] ?? 0);
      carry = before >>> (WORD - 1);
    }
    if (steps !== undefined) steps.count += words;
    if (((state[words - 1] ?? 0) & last) !== 0) return at + 1;
  }
  return -1;
}

/** Of each character the places in the part where it may stand; `others`: of all that the part does not name. */
function masksOf(part: readonly string[], words: number) {
  const others = new Uint32Array(words);
  for (const [at, character] of part.entries()) if (character === ANY) mark(others, at);
  const masks = new Map<string, Uint32Array>();
  for (const [at, character] of part.entries()) {
    if (character === ANY) continue;
    const mask = masks.get(character) ?? others.slice();
    mark(mask, at);
    masks.set(character, mask);
  }
  return { masks, others };
}

function mark(mask: Uint32Array, at: number): void {
  const word = Math.floor(at / WORD);
  mask[word] = (mask[word] ?? 0) | (1 << (at % WORD));
}
