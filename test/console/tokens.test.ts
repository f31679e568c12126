/** The Console's colours: each ratio of contrast that its pages rely on, recomputed from the tokens, light and dark (WCAG 2.2, 1.4.3 and 1.4.11). */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const CSS = readFileSync(new URL('../../console/src/ui/tokens.css', import.meta.url), 'utf8');

type Tokens = ReadonlyMap<string, string>;

function tokensOf(selector: string): Tokens {
  const [, block = ''] = CSS.split(`${selector} {`);
  const body = block.slice(0, block.indexOf('\n}'));
  return new Map([...body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name = '', value = '']) => [name, value]));
}

const LIGHT = tokensOf('\n:root');
const DARK = new Map([...LIGHT, ...tokensOf(':root[data-theme="dark"]')]);

/** WCAG's relative luminance. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function ratio(tokens: Tokens, left: string, right: string): number {
  const [a, b] = [tokens.get(left), tokens.get(right)];
  assert(a !== undefined && b !== undefined, `${left} or ${right} is no colour`);
  const [high, low] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

/** Text on what it may lie on. */
const TEXT: readonly (readonly [text: string, ...on: string[]])[] = [
  ['text', 'bg', 'surface', 'sunken', 'hover', 'selected', 'ok-soft', 'warn-soft', 'bad-soft', 'info-soft'],
  ['text-2', 'bg', 'surface', 'sunken', 'hover', 'selected'],
  ['text-3', 'bg', 'surface', 'sunken', 'hover', 'selected'],
  ['primary', 'bg', 'surface', 'hover', 'selected'],
  ['on-primary', 'primary', 'primary-hover'],
  ['on-primary-soft', 'primary-soft'],
  ['ok', 'surface', 'ok-soft'],
  ['warn', 'surface', 'warn-soft'],
  ['bad', 'surface', 'bad-soft'],
  ['on-bad', 'bad', 'bad-hover'],
  ['info', 'surface', 'info-soft'],
  ['surface', 'text'],
];

/** Borders of controls, icons, the focus ring. */
const PARTS: readonly (readonly [part: string, ...on: string[]])[] = [
  ['control', 'bg', 'surface'],
  ['focus', 'bg', 'surface', 'selected'],
];

for (const [name, tokens] of [
  ['light', LIGHT],
  ['dark', DARK],
] as const) {
  test(`text reaches 4.5 and parts reach 3 to 1: ${name}`, () => {
    assert.equal(tokens.size, LIGHT.size);
    const short = [...TEXT.map((row) => [row, 4.5] as const), ...PARTS.map((row) => [row, 3] as const)].flatMap(
      ([[part, ...grounds], least]) =>
        grounds.flatMap((ground) => {
          const reached = ratio(tokens, part, ground);
          return reached < least ? [`${part} on ${ground}: ${reached.toFixed(2)}`] : [];
        }),
    );
    assert.deepEqual(short, []);
  });
}

test('the known ratios come out', () => {
  assert.equal(ratio(LIGHT, 'text', 'surface').toFixed(1), '16.3');
  assert.equal(ratio(LIGHT, 'on-primary', 'primary').toFixed(1), '6.5');
  assert.equal(ratio(DARK, 'primary', 'surface').toFixed(1), '8.4');
});
