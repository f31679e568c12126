/** The words of what is known of one object, of a folder, and of links. They come with their drawers, not with the first page. */

import { object } from './en/object.ts';
import { preview } from './en/preview.ts';
import { share } from './en/share.ts';
import { useLanguage } from './index.ts';
import type { Areas } from './language.ts';

const ENGLISH = Object.freeze({ object, preview, share });

export type ObjectText = Areas['objects'];

export const useObjectText = (): ObjectText => useLanguage().areas?.objects ?? ENGLISH;
