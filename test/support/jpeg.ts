/**
 * A real picture: the smallest baseline JPEG encoder (ITU-T T.81) that draws grey blocks. Each block of 8 × 8 pixels has
 * one level, so of its coefficients only the first (DC) is coded, with the standard's own Huffman table K.3.
 */

/** Table K.3: how many codes of each length there are; their values are the categories 0 to 11 in order. */
const DC_LENGTHS = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const DC_VALUES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
/** An AC table of one code: `0`, end of block. */
const AC_LENGTHS = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const END_OF_BLOCK = '0';

function segment(marker: number, bytes: readonly number[]): Buffer {
  const length = bytes.length + 2;
  return Buffer.from([0xff, marker, length >> 8, length & 0xff, ...bytes]);
}

/** Canonical codes as text of 0 and 1, by value. */
function codesOf(lengths: readonly number[], values: readonly number[]): ReadonlyMap<number, string> {
  const codes = new Map<number, string>();
  let [code, next] = [0, 0];
  lengths.forEach((count, index) => {
    for (const value of values.slice(next, next + count)) {
      codes.set(value, code.toString(2).padStart(index + 1, '0'));
      code += 1;
    }
    next += count;
    code *= 2;
  });
  return codes;
}

function bitsOf(levels: readonly number[]): string {
  const codes = codesOf(DC_LENGTHS, DC_VALUES);
  let previous = 0;
  const blocks = levels.map((level) => {
    const difference = level - previous;
    previous = level;
    const category = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
    const coded = difference < 0 ? difference + 2 ** category - 1 : difference;
    return `${codes.get(category)}${category === 0 ? '' : coded.toString(2).padStart(category, '0')}${END_OF_BLOCK}`;
  });
  return blocks.join('');
}

/** A grey picture of `columns` × `rows` blocks, each with the level (0 black to 255 white) that `shade` gives it. */
export function jpeg(columns: number, rows: number, shade: (column: number, row: number) => number): Buffer {
  const [width, height] = [columns * 8, rows * 8];
  // Quantised by 8, the first coefficient is the level itself, centred.
  const levels = Array.from({ length: columns * rows }, (_, index) =>
    Math.round(shade(index % columns, Math.floor(index / columns)) - 128),
  );
  const bits = bitsOf(levels);
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const scan = (padded.match(/.{8}/g) ?? []).flatMap((byte) => {
    const value = Number.parseInt(byte, 2);
    return value === 0xff ? [0xff, 0] : [value];
  });
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, [...Buffer.from('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    segment(0xdb, [0, ...new Array<number>(64).fill(8)]),
    segment(0xc0, [8, height >> 8, height & 0xff, width >> 8, width & 0xff, 1, 1, 0x11, 0]),
    segment(0xc4, [0x00, ...DC_LENGTHS, ...DC_VALUES]),
    segment(0xc4, [0x10, ...AC_LENGTHS, 0]),
    segment(0xda, [1, 1, 0, 0, 63, 0]),
    Buffer.from(scan),
    Buffer.from([0xff, 0xd9]),
  ]);
}
