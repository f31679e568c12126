/**
 * What a translation has to have: every entry of the English catalogue, of the same shape. An entry is a string, or a function of
 * what it speaks about; names of S3, of headers and of programs stay as they are in every language.
 */

import type { account } from './en/account.ts';
import type { acl } from './en/acl.ts';
import type { audit } from './en/audit.ts';
import type { bucketDrawer } from './en/bucket-drawer.ts';
import type { connect } from './en/connect.ts';
import type { cors } from './en/cors.ts';
import type { en } from './en/index.ts';
import type { object } from './en/object.ts';
import type { operate } from './en/operate.ts';
import type { policy } from './en/policy.ts';
import type { preview } from './en/preview.ts';
import type { share } from './en/share.ts';
import type { transfers } from './en/transfers.ts';

/** The shape of a catalogue, in whatever words. */
export type Words<Catalogue> = Catalogue extends string
  ? string
  : Catalogue extends (...about: infer About) => string
    ? (...about: About) => string
    : { readonly [Name in keyof Catalogue]: Words<Catalogue[Name]> };

/** What the first page needs. */
export type Text = Words<typeof en>;

/** What comes with pages and drawers of its own. */
export interface Areas {
  readonly account: Words<{ readonly account: typeof account; readonly connect: typeof connect }>;
  readonly audit: Words<typeof audit>;
  readonly objects: Words<{
    readonly object: typeof object;
    readonly preview: typeof preview;
    readonly share: typeof share;
  }>;
  readonly operate: Words<{ readonly operate: typeof operate }>;
  readonly settings: Words<{
    readonly acl: typeof acl;
    readonly bucketDrawer: typeof bucketDrawer;
    readonly cors: typeof cors;
    readonly policy: typeof policy;
  }>;
  readonly transfers: Words<typeof transfers>;
}

export interface Language {
  /** BCP 47, for dates and numbers. */
  readonly locale: string;
  readonly text: Text;
  /** Absent of English: its areas come with their pages. */
  readonly areas?: Areas;
}
