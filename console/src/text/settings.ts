/** The words of the drawers in which access and settings are edited. They come with those drawers, not with the first page. */

import { acl } from './en/acl.ts';
import { bucketDrawer } from './en/bucket-drawer.ts';
import { cors } from './en/cors.ts';
import { policy } from './en/policy.ts';
import { useLocale } from './index.ts';

const ENGLISH = Object.freeze({ acl, bucketDrawer, cors, policy });

export type SettingsText = typeof ENGLISH;

/** By language; the first is what others fall back to. */
const WORDS: Readonly<Record<string, SettingsText>> = Object.freeze({ 'en-GB': ENGLISH });

export const useSettingsText = (): SettingsText => WORDS[useLocale()] ?? ENGLISH;
