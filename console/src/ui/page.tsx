/** Parts that pages are made of: their head, cards, what to show while there is nothing, and what went wrong. */

import { Check, Copy, type LucideIcon } from 'lucide-react';
import { type ReactElement, type ReactNode, useEffect, useState } from 'react';
import { useText } from '../text/index.ts';
import { Button, IconButton } from './button.tsx';
import { copyText } from './clipboard.ts';
import styles from './page.module.css';

interface PageProps {
  readonly title: string;
  /** Right of the title. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** Below the title: tabs, or one sentence. */
  readonly below?: ReactNode;
  /** Fills the height and scrolls inside: lists. */
  readonly fill?: boolean;
}

export function Page({ title, actions, children, below, fill = false }: PageProps): ReactElement {
  useEffect(() => {
    document.title = `${title} · Moraine`;
  }, [title]);
  return (
    <div className={`${styles.page} ${fill ? styles.fill : ''}`}>
      <header className={styles.head}>
        <h1>{title}</h1>
        <div className={styles.actions}>{actions}</div>
      </header>
      {below}
      {children}
    </div>
  );
}

interface CardProps {
  readonly title?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Card({ title, actions, children }: CardProps): ReactElement {
  return (
    <section className={styles.card}>
      {title === undefined ? null : (
        <header className={styles.head}>
          <h2>{title}</h2>
          <div className={styles.actions}>{actions}</div>
        </header>
      )}
      {children}
    </section>
  );
}

interface EmptyProps {
  readonly icon?: LucideIcon;
  readonly title: ReactNode;
  readonly children?: ReactNode;
}

/** Nothing here yet, and what to do about it. */
export function Empty({ icon: Icon, title, children }: EmptyProps): ReactElement {
  return (
    <div className={styles.empty}>
      {Icon === undefined ? null : <Icon size={32} strokeWidth={1.5} aria-hidden />}
      <h2>{title}</h2>
      {children}
    </div>
  );
}

interface BannerProps {
  readonly tone: 'info' | 'ok' | 'warn' | 'bad';
  readonly children: ReactNode;
  readonly actions?: ReactNode;
  readonly icon?: LucideIcon;
}

export function Banner({ tone, children, actions, icon: Icon }: BannerProps): ReactElement {
  return (
    <div className={`${styles.banner} ${styles[tone]}`} role={tone === 'bad' ? 'alert' : 'status'}>
      {Icon === undefined ? null : <Icon size={16} strokeWidth={1.75} aria-hidden />}
      <div className={styles.said}>{children}</div>
      {actions}
    </div>
  );
}

/** Names beside values. */
export function Facts({ facts }: { readonly facts: readonly (readonly [ReactNode, ReactNode])[] }): ReactElement {
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: facts keep their places
        <div key={index}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Copies; says so for two seconds. */
export function CopyButton({ value, label }: { readonly value: string; readonly label?: string }): ReactElement {
  const text = useText();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (): void => void copyText(value).then(setCopied);
  const icon = copied ? Check : Copy;
  if (label === undefined)
    return <IconButton icon={icon} label={copied ? text.common.copied : text.common.copy} onClick={copy} />;
  return (
    <Button small icon={icon} onClick={copy}>
      {copied ? text.common.copied : label}
    </Button>
  );
}

/** Lines to paste somewhere, with a button that copies them. */
export function Snippet({ value, label }: { readonly value: string; readonly label: string }): ReactElement {
  return (
    <div className={styles.snippet}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reached by key */}
      <section tabIndex={0} aria-label={label}>
        <pre>{value}</pre>
      </section>
      <CopyButton value={value} />
    </div>
  );
}

/** Grey bars where something will be, from 150 ms on. */
export function Skeleton({ rows = 3 }: { readonly rows?: number }): ReactElement {
  const text = useText();
  return (
    <div className={styles.skeleton} role="status" aria-label={text.common.loading}>
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars are all alike
        <span key={index} />
      ))}
    </div>
  );
}
