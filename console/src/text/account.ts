/** The words of the account's own pages. They come with those pages, not with the first one. */

import { account } from './en/account.ts';
import { connect } from './en/connect.ts';
import { useLanguage } from './index.ts';
import type { Areas } from './language.ts';

const ENGLISH = Object.freeze({ account, connect });

export type AccountText = Areas['account'];

export const useAccountText = (): AccountText => useLanguage().areas?.account ?? ENGLISH;
