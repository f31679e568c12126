/** The words of uploads. They come with the tray, not with the first page. */

import { transfers } from './en/transfers.ts';
import { useLanguage } from './index.ts';
import type { Areas } from './language.ts';

export type TransfersText = Areas['transfers'];

export const useTransfersText = (): TransfersText => useLanguage().areas?.transfers ?? transfers;
