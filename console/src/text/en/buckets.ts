/** English: the list of buckets, and making and deleting them. */

import { count } from './plural.ts';

const number = new Intl.NumberFormat('en-GB');

/** What is in a bucket. */
interface Held {
  readonly objects: number;
  readonly versions: number;
  readonly markers: number;
  readonly uploads: number;
  /** There is more than was counted. */
  readonly atLeast: boolean;
}

export const buckets = Object.freeze({
  title: 'Buckets',
  list: 'Buckets',
  filter: 'Filter by name',
  some: (shown: number, all: number) => `${number.format(shown)} of ${number.format(all)}`,
  columns: { name: 'Name', who: 'Who can see', objects: 'Objects', size: 'Size', made: 'Made', menu: 'Menu' },
  menuOf: (name: string) => `Menu of ${name}`,
  versioned: 'versions',
  suspended: 'versions paused',
  locked: 'lock',
  /** Before a size. */
  together: (atLeast: boolean) => (atLeast ? ', at least ' : ', '),
  atLeast: (count: string) => `≥ ${count}`,
  andVersions: (many: number) => `and ${count(many, 'old version')}, which are in the size`,
  empty: 'No bucket yet.',
  emptyNext: 'A bucket is where objects lie. Its name is unique across the store.',
  noneBegins: (typed: string) => `No bucket’s name holds “${typed}”.`,
  clear: 'Clear',
  create: 'New bucket',
  denied: 'You may not list buckets, but you may open one that you know.',
  name: 'Name of the bucket',
  act: {
    open: 'Open',
    access: 'Access',
    cors: 'CORS',
    policy: 'Policy',
    versioning: 'Versioning',
    copy: 'Copy s3:// address',
    explain: 'Why?',
    empty: 'Empty…',
    delete: 'Delete…',
    copied: 'Address copied',
  },
  make: {
    title: 'New bucket',
    name: 'Name',
    rules: 'Rules of names',
    length: '3 to 63 characters',
    characters: 'lower-case letters, digits, dots and hyphens',
    ends: 'begins and ends with a letter or digit',
    dots: 'no two dots in a row, no dot beside a hyphen',
    address: 'not like an IP address',
    reserved: 'no beginning or end that S3 keeps for itself',
    holds: 'holds',
    broken: 'does not hold',
    asking: 'Looking whether the name is free…',
    free: 'The name is free.',
    yours: 'You have a bucket of this name already.',
    taken: (others: readonly string[]) =>
      `The name is taken by another account.${others.length === 0 ? '' : ` Try ${others.join(' or ')}.`}`,
    region: 'Region',
    regionOf: (name: string, country: string | undefined) => (country === undefined ? name : `${name} (${country})`),
    elsewhere: (endpoint: string) => `made at ${endpoint}`,
    versioning: 'Keep old versions',
    versioningHint: 'Overwritten and deleted objects can be brought back. They take up space until you remove them.',
    lock: 'Allow locking objects',
    lockHint:
      'Versions can be locked against deleting for a time. This cannot be undone, and versions are kept always.',
    act: 'Make bucket',
    halfMade: (name: string) => `${name} is made, but versioning could not be turned on.`,
  },
  remove: {
    title: (name: string) => `Delete ${name}?`,
    looking: 'Looking what is in it…',
    empty: 'The bucket is empty. Its name becomes free for everybody.',
    act: 'Delete bucket',
    emptyTitle: (name: string) => `Empty ${name}?`,
    holds: ({ objects, versions, markers, uploads, atLeast }: Held) =>
      `${atLeast ? 'At least ' : ''}${[
        count(objects, 'object'),
        ...(versions > 0 ? [count(versions, 'old version')] : []),
        ...(markers > 0 ? [count(markers, 'delete marker')] : []),
        ...(uploads > 0 ? [count(uploads, 'unfinished upload')] : []),
      ].join(', ')}`,
    size: (size: string) => `, ${size}`,
    consequence: 'All of it is deleted for good, old versions too.',
    type: (name: string) => `Type ${name} to empty and delete it`,
    typeEmpty: (name: string) => `Type ${name} to empty it`,
    both: 'Empty and delete',
    emptyAct: 'Empty',
    done: (name: string) => `${name} is deleted`,
    emptied: (name: string) => `${name} is empty`,
    alreadyEmpty: 'It is empty already.',
  },
});
