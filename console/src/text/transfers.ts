/** The words of uploads. They come with the tray, not with the first page. */

import { transfers } from './en/transfers.ts';
import { useLocale } from './index.ts';

export type TransfersText = typeof transfers;

/** By language; the first is what others fall back to. */
const WORDS: Readonly<Record<string, TransfersText>> = Object.freeze({ 'en-GB': transfers });

export const useTransfersText = (): TransfersText => WORDS[useLocale()] ?? transfers;
