/** What the Console says, in the language chosen. English is always there; another one comes as a file of its own when it is chosen. */

import { createContext, useContext } from 'react';
import { en } from './en/index.ts';
import type { Language, Text } from './language.ts';

export const ENGLISH: Language = Object.freeze({ locale: 'en-GB', text: en });

export const LanguageContext = createContext<Language>(ENGLISH);

export const useLanguage = (): Language => useContext(LanguageContext);

export const useText = (): Text => useLanguage().text;

export const useLocale = (): string => useLanguage().locale;
