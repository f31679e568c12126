/** The words of the pages of operators. They come with those pages, not with the first one. */

import { operate } from './en/operate.ts';
import { useLocale } from './index.ts';

const ENGLISH = Object.freeze({ operate });

export type OperateText = typeof ENGLISH;

/** By language; the first is what others fall back to. */
const WORDS: Readonly<Record<string, OperateText>> = Object.freeze({ 'en-GB': ENGLISH });

export const useOperateText = (): OperateText => WORDS[useLocale()] ?? ENGLISH;
