/**
 * The catalogue of all that the Console says, in the language chosen. Entries are strings, or functions of what they speak about;
 * their shape is the English catalogue's, so that no translation can lack one.
 */

import { createContext, useContext } from 'react';
import { en } from './en/index.ts';

export type Text = typeof en;

export interface Language {
  /** BCP 47, for dates and numbers. */
  readonly locale: string;
  readonly text: Text;
}

export const ENGLISH: Language = Object.freeze({ locale: 'en-GB', text: en });

export const LanguageContext = createContext<Language>(ENGLISH);

export const useText = (): Text => useContext(LanguageContext).text;

export const useLocale = (): string => useContext(LanguageContext).locale;
