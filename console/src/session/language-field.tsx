/** Which language the Console speaks in this browser. */

import type { ReactElement } from 'react';
import { useServices, useSettings } from '../services.ts';
import { useText } from '../text/index.ts';
import { LANGUAGE_CODES, LANGUAGES } from '../text/languages.ts';
import { SelectField } from '../ui/field.tsx';

export function LanguageField(): ReactElement {
  const text = useText().frame;
  const { settings } = useServices();
  const { language } = useSettings();
  return (
    <SelectField
      label={text.language}
      value={language}
      onChange={(chosen) => settings.set({ language: chosen })}
      choices={[
        { value: 'browser', label: text.asBrowser },
        ...LANGUAGE_CODES.map((code) => ({ value: code, label: LANGUAGES[code] })),
      ]}
    />
  );
}
