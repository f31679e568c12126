/**
 * Patterns of policies: `*` is any run of characters, `?` any one, everything else itself (SECURITY rule 13).
 *
 * No regular expressions: a text is walked with one place to come back to, so the steps are at most the product of both
 * lengths, and twice the text's length for patterns with one star. A literal pattern is one comparison.
 */

export interface Pattern {
  matches(text: string): boolean;
}

/** A piece of a pattern: characters to be found as they are, and wildcards. Variables put in literal pieces. */
export type PatternPiece = { readonly literal: string } | '*' | '?';

const STAR = 0;
const ONE = 1;
type Token = string | typeof STAR | typeof ONE;

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
  const literals = pieces.flatMap((piece) => (typeof piece === 'string' ? [] : [piece.literal]));
  if (literals.length === pieces.length) {
    const whole = literals.join('');
    return { matches: (text) => text === whole };
  }
  const tokens = pieces.flatMap((piece): readonly Token[] => {
    if (piece === '*') return [STAR];
    return piece === '?' ? [ONE] : [...piece.literal];
  });
  if (tokens.length === 1 && tokens[0] === STAR) return { matches: () => true };
  return { matches: (text) => walk(tokens, [...text]) };
}

function walk(tokens: readonly Token[], text: readonly string[]): boolean {
  let [at, from] = [0, 0];
  let star: number | undefined;
  let taken = 0;
  while (from < text.length) {
    const token = tokens[at];
    if (token === STAR) {
      star = at;
      taken = from;
      at += 1;
    } else if (token !== undefined && (token === ONE || token === text[from])) {
      at += 1;
      from += 1;
    } else if (star !== undefined) {
      // The last star takes one character more; earlier ones never need to.
      at = star + 1;
      taken += 1;
      from = taken;
    } else {
      return false;
    }
  }
  while (tokens[at] === STAR) at += 1;
  return at === tokens.length;
}
