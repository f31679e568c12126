/** The words of the pages of operators. They come with those pages, not with the first one. */

import { operate } from './en/operate.ts';
import { useLanguage } from './index.ts';
import type { Areas } from './language.ts';

const ENGLISH = Object.freeze({ operate });

export type OperateText = Areas['operate'];

export const useOperateText = (): OperateText => useLanguage().areas?.operate ?? ENGLISH;
