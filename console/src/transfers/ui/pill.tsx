/** In the top bar: how many uploads and jobs are under way, and whether one of them wants something. Shows and hides the tray. */

import { ArrowUpDown } from 'lucide-react';
import { type ReactElement, useMemo, useSyncExternalStore } from 'react';
import { useServices } from '../../services.ts';
import { useTransfersText } from '../../text/transfers.ts';
import { IconButton } from '../../ui/button.tsx';
import type { Desk } from '../desk.ts';
import { isGoing } from '../groups.ts';
import { isStuck } from '../row.ts';
import { slowly } from '../slowly.ts';
import styles from './pill.module.css';

export function Pill({ desk }: { readonly desk: Desk }): ReactElement {
  const text = useTransfersText();
  const { jobs } = useServices();
  const { uploads } = desk;
  const subscribe = useMemo(() => slowly(uploads.subscribe), [uploads]);
  const { rows } = useSyncExternalStore(subscribe, uploads.state);
  const list = useSyncExternalStore(jobs.subscribe, jobs.all);
  const all = useMemo(() => [...rows.values()], [rows]);
  const going = all.filter(isGoing).length + list.filter(({ state }) => state === 'running').length;
  const stuck = all.filter(isStuck).length;
  return (
    <span className={styles.pill}>
      <IconButton
        icon={ArrowUpDown}
        label={text.pill(going, stuck)}
        aria-keyshortcuts="t"
        onClick={() => desk.toggle()}
      />
      {going + stuck === 0 ? null : (
        <span className={stuck > 0 ? styles.wanting : styles.count} aria-hidden>
          {going > 0 ? going : stuck}
        </span>
      )}
    </span>
  );
}
