/** What this browser remembers of how the Console looks and behaves: nothing secret, nothing of what is stored. */

import { LANGUAGE_CODES, type LanguageCode } from './text/languages.ts';

export interface Settings {
  readonly theme: 'light' | 'dark' | 'system';
  readonly language: 'browser' | LanguageCode;
  readonly density: 'compact' | 'comfortable';
  /** Keys of a single letter do something (WCAG 2.1.4). */
  readonly letters: boolean;
  readonly rail: 'wide' | 'narrow';
  /** The first run was skipped or is done. */
  readonly welcomed: boolean;
  /** How somebody signed in last. */
  readonly signIn: 'password' | 'key';
}

const DEFAULTS: Settings = Object.freeze({
  theme: 'system',
  language: 'browser',
  density: 'compact',
  letters: true,
  rail: 'wide',
  welcomed: false,
  signIn: 'key',
});
const NAME = 'moraine.settings';

export interface SettingsStore {
  subscribe(changed: () => void): () => void;
  get(): Settings;
  set(change: Partial<Settings>): void;
}

function read(storage: Storage): Settings {
  try {
    const kept: unknown = JSON.parse(storage.getItem(NAME) ?? '{}');
    return typeof kept === 'object' && kept !== null ? Object.freeze(known(kept)) : DEFAULTS;
  } catch {
    return DEFAULTS;
  }
}

/** Only what is still a setting, with a value it still has. */
function known(kept: object): Settings {
  const of = new Map(Object.entries(kept));
  const { theme, language, density, letters, rail, welcomed, signIn } = DEFAULTS;
  const flag = (name: string, otherwise: boolean): boolean =>
    of.get(name) === undefined ? otherwise : of.get(name) === true;
  const themes = ['light', 'dark', 'system'] as const;
  return {
    theme: themes.find((one) => one === of.get('theme')) ?? theme,
    language: LANGUAGE_CODES.find((one) => one === of.get('language')) ?? language,
    density: of.get('density') === 'comfortable' ? 'comfortable' : density,
    letters: flag('letters', letters),
    rail: of.get('rail') === 'narrow' ? 'narrow' : rail,
    welcomed: flag('welcomed', welcomed),
    signIn: of.get('signIn') === 'password' ? 'password' : signIn,
  };
}

/** Applies theme and density to the page, now and when they or the system's change. */
export function createSettings(storage: Storage, root: HTMLElement): SettingsStore {
  const listeners = new Set<() => void>();
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  let settings = read(storage);
  const apply = (): void => {
    const isDark = settings.theme === 'dark' || (settings.theme === 'system' && dark.matches);
    root.dataset.theme = isDark ? 'dark' : 'light';
    root.dataset.density = settings.density;
  };
  dark.addEventListener('change', apply);
  apply();
  return Object.freeze({
    subscribe: (changed: () => void) => {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    get: () => settings,
    set(change: Partial<Settings>) {
      settings = Object.freeze({ ...settings, ...change });
      try {
        storage.setItem(NAME, JSON.stringify(settings));
      } catch {
        // Storage is full or forbidden: the choice holds until the page is closed.
      }
      apply();
      for (const listener of listeners) listener();
    },
  });
}
