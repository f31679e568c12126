/**
 * Sizes and durations as people write them: `64KiB`, `30s`. A unit is required, so that nobody wonders which one it was.
 *
 * Sizes: B, KiB, MiB, GiB, TiB (powers of 1024). Durations: ms, s, m, h, d. Whole numbers only.
 */

const SIZES: readonly (readonly [string, number])[] = [
  ['TiB', 1024 ** 4],
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
  ['B', 1],
];
const DURATIONS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** Bytes, or undefined when the text is no size. */
export const parseSize = (text: string): number | undefined => parse(text, SIZES);
/** Milliseconds, or undefined when the text is no duration. */
export const parseDuration = (text: string): number | undefined => parse(text, DURATIONS);
/** In the largest unit that divides it. */
export const formatSize = (bytes: number): string => format(bytes, SIZES);
/** In the largest unit that divides it. */
export const formatDuration = (milliseconds: number): string => format(milliseconds, DURATIONS);

function parse(text: string, units: readonly (readonly [string, number])[]): number | undefined {
  const match = /^([0-9]{1,15}) ?([A-Za-z]{1,3})$/.exec(text);
  const factor = units.find(([unit]) => unit === match?.[2])?.[1];
  if (match === null || factor === undefined) return undefined;
  const value = Number(match[1]) * factor;
  return Number.isSafeInteger(value) ? value : undefined;
}

function format(value: number, units: readonly (readonly [string, number])[]): string {
  for (const [unit, factor] of units) {
    if (value > 0 && value % factor === 0) return `${value / factor}${unit}`;
  }
  return `${value}${units.at(-1)?.[0] ?? ''}`;
}
