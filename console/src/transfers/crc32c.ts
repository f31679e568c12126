/** CRC-32C (Castagnoli, RFC 3720 appendix B), eight bytes at a step. Pure, so that it is tested beside known values and run in a worker. */

const POLYNOMIAL = 0x82f63b78;

export type Tables = readonly Uint32Array[];

export function createTables(): Tables {
  const first = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    first[byte] = value;
  }
  const tables = [first];
  for (let slice = 1; slice < 8; slice++) {
    const before = tables[slice - 1] ?? first;
    tables.push(before.map((value) => (value >>> 8) ^ (first[value & 255] ?? 0)));
  }
  return tables;
}

/** `crc`: of what came before; 0 to begin. */
export function crc32c(tables: Tables, bytes: Uint8Array, crc = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
  if (!t0 || !t1 || !t2 || !t3 || !t4 || !t5 || !t6 || !t7) throw new Error('eight tables are needed');
  const at = (table: Uint32Array, index: number): number => table[index & 255] ?? 0;
  const byte = (index: number): number => bytes[index] ?? 0;
  let value = ~crc;
  let offset = 0;
  for (; offset + 8 <= bytes.length; offset += 8) {
    const low = value ^ (byte(offset) | (byte(offset + 1) << 8) | (byte(offset + 2) << 16) | (byte(offset + 3) << 24));
    value =
      at(t7, low) ^
      at(t6, low >>> 8) ^
      at(t5, low >>> 16) ^
      at(t4, low >>> 24) ^
      at(t3, byte(offset + 4)) ^
      at(t2, byte(offset + 5)) ^
      at(t1, byte(offset + 6)) ^
      at(t0, byte(offset + 7));
  }
  for (; offset < bytes.length; offset++) value = (value >>> 8) ^ at(t0, value ^ byte(offset));
  return ~value >>> 0;
}

/** As S3 writes it: base64 of the four bytes, most significant first. */
export const crcText = (crc: number): string =>
  btoa(String.fromCharCode((crc >>> 24) & 255, (crc >>> 16) & 255, (crc >>> 8) & 255, crc & 255));
