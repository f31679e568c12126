/** The words of the account's own pages. They come with those pages, not with the first one. */

import { account } from './en/account.ts';
import { connect } from './en/connect.ts';
import { useLocale } from './index.ts';

const ENGLISH = Object.freeze({ account, connect });

export type AccountText = typeof ENGLISH;

/** By language; the first is what others fall back to. */
const WORDS: Readonly<Record<string, AccountText>> = Object.freeze({ 'en-GB': ENGLISH });

export const useAccountText = (): AccountText => WORDS[useLocale()] ?? ENGLISH;
