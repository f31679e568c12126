/**
 * What a list shows, and its pages put together. An entry is a folder (a prefix that others share), an object, or a delete marker.
 * Keys are in the server's order within a page; writes patch the pages held instead of asking for them again.
 */

export interface FolderEntry {
  readonly kind: 'folder';
  /** Ends in `/`. */
  readonly key: string;
}

export interface ObjectEntry {
  readonly kind: 'object';
  readonly key: string;
  readonly size: number;
  /** ms */
  readonly modified: number;
  readonly etag: string;
  readonly storageClass?: string | undefined;
  /** Of a list of versions. */
  readonly versionId?: string | undefined;
  /** Shown before the server has said yes (`pending`), or put back since it said no (`failed`). */
  readonly ghost?: 'pending' | 'failed';
}

export interface MarkerEntry {
  readonly kind: 'marker';
  readonly key: string;
  readonly modified: number;
  readonly versionId: string;
}

export type Entry = FolderEntry | ObjectEntry | MarkerEntry;

export interface Page {
  readonly entries: readonly Entry[];
  /** Where the next page begins; undefined on the last. */
  readonly next: PageStart | undefined;
}

export type PageStart =
  | { readonly kind: 'first' }
  | { readonly kind: 'token'; readonly token: string }
  /** `decided`: the key whose version was chosen last; its older ones may follow on the next page. */
  | {
      readonly kind: 'versions';
      readonly keyMarker: string;
      readonly versionIdMarker?: string | undefined;
      readonly decided?: string | undefined;
    };

export interface Listing {
  readonly entries: readonly Entry[];
  /** Nothing is left to load: counts, sorts and "all" speak of the whole. */
  readonly whole: boolean;
  /** Whole with its first page: folders come first. Longer lists keep the server's order, or rows would jump while pages come. */
  readonly short: boolean;
}

/** S3's own order: of the UTF-8 bytes, which is that of code points and not of UTF-16 units. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [a[Symbol.iterator](), b[Symbol.iterator]()];
  for (;;) {
    const [x, y] = [left.next(), right.next()];
    if (x.done === true) return y.done === true ? 0 : -1;
    if (y.done === true) return 1;
    const difference = (x.value.codePointAt(0) ?? 0) - (y.value.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
}

const sameKind = (a: Entry, b: Entry): boolean => a.key === b.key && (a.kind === 'folder') === (b.kind === 'folder');

/** The object named as its folder is how S3's clients keep empty folders: the folder itself, not something in it. */
const visible = (entries: readonly Entry[], prefix: string): readonly Entry[] =>
  entries.filter((entry) => entry.kind === 'folder' || entry.key !== prefix);

export function listingOf(pages: readonly Page[], prefix: string): Listing {
  const all = pages.flatMap((page) => page.entries);
  const whole = pages.length > 0 && pages.at(-1)?.next === undefined;
  return { entries: visible(all, prefix), whole, short: whole && pages.length === 1 };
}

/**
 * Puts an entry where it belongs, or replaces it. Of an entry beyond what is loaded nothing is shown: it comes with its page.
 */
export function putEntry(pages: readonly Page[], entry: Entry): readonly Page[] {
  const without = pages.map((page) => {
    const at = page.entries.findIndex((one) => sameKind(one, entry));
    return at < 0 ? page : { ...page, entries: page.entries.toSpliced(at, 1) };
  });
  const home = without.findIndex((page, index) => belongs(page, entry, index === without.length - 1));
  return without.map((page, index) => (index === home ? { ...page, entries: inserted(page.entries, entry) } : page));
}

function belongs(page: Page, entry: Entry, isLast: boolean): boolean {
  if (isLast && page.next === undefined) return true;
  const end = page.entries.at(-1);
  return end !== undefined && compareKeys(entry.key, end.key) <= 0;
}

function inserted(entries: readonly Entry[], entry: Entry): readonly Entry[] {
  const at = entries.findIndex((one) => compareKeys(one.key, entry.key) > 0);
  return entries.toSpliced(at < 0 ? entries.length : at, 0, entry);
}

/** A folder's key takes all that lies in it along. */
export function removeKeys(pages: readonly Page[], keys: readonly string[]): readonly Page[] {
  const gone = new Set(keys);
  const stays = (entry: Entry): boolean => !gone.has(entry.key);
  return pages.map((page) => (page.entries.every(stays) ? page : { ...page, entries: page.entries.filter(stays) }));
}

/** How the folder `prefix` sees something written at `key`: as itself, as a folder in it, or not at all. */
export function entryIn(prefix: string, object: ObjectEntry): Entry | undefined {
  if (!object.key.startsWith(prefix)) return undefined;
  const slash = object.key.indexOf('/', prefix.length);
  return slash < 0 ? object : { kind: 'folder', key: object.key.slice(0, slash + 1) };
}
