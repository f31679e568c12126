/** The rules of names of buckets, one by one, so that they tick while somebody types. They are those of S3 (and of hosts). */

export type NameRule = 'length' | 'characters' | 'ends' | 'dots' | 'address' | 'reserved';

export interface Judged {
  readonly rule: NameRule;
  readonly holds: boolean;
}

const RESERVED_BEGINS = ['xn--', 'sthree-', 'amzn-s3-demo-'];
const RESERVED_ENDS = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3', '-an'];

export function judgeName(name: string): readonly Judged[] {
  const isReserved =
    RESERVED_BEGINS.some((begin) => name.startsWith(begin)) || RESERVED_ENDS.some((end) => name.endsWith(end));
  return [
    { rule: 'length', holds: name.length >= 3 && name.length <= 63 },
    { rule: 'characters', holds: /^[a-z0-9.-]+$/.test(name) },
    { rule: 'ends', holds: /^[a-z0-9]/.test(name) && /[a-z0-9]$/.test(name) },
    { rule: 'dots', holds: name !== '' && !/\.\.|\.-|-\./.test(name) },
    { rule: 'address', holds: name !== '' && !/^\d+\.\d+\.\d+\.\d+$/.test(name) },
    { rule: 'reserved', holds: name !== '' && !isReserved },
  ];
}

export const isGoodName = (name: string): boolean => judgeName(name).every(({ holds }) => holds);

/** Names that are likely free, beside one that is taken. */
export const otherNames = (name: string, account: string, year: number): readonly string[] =>
  [`${name}-${year}`, `${account.toLowerCase().replace(/[^a-z0-9-]/g, '')}-${name}`].filter(isGoodName);
