/** The words of what is known of one object, of a folder, and of links. They come with their drawers, not with the first page. */

import { object } from './en/object.ts';
import { preview } from './en/preview.ts';
import { share } from './en/share.ts';
import { useLocale } from './index.ts';

const ENGLISH = Object.freeze({ object, preview, share });

export type ObjectText = typeof ENGLISH;

/** By language; the first is what others fall back to. */
const WORDS: Readonly<Record<string, ObjectText>> = Object.freeze({ 'en-GB': ENGLISH });

export const useObjectText = (): ObjectText => WORDS[useLocale()] ?? ENGLISH;
