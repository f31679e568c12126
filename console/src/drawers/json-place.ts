/** Where a text stops being JSON (RFC 8259): engines tell it in different words, and some not at all. Pure. */

const VALUE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: texts of JSON may not hold them
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\r\n]*/y;

/** Offset of the first character that does not belong there; undefined when all of it is JSON. */
export function jsonErrorAt(text: string): number | undefined {
  const end = valueFrom(text, 0);
  if (end < 0) return -1 - end;
  const rest = after(SPACE, text, end) ?? end;
  return rest === text.length ? undefined : rest;
}

/** Where a match that begins here ends; undefined when there is none. */
function after(pattern: RegExp, text: string, at: number): number | undefined {
  const sticky = new RegExp(pattern);
  sticky.lastIndex = at;
  return sticky.test(text) ? sticky.lastIndex : undefined;
}

const skip = (text: string, at: number): number => after(SPACE, text, at) ?? at;
const wrong = (at: number): number => -1 - at;

/** Where the value ends; negative: `-1 -` where it goes wrong. */
function valueFrom(text: string, from: number): number {
  const at = skip(text, from);
  if (text[at] === '{') return listFrom(text, at, '}');
  if (text[at] === '[') return listFrom(text, at, ']');
  return after(VALUE, text, at) ?? wrong(at);
}

function listFrom(text: string, from: number, close: '}' | ']'): number {
  let at = skip(text, from + 1);
  if (text[at] === close) return at + 1;
  for (;;) {
    const end = close === '}' ? memberFrom(text, at) : valueFrom(text, at);
    if (end < 0) return end;
    at = skip(text, end);
    if (text[at] === close) return at + 1;
    if (text[at] !== ',') return wrong(at);
    at = skip(text, at + 1);
  }
}

function memberFrom(text: string, from: number): number {
  const at = skip(text, from);
  const name = after(STRING, text, at);
  if (name === undefined) return wrong(at);
  const colon = skip(text, name);
  return text[colon] === ':' ? valueFrom(text, colon + 1) : wrong(colon);
}
