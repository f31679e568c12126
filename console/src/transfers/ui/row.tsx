/** One upload: its name, how far it is, and what can be done about it. */

import { useNavigate } from '@tanstack/react-router';
import { Pause, Play, X } from 'lucide-react';
import type { ReactElement } from 'react';
import { toldOf } from '../../failures.ts';
import { useText } from '../../text/index.ts';
import { useTransfersText } from '../../text/transfers.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { KeyName } from '../../ui/key-name.tsx';
import { plainKey } from '../../ui/key-parts.ts';
import { Bar } from '../../ui/values.tsx';
import type { Desk } from '../desk.ts';
import { heldBy } from '../next.ts';
import { isOver, isStuck, movedOf, type Row } from '../row.ts';
import type { State } from '../state.ts';
import styles from './tray.module.css';

interface RowProps {
  readonly row: Row;
  readonly desk: Desk;
}

interface UploadRowProps extends RowProps {
  readonly state: State;
  /** The folder that it is shown in: its name is not said again. */
  readonly below?: string;
}

export function UploadRow({ row, desk, state, below = '' }: UploadRowProps): ReactElement {
  const text = useTransfersText();
  const { uploads } = desk;
  const { id, name, size, paused, phase } = row;
  const going = !isOver(row) && !isStuck(row);
  const share = size === 0 ? 0 : movedOf(row) / size;
  const plain = plainKey(name);
  return (
    <li className={styles.row}>
      <div className={styles.line}>
        <span className={styles.name}>
          <KeyName name={name.slice(below.length)} />
        </span>
        <Says row={row} state={state} share={share} />
        {going && phase !== 'finishing' && phase !== 'checking' ? (
          <IconButton
            icon={paused ? Play : Pause}
            label={paused ? text.resume(plain) : text.pause(plain)}
            onClick={() => (paused ? uploads.resume([id]) : uploads.pause([id]))}
          />
        ) : null}
        {going ? <IconButton icon={X} label={text.cancel(plain)} onClick={() => uploads.cancel([id])} /> : null}
      </div>
      {going && (phase !== 'queued' || share > 0) ? <Bar share={share} label={plain} /> : null}
      {phase === 'exists' ? <Exists row={row} desk={desk} /> : null}
      {phase === 'failed' ? <Failed row={row} desk={desk} /> : null}
    </li>
  );
}

interface SaysProps {
  readonly row: Row;
  readonly state: State;
  readonly share: number;
}

/** In words, where it is. */
function Says({ row, state, share }: SaysProps): ReactElement {
  const text = useTransfersText();
  const { phase, paused, tries } = row;
  const going = !isStuck(row) && !isOver(row);
  const percent = phase === 'uploading' ? `${Math.floor(share * 100)} %` : text.phases[phase];
  const held = heldBy(state, row);
  const waiting = held === undefined ? (tries > 0 && going ? text.retrying(tries) : percent) : text.held[held];
  return <span className={styles.says}>{paused ? text.paused : waiting}</span>;
}

function Exists({ row, desk }: RowProps): ReactElement {
  const text = useTransfersText();
  const { uploads } = desk;
  return (
    <div className={styles.actions}>
      <Button small onClick={() => uploads.decide(row.id, 'replace')}>
        {text.replace}
      </Button>
      <Button small onClick={() => desk.keepBoth(row.id)}>
        {text.keepBoth}
      </Button>
      <Button small onClick={() => uploads.decide(row.id, 'skip')}>
        {text.skip}
      </Button>
    </div>
  );
}

function Failed({ row, desk }: RowProps): ReactElement {
  const words = useText();
  const text = useTransfersText();
  const navigate = useNavigate();
  const { title, detail, next, requestId, denied } = toldOf(row.failure, words);
  const { uploads } = desk;
  return (
    <>
      <p className={styles.problem} role="alert">
        {[title, detail, next].filter(Boolean).join(' ')}{' '}
        {requestId === undefined ? '' : words.common.request(requestId)}
      </p>
      <div className={styles.actions}>
        <Button small onClick={() => uploads.retry([row.id])}>
          {text.again}
        </Button>
        {denied && requestId !== undefined ? (
          <Button small onClick={() => void navigate({ to: '/explain', search: { request: requestId } })}>
            {words.common.why}
          </Button>
        ) : null}
        <Button small tone="quiet" onClick={() => uploads.cancel([row.id])}>
          {text.dropIt}
        </Button>
      </div>
    </>
  );
}
