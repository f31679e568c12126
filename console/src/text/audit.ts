/** The words of the audit trail. They come with the pages that show it, not with the first one. */

import { audit } from './en/audit.ts';
import { useLocale } from './index.ts';

export type AuditText = typeof audit;

/** By language; the first is what others fall back to. */
const WORDS: Readonly<Record<string, AuditText>> = Object.freeze({ 'en-GB': audit });

export const useAuditText = (): AuditText => WORDS[useLocale()] ?? audit;
