/** The top bar: where one is, search, transfers, and the account's menu. */

import { useNavigate } from '@tanstack/react-router';
import {
  Activity,
  KeyRound,
  LogOut,
  MonitorSmartphone,
  Moon,
  Plug,
  Search,
  Sun,
  SunMoon,
  UserRound,
} from 'lucide-react';
import type { ReactElement } from 'react';
import type { Account } from '../api/shapes.ts';
import { useServices } from '../services.ts';
import { useText } from '../text/index.ts';
import { TransfersPill } from '../transfers/mount.tsx';
import { IconButton } from '../ui/button.tsx';
import { Menu, type MenuEntries } from '../ui/menu.tsx';
import styles from './frame.module.css';
import { Path } from './path.tsx';

interface TopBarProps {
  readonly account: Account;
  readonly onSearch: () => void;
}

export function TopBar({ account, onSearch }: TopBarProps): ReactElement {
  const text = useText();
  const entries = useAccountEntries();
  return (
    <header className={styles.top}>
      <Path />
      <IconButton icon={Search} label={text.frame.search} aria-keyshortcuts="Control+K" onClick={onSearch} />
      <TransfersPill />
      <Menu entries={entries} align="end" heading={<Who account={account} />}>
        <button type="button" className={styles.account}>
          {initialsOf(account.name)}
          <span className="visually-hidden">
            {text.frame.account}: {account.name}
          </span>
        </button>
      </Menu>
    </header>
  );
}

const initialsOf = (name: string): string => Array.from(name).slice(0, 2).join('').toUpperCase();

function Who({ account }: { readonly account: Account }): ReactElement {
  return (
    <div className={styles.who}>
      <strong>{account.name}</strong>
      <span>{account.email}</span>
    </div>
  );
}

function useAccountEntries(): MenuEntries {
  const text = useText();
  const { session, settings } = useServices();
  const navigate = useNavigate();
  const go = (section: string) => () => void navigate({ to: '/account/$section', params: { section } });
  const leave = (): void => void session.signOut().finally(() => navigate({ to: '/sign-in' }));
  const { themes } = text.frame;
  return [
    [
      { label: text.frame.profile, icon: UserRound, act: go('profile') },
      { label: text.frame.keys, icon: KeyRound, keys: 'g k', act: go('keys') },
      { label: text.frame.connect, icon: Plug, act: go('connect') },
      { label: text.frame.sessions, icon: MonitorSmartphone, act: go('sessions') },
      { label: text.frame.activity, icon: Activity, act: go('activity') },
    ],
    [
      { label: themes.light, icon: Sun, act: () => settings.set({ theme: 'light' }) },
      { label: themes.dark, icon: Moon, act: () => settings.set({ theme: 'dark' }) },
      { label: themes.system, icon: SunMoon, act: () => settings.set({ theme: 'system' }) },
    ],
    [{ label: text.session.signOut, icon: LogOut, act: leave }],
  ];
}
