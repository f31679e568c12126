/** Buttons, and links that look like them. Those with an icon alone have a name, which is their tooltip too. */

import { Tooltip } from '@base-ui/react/tooltip';
import type { LucideIcon } from 'lucide-react';
import type { ComponentProps, ReactElement, ReactNode } from 'react';
import styles from './button.module.css';

export type Tone = 'primary' | 'plain' | 'quiet' | 'danger';

interface Looks {
  readonly tone?: Tone;
  readonly icon?: LucideIcon;
  readonly small?: boolean;
}

type ButtonProps = Omit<ComponentProps<'button'>, 'className'> & Looks & { readonly busy?: boolean };

const classOf = (tone: Tone, small: boolean): string =>
  [styles.button, styles[tone], small ? styles.small : ''].join(' ');

/** `busy`: what it began is under way; it stays where it is, and pressing it again does nothing. */
export function Button({
  tone = 'plain',
  icon: Icon,
  small = false,
  busy = false,
  ...rest
}: ButtonProps): ReactElement {
  const { children, onClick, ...others } = rest;
  return (
    <button
      type="button"
      {...others}
      className={classOf(tone, small)}
      aria-busy={busy || undefined}
      aria-disabled={busy || others['aria-disabled']}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {Icon === undefined ? null : <Icon size={16} strokeWidth={1.75} aria-hidden />}
      {children}
    </button>
  );
}

type AnchorProps = Omit<ComponentProps<'a'>, 'className'> & Looks;

/** A link (to another page of the Console it is the router's `<Link className={buttonClass()}>`). */
export function LinkButton({
  tone = 'plain',
  icon: Icon,
  small = false,
  children,
  ...rest
}: AnchorProps): ReactElement {
  return (
    <a {...rest} className={classOf(tone, small)}>
      {Icon === undefined ? null : <Icon size={16} strokeWidth={1.75} aria-hidden />}
      {children}
    </a>
  );
}

export const buttonClass = (tone: Tone = 'plain', small = false): string => classOf(tone, small);

type IconButtonProps = Omit<ComponentProps<'button'>, 'className' | 'children'> & {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly tone?: 'quiet' | 'plain';
};

export function IconButton({ icon: Icon, label, tone = 'quiet', ...rest }: IconButtonProps): ReactElement {
  return (
    <Hint text={label}>
      <button type="button" aria-label={label} {...rest} className={`${styles.button} ${styles[tone]} ${styles.icon}`}>
        <Icon size={16} strokeWidth={1.75} aria-hidden />
      </button>
    </Hint>
  );
}

/** A tooltip on hover and focus. Its text is never the only place where something is said. */
export function Hint({ text, children }: { readonly text: ReactNode; readonly children: ReactElement }): ReactElement {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger render={children} />
      <Tooltip.Portal>
        <Tooltip.Positioner sideOffset={6}>
          <Tooltip.Popup className={styles.tooltip}>{text}</Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
