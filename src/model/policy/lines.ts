/** Where in the text of a policy its statements begin, so that people can be sent there. Of text that is known to be JSON. */

/** Line (from 1) of each statement. */
export function statementLines(text: string): readonly number[] {
  const lines: number[] = [];
  let line = 1;
  let depth = 0;
  // The member of the policy that a value belongs to, and whether we are in the list of statements.
  let member = '';
  let inList = false;
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case '\n':
        line += 1;
        break;
      case '"': {
        const end = endOfString(text, at);
        if (depth === 1) member = text.slice(at + 1, end);
        at = end;
        break;
      }
      case '{':
        if (member === 'Statement' && (depth === 1 || (depth === 2 && inList))) lines.push(line);
        depth += 1;
        break;
      case '[':
        if (depth === 1) inList = true;
        depth += 1;
        break;
      case '}':
      case ']':
        depth -= 1;
        if (depth === 1) inList = false;
        break;
    }
  }
  return lines;
}

/** Line and column (from 1) of a character (from 1). */
export function placeIn(text: string, character: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, character - 1).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}
