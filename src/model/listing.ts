/**
 * The listing fold: rows in key order become entries and common prefixes, page by page. A pure state machine: it says which
 * rows to read next and takes them; reading is the caller's.
 *
 * The one rule ("ListObjectsV2", "Organizing objects using prefixes"): fold every listed key that begins with the prefix
 * to its element (the key, or what it has up to the first delimiter behind the prefix), order the elements by bytes, and
 * give the first `limit` of those greater than `after`. So a marker inside a common prefix hides that prefix, and the
 * marker that a page ends with may be a common prefix itself.
 *
 * Cost follows the answer: behind a common prefix it seeks instead of scanning, it reads few rows after a seek and doubles
 * while rows keep turning into results, and it never asks for more than what could still be needed.
 */

import { LIMITS } from '../base/limits.ts';
import { clampToKey, compareKeys, keyBytes, successor } from './keys.ts';

export interface FoldQuery {
  /** Empty: every key. */
  readonly prefix: string;
  /** Any string; empty: nothing is folded. */
  readonly delimiter: string;
  /** Elements up to and including this one are not given. */
  readonly after?: string | undefined;
  /** Rows of the key `after` itself may still come: the first read goes on within that key. For versions and uploads. */
  readonly resume?: boolean;
  /** Entries and common prefixes together. */
  readonly limit: number;
}

/** How many rows a read should take: `Capabilities.scanFirstRows` and `scanRows`. */
export interface PageSizes {
  readonly first: number;
  readonly most: number;
}

/** Where the next read begins. */
export type From<Row> =
  | { readonly kind: 'start' }
  /** At this key, included. */
  | { readonly kind: 'at'; readonly key: string }
  /** Behind this key, and all rows of it. */
  | { readonly kind: 'behind'; readonly key: string }
  /** Within this key, behind what the request's second marker names. */
  | { readonly kind: 'resume'; readonly key: string }
  /** Behind this row, which may share its key with the next one. */
  | { readonly kind: 'after'; readonly row: Row };

export interface Read<Row> {
  readonly from: From<Row>;
  readonly limit: number;
}

export interface Page<Row> {
  readonly entries: readonly Row[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
  /** The last element: a key or a common prefix. Undefined for an empty page. */
  readonly last: string | undefined;
}

export class ListingFold<Row extends { readonly key: string }> {
  readonly #query: FoldQuery;
  readonly #sizes: PageSizes;
  readonly #isListed: (row: Row) => boolean;
  readonly #entries: Row[] = [];
  readonly #commonPrefixes: string[] = [];
  #from: From<Row> | undefined;
  /** The common prefix whose keys are being passed over. */
  #passing: string | undefined;
  #last: string | undefined;
  #isTruncated = false;
  #size: number;
  #asked = 0;
  /** Rows that became nothing. As many may be read again in vain before a larger page is better than a small one. */
  #wasted = 0;

  /** `isListed`: false for rows that count as absent (delete markers in ListObjects). */
  constructor(query: FoldQuery, sizes: PageSizes, isListed: (row: Row) => boolean) {
    this.#query = query;
    this.#sizes = sizes;
    this.#isListed = isListed;
    // Without prefix and delimiter every listed row is a result, so the first read may be as large as the page.
    this.#size = query.prefix === '' && query.delimiter === '' ? sizes.most : sizes.first;
    this.#from = query.limit === 0 ? undefined : this.#begin();
  }

  /** What to read next; undefined when the page is complete. */
  next(): Read<Row> | undefined {
    if (this.#from === undefined) return undefined;
    this.#asked = Math.min(this.#size, this.#query.limit - this.#count() + 1 + this.#wasted);
    return { from: this.#from, limit: this.#asked };
  }

  /** The rows of the read that `next` asked for, in order. Fewer than asked for mean the end. */
  take(rows: readonly Row[]): void {
    for (const row of rows) {
      if (!this.#takeRow(row)) {
        this.#from = undefined;
        return;
      }
    }
    const last = rows[rows.length - 1];
    this.#from = last === undefined || rows.length < this.#asked ? undefined : this.#continueBehind(last);
  }

  page(): Page<Row> {
    return {
      entries: this.#entries,
      commonPrefixes: this.#commonPrefixes,
      isTruncated: this.#isTruncated,
      last: this.#last,
    };
  }

  /** False when nothing behind this row can matter any more. */
  #takeRow(row: Row): boolean {
    const { key } = row;
    const { prefix, limit } = this.#query;
    if (!key.startsWith(prefix)) {
      this.#wasted += 1;
      return compareKeys(key, prefix) < 0;
    }
    const isPassed = this.#passing !== undefined && key.startsWith(this.#passing);
    if (isPassed || !this.#isBehindMarker(key) || !this.#isListed(row)) {
      this.#wasted += 1;
      return true;
    }
    if (this.#count() === limit) {
      this.#isTruncated = true;
      return false;
    }
    const common = this.#commonPrefix(key);
    this.#passing = common;
    this.#last = common ?? key;
    if (common === undefined) this.#entries.push(row);
    else this.#commonPrefixes.push(common);
    return true;
  }

  #count(): number {
    return this.#entries.length + this.#commonPrefixes.length;
  }

  #isBehindMarker(key: string): boolean {
    const { after, resume = false } = this.#query;
    if (after === undefined) return true;
    const order = compareKeys(key, after);
    return resume ? order >= 0 : order > 0;
  }

  /** What of `key` up to and including the first delimiter behind the prefix; undefined when there is none. */
  #commonPrefix(key: string): string | undefined {
    const { prefix, delimiter } = this.#query;
    if (delimiter === '') return undefined;
    const at = key.indexOf(delimiter, prefix.length);
    return at < 0 ? undefined : key.slice(0, at + delimiter.length);
  }

  #begin(): From<Row> | undefined {
    const { prefix, after, resume = false } = this.#query;
    if (keyBytes(prefix) > LIMITS.keyBytes) return undefined;
    if (after === undefined || compareKeys(after, prefix) < 0) {
      return prefix === '' ? { kind: 'start' } : { kind: 'at', key: prefix };
    }
    if (!after.startsWith(prefix)) return undefined;
    const common = this.#commonPrefix(after);
    // No key can lie under a common prefix that is longer than a key; such a marker is just a place in the order.
    if (common !== undefined && keyBytes(common) <= LIMITS.keyBytes) {
      this.#passing = common;
      return this.#behindPrefix(common);
    }
    const key = clampToKey(after);
    if (key !== after) return { kind: 'at', key };
    return { kind: resume ? 'resume' : 'behind', key };
  }

  #continueBehind(last: Row): From<Row> | undefined {
    if (this.#passing !== undefined && last.key.startsWith(this.#passing)) {
      this.#size = this.#sizes.first;
      return this.#behindPrefix(this.#passing);
    }
    this.#size = Math.min(this.#size * 2, this.#sizes.most);
    return { kind: 'after', row: last };
  }

  /** Past all keys under a common prefix, if what follows can still begin with the listing's own prefix. */
  #behindPrefix(common: string): From<Row> | undefined {
    const key = successor(common);
    return key?.startsWith(this.#query.prefix) ? { kind: 'at', key } : undefined;
  }
}
