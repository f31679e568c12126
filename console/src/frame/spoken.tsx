/** Gives all that is below it the language chosen, and tells the page. */

import { type ReactElement, type ReactNode, useEffect, useState } from 'react';
import type { SettingsStore } from '../settings.ts';
import { LanguageContext } from '../text/index.ts';
import type { Language } from '../text/language.ts';
import { languageFor, loadLanguage } from '../text/languages.ts';

/** What was chosen, else what the browser asks for. */
export function languageChosen(settings: SettingsStore): Promise<Language> {
  const { language } = settings.get();
  return loadLanguage(language === 'browser' ? languageFor(navigator.languages) : language);
}

interface SpokenProps {
  readonly settings: SettingsStore;
  readonly first: Language;
  readonly children: ReactNode;
}

export function Spoken({ settings, first, children }: SpokenProps): ReactElement {
  const [language, setLanguage] = useState(first);
  useEffect(() => {
    let latest = 0;
    return settings.subscribe(() => {
      const mine = ++latest;
      void languageChosen(settings).then((chosen) => {
        if (mine === latest) setLanguage(chosen);
      });
    });
  }, [settings]);
  useEffect(() => {
    document.documentElement.lang = language.locale;
  }, [language]);
  return <LanguageContext value={language}>{children}</LanguageContext>;
}
