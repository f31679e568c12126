/** A folder that was dropped, as one line: how many of its files are done. Unfolded, its files. */

import { ChevronDown, ChevronRight, Pause, Play, X } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import { useTransfersText } from '../../text/transfers.ts';
import { IconButton } from '../../ui/button.tsx';
import { KeyName } from '../../ui/key-name.tsx';
import { plainKey } from '../../ui/key-parts.ts';
import { Bar } from '../../ui/values.tsx';
import type { Desk } from '../desk.ts';
import { type Folder, isGoing, ranked, shareOf, sumsOf } from '../groups.ts';
import { heldBy } from '../next.ts';
import { isStuck } from '../row.ts';
import type { State } from '../state.ts';
import { UploadRow } from './row.tsx';
import styles from './tray.module.css';

/** Files at once; the others are counted. */
const SHOWN = 50;

interface FolderRowProps {
  readonly folder: Folder;
  readonly state: State;
  readonly desk: Desk;
}

export function FolderRow({ folder, state, desk }: FolderRowProps): ReactElement {
  const text = useTransfersText();
  const [open, setOpen] = useState(false);
  const { uploads } = desk;
  const sums = sumsOf(folder.rows);
  const { done, all, active, paused } = sums;
  const going = folder.rows.filter(isGoing);
  const first = going.find((row) => heldBy(state, row) !== undefined);
  const held = first === undefined ? undefined : heldBy(state, first);
  const plain = plainKey(folder.name);
  const ids = going.map(({ id }) => id);
  return (
    <li className={styles.row}>
      <div className={styles.line}>
        <IconButton
          icon={open ? ChevronDown : ChevronRight}
          label={open ? text.shut(plain) : text.open(plain)}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        />
        <span className={styles.name}>
          <KeyName name={folder.name} />
        </span>
        <span className={styles.says}>
          {paused ? text.paused : held === undefined ? text.files(done, all) : text.held[held]}
        </span>
        {active || paused ? (
          <IconButton
            icon={paused ? Play : Pause}
            label={paused ? text.resume(plain) : text.pause(plain)}
            onClick={() => (paused ? uploads.resume(ids) : uploads.pause(ids))}
          />
        ) : null}
        {active || paused ? (
          <IconButton icon={X} label={text.cancel(plain)} onClick={() => uploads.cancel(ids)} />
        ) : null}
      </div>
      {active || paused ? <Bar share={shareOf(sums)} label={plain} /> : null}
      {open ? <Files folder={folder} state={state} desk={desk} /> : null}
    </li>
  );
}

function Files({ folder, state, desk }: FolderRowProps): ReactElement {
  const text = useTransfersText();
  // Those that want a decision stand above, by themselves.
  const rows = ranked(folder.rows).filter((row) => !isStuck(row));
  return (
    <ul className={styles.files}>
      {rows.slice(0, SHOWN).map((row) => (
        <UploadRow key={row.id} row={row} state={state} desk={desk} below={folder.name} />
      ))}
      {rows.length > SHOWN ? <li className={styles.note}>{text.more(rows.length - SHOWN)}</li> : null}
    </ul>
  );
}
