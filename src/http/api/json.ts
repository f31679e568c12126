/**
 * JSON that clients send, with one meaning only: RFC 8259 in UTF-8, nothing nested deeper than we have use for, and no member
 * twice (which of the two counts is each parser's own). Which members there may be is the schema's.
 */

import { ApiError } from './errors.ts';

/** Throws `MalformedJSON`. `depth`: objects and arrays inside each other, at most. */
export function parseJson(bytes: Uint8Array, depth: number): unknown {
  const text = decode(bytes);
  const value = parse(text);
  checkMembers(text, depth);
  return value;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ApiError('MalformedJSON', 'The body is not UTF-8.');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote the body, and there may be a password in it (SECURITY rule 26).
    throw new ApiError('MalformedJSON', 'The body is not JSON: look for a missing quote, comma or brace.');
  }
}

interface Frame {
  /** Undefined: an array. */
  readonly names: Set<string> | undefined;
  /** The next string is the name of a member. */
  awaitsName: boolean;
}

/** Of text that is known to be JSON. One pass. */
function checkMembers(text: string, depth: number): void {
  const frames: Frame[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const frame = frames.at(-1);
    switch (text[at]) {
      case '"': {
        const end = endOfString(text, at);
        if (frame?.awaitsName) checkName(frame, text.slice(at, end + 1));
        at = end;
        break;
      }
      case '{':
        frames.push({ names: new Set(), awaitsName: true });
        break;
      case '[':
        frames.push({ names: undefined, awaitsName: false });
        break;
      case '}':
      case ']':
        frames.pop();
        break;
      case ',':
        if (frame !== undefined) frame.awaitsName = frame.names !== undefined;
        break;
    }
    if (frames.length > depth) throw new ApiError('MalformedJSON', `The body is nested deeper than ${depth} levels.`);
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function checkName(frame: Frame, quoted: string): void {
  // As it is meant, not as it is written: "a" and "\u0061" are one name.
  const name = String(JSON.parse(quoted));
  if (frame.names?.has(name)) {
    throw new ApiError('MalformedJSON', `The body has the member ${JSON.stringify(name)} twice.`, { field: name });
  }
  frame.names?.add(name);
  frame.awaitsName = false;
}
