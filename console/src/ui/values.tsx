/** Values in pages: sizes and times with their exact form on hover and focus, and badges that never speak by colour alone. */

import { Globe, Lock, Users } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { useLocale } from '../text/index.ts';
import { agoText, countText, fullTimeText, sizeText, timeText } from './format.ts';
import styles from './values.module.css';

export function Size({ bytes }: { readonly bytes: number }): ReactElement {
  const locale = useLocale();
  return <span title={`${countText(bytes, locale)} B`}>{sizeText(bytes, locale)}</span>;
}

/** `relative`: "2 hours ago". */
export function Time({ at, relative = false }: { readonly at: number; readonly relative?: boolean }): ReactElement {
  const locale = useLocale();
  const now = Date.now();
  return (
    <time dateTime={new Date(at).toISOString()} title={fullTimeText(at, locale)}>
      {relative ? agoText(at, locale, now) : timeText(at, locale, now)}
    </time>
  );
}

/** Words with what is typed or pressed between backticks. */
export function Coded({ text }: { readonly text: string }): ReactElement {
  return (
    <>
      {text.split('`').map((part, index) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a sentence keep their places
        index % 2 === 1 ? <code key={index}>{part}</code> : part,
      )}
    </>
  );
}

export type BadgeTone = 'neutral' | 'ok' | 'warn' | 'bad' | 'info';

export function Badge({
  tone = 'neutral',
  children,
}: {
  readonly tone?: BadgeTone;
  readonly children: ReactNode;
}): ReactElement {
  return <span className={`${styles.badge} ${styles[tone]}`}>{children}</span>;
}

const WHO = {
  private: [Lock, 'neutral'],
  others: [Users, 'info'],
  public: [Globe, 'warn'],
} as const;

/** Who can see something: a sign and always the word. */
export function WhoBadge({ who, label }: { readonly who: keyof typeof WHO; readonly label: string }): ReactElement {
  const [Icon, tone] = WHO[who];
  return (
    <Badge tone={tone}>
      <Icon size={14} strokeWidth={1.75} aria-hidden />
      {label}
    </Badge>
  );
}

interface BarProps {
  /** 0 to 1; undefined while it is unknown. */
  readonly share: number | undefined;
  readonly label: string;
  readonly tone?: BadgeTone;
}

export function Bar({ share, label, tone = 'neutral' }: BarProps): ReactElement {
  return (
    <progress className={`${styles.bar} ${styles[`bar-${tone}`] ?? ''}`} aria-label={label} max={1} value={share} />
  );
}
