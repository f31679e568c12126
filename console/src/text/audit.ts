/** The words of the audit trail. They come with the pages that show it, not with the first one. */

import { audit } from './en/audit.ts';
import { useLanguage } from './index.ts';
import type { Areas } from './language.ts';

export type AuditText = Areas['audit'];

export const useAuditText = (): AuditText => useLanguage().areas?.audit ?? audit;
