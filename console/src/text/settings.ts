/** The words of the drawers in which access and settings are edited. They come with those drawers, not with the first page. */

import { acl } from './en/acl.ts';
import { bucketDrawer } from './en/bucket-drawer.ts';
import { cors } from './en/cors.ts';
import { policy } from './en/policy.ts';
import { useLanguage } from './index.ts';
import type { Areas } from './language.ts';

const ENGLISH = Object.freeze({ acl, bucketDrawer, cors, policy });

export type SettingsText = Areas['settings'];

export const useSettingsText = (): SettingsText => useLanguage().areas?.settings ?? ENGLISH;
