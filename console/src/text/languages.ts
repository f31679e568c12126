/** The languages that there are, which of them a browser asks for, and how one comes. */

import { ENGLISH } from './index.ts';
import type { Language } from './language.ts';

/** By their codes (ISO 639-1), as each calls itself. */
export const LANGUAGES = Object.freeze({ en: 'English', de: 'Deutsch', fr: 'Français', it: 'Italiano' });

export type LanguageCode = keyof typeof LANGUAGES;

export const LANGUAGE_CODES: readonly LanguageCode[] = Object.freeze(['en', 'de', 'fr', 'it']);

const COMES: Readonly<Record<LanguageCode, () => Language | Promise<Language>>> = Object.freeze({
  en: () => ENGLISH,
  de: async () => (await import('./de/index.ts')).de,
  fr: async () => (await import('./fr/index.ts')).fr,
  it: async () => (await import('./it/index.ts')).it,
});

/** The first of what a browser wants (BCP 47 tags, most wanted first) that there is. */
export function languageFor(wanted: readonly string[]): LanguageCode {
  for (const tag of wanted) {
    const code = LANGUAGE_CODES.find((one) => one === tag.toLowerCase().split('-')[0]);
    if (code !== undefined) return code;
  }
  return 'en';
}

/** English where another does not come: words that are understood are better than none. */
export async function loadLanguage(code: LanguageCode): Promise<Language> {
  try {
    return await COMES[code]();
  } catch {
    return ENGLISH;
  }
}
