/**
 * Output of commands: aligned columns for people, JSON for programs. What came from outside may hold anything, so
 * control characters never reach the terminal as they are.
 */

import type { Context } from './command.ts';

/** JSON when asked for, else text. */
export function print(context: Context, options: ReadonlyMap<string, string>, value: unknown, text: string): void {
  context.out(options.has('json') ? json(value) : text);
}

/** Control, format and line-breaking characters as `\u{…}`. */
export function visible(text: string): string {
  return text.replaceAll(/[\p{C}\u2028\u2029]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** Rows under their heading, columns aligned; no heading for no rows. */
export function columns(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heading, ...rows.map((row) => row.map(visible))];
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** Two columns without a heading: name and value. */
export function facts(pairs: readonly (readonly [string, string | undefined])[]): string {
  const present = pairs.filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...present.map(([name]) => name.length));
  return present.map(([name, value]) => `${name.padEnd(width)}  ${visible(value ?? '')}\n`).join('');
}

export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Seconds precision, UTC. */
export function time(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
