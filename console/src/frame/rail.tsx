/** The rail: where one can go. Below on a phone. */

import { Link } from '@tanstack/react-router';
import { Activity, ChevronsLeft, ChevronsRight, Database, type LucideIcon, Share2 } from 'lucide-react';
import type { ReactElement } from 'react';
import { useServices, useSettings } from '../services.ts';
import { useText } from '../text/index.ts';
import { IconButton } from '../ui/button.tsx';
import { Mark } from '../ui/mark.tsx';
import styles from './frame.module.css';

interface ItemProps {
  readonly to: '/buckets' | '/shared' | '/operate';
  readonly icon: LucideIcon;
  readonly label: string;
}

function Item({ to, icon: Icon, label }: ItemProps): ReactElement {
  return (
    <Link to={to} className={styles.item} title={label}>
      <Icon size={18} strokeWidth={1.75} aria-hidden />
      <span className={styles.label}>{label}</span>
    </Link>
  );
}

export function Rail({ operator }: { readonly operator: boolean }): ReactElement {
  const text = useText().frame;
  const { settings } = useServices();
  const { rail } = useSettings();
  const turn = (): void => settings.set({ rail: rail === 'wide' ? 'narrow' : 'wide' });
  return (
    <nav className={styles.rail} data-rail={rail} aria-label={text.main}>
      <Link to="/buckets" className={styles.brand} title="Moraine">
        <Mark />
        <span className={styles.label}>Moraine</span>
      </Link>
      <Item to="/buckets" icon={Database} label={text.buckets} />
      <Item to="/shared" icon={Share2} label={text.shared} />
      {operator ? <Item to="/operate" icon={Activity} label={text.operate} /> : null}
      <span className={styles.grow} />
      <span className={styles.collapse}>
        <IconButton
          icon={rail === 'wide' ? ChevronsLeft : ChevronsRight}
          label={rail === 'wide' ? text.collapse : text.expand}
          onClick={turn}
        />
      </span>
    </nav>
  );
}
