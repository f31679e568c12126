/**
 * Keys for eyes. A key may hold anything: controls, marks that turn the direction of reading, spaces that nobody sees. What does
 * not show, or makes something else show, becomes a chip with its code point, so that two keys that look alike are alike.
 */

export interface KeyPart {
  /** A chip stands for one character that would not be seen. */
  readonly kind: 'text' | 'chip';
  readonly text: string;
  /** Where it begins in the key. */
  readonly at: number;
}

/** Controls, formats, separators other than the space, lone surrogates, and fillers that look like nothing. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u3164\uFFA0]|[\u115F-\u1160]|[\uFE00-\uFE0D]|(?! )\p{Zs}/u;
const JOINER = '\u200D';
const PICTURE = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\uFE0F/u;

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** A space is seen only between other characters; at either end and beside another it would vanish. */
function isHidden(characters: readonly string[], index: number): boolean {
  const [before, here = '', after] = [characters[index - 1], characters[index], characters[index + 1]];
  if (here === ' ') return before === undefined || after === undefined || before === ' ' || after === '/';
  // Joins the parts of one picture, of a family or a profession.
  if (here === JOINER && before !== undefined && after !== undefined)
    return !(PICTURE.test(before) && PICTURE.test(after));
  return HIDDEN.test(here);
}

export function keyParts(key: string): readonly KeyPart[] {
  const characters = Array.from(key);
  const parts: KeyPart[] = [];
  let [text, begin, at] = ['', 0, 0];
  const flush = (): void => {
    if (text !== '') parts.push({ kind: 'text', text, at: begin });
    text = '';
  };
  characters.forEach((character, index) => {
    if (isHidden(characters, index)) {
      flush();
      parts.push({ kind: 'chip', text: codePoint(character), at });
    } else {
      if (text === '') begin = at;
      text += character;
    }
    at += character.length;
  });
  flush();
  return parts;
}

/** On one line of plain text, for titles, questions and announcements: hidden characters as `⟨U+202E⟩`. */
export const plainKey = (key: string): string =>
  keyParts(key)
    .map(({ kind, text }) => (kind === 'chip' ? `⟨${text}⟩` : text))
    .join('');

/** Characters at the end that stay when the middle is left out: mostly the extension and a number. */
const TAIL = 12;
const SHORT = 28;

/** Two parts, the first of which may be cut at its end: together they are cut in the middle. No picture or accent is torn. */
export function splitKey(key: string): readonly [string, string] {
  if (key.length <= SHORT) return [key, ''];
  const clusters = Array.from(
    new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(key),
    ({ segment }) => segment,
  );
  return [clusters.slice(0, -TAIL).join(''), clusters.slice(-TAIL).join('')];
}
