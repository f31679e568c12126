/** One upload: its name, how far it is, and what can be done about it. */

import { Pause, Play, X } from 'lucide-react';
import { type ReactElement, useRef, useState } from 'react';
import { toldOf } from '../../failures.ts';
import { S3Failure } from '../../s3/failure.ts';
import { useText } from '../../text/index.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { KeyName } from '../../ui/key-name.tsx';
import { plainKey } from '../../ui/key-parts.ts';
import { Bar } from '../../ui/values.tsx';
import type { Desk } from '../desk.ts';
import { howOf } from '../failures.ts';
import { isOver, isStuck, movedOf, type Row } from '../state.ts';
import styles from './tray.module.css';

interface RowProps {
  readonly row: Row;
  readonly desk: Desk;
}

export function UploadRow({ row, desk }: RowProps): ReactElement {
  const text = useText().transfers;
  const { uploads } = desk;
  const { id, name, size, paused, phase } = row;
  const going = !isOver(row) && !isStuck(row);
  const share = size === 0 ? 0 : movedOf(row) / size;
  const plain = plainKey(name);
  return (
    <li className={styles.row}>
      <div className={styles.line}>
        <span className={styles.name}>
          <KeyName name={name} />
        </span>
        <Says row={row} share={share} />
        {going && phase !== 'finishing' ? (
          <IconButton
            icon={paused ? Play : Pause}
            label={paused ? text.resume(plain) : text.pause(plain)}
            onClick={() => (paused ? uploads.resume(id) : uploads.pause(id))}
          />
        ) : null}
        {going ? <IconButton icon={X} label={text.cancel(plain)} onClick={() => uploads.cancel(id)} /> : null}
      </div>
      {going && phase !== 'queued' ? <Bar share={share} label={plain} /> : null}
      {phase === 'exists' ? <Exists row={row} desk={desk} /> : null}
      {phase === 'failed' ? <Failed row={row} desk={desk} /> : null}
      {phase === 'interrupted' ? <Interrupted row={row} desk={desk} /> : null}
    </li>
  );
}

/** In words, where it is. */
function Says({ row, share }: { readonly row: Row; readonly share: number }): ReactElement {
  const text = useText().transfers;
  const { phase, paused, tries } = row;
  const percent = phase === 'uploading' ? `${Math.floor(share * 100)} %` : text.phases[phase];
  const again = isSlowed(row) ? text.slowed : text.retrying(tries);
  const words = paused ? text.paused : tries > 0 && !isStuck(row) && !isOver(row) ? again : percent;
  return <span className={styles.says}>{words}</span>;
}

/** Not lost: the store said when to come back. */
const isSlowed = ({ failure }: Row): boolean => failure instanceof S3Failure && howOf(failure) === 'slow';

function Exists({ row, desk }: RowProps): ReactElement {
  const text = useText().transfers;
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
  const { title, detail, next, requestId } = toldOf(row.failure, words);
  const { uploads } = desk;
  return (
    <>
      <p className={styles.problem} role="alert">
        {[title, detail, next].filter(Boolean).join(' ')}{' '}
        {requestId === undefined ? '' : words.common.request(requestId)}
      </p>
      <div className={styles.actions}>
        <Button small onClick={() => uploads.retry(row.id)}>
          {words.transfers.again}
        </Button>
        <Button small tone="quiet" onClick={() => uploads.cancel(row.id)}>
          {words.transfers.dropIt}
        </Button>
      </div>
    </>
  );
}

/** From before a reload: from its handle where the browser kept one, otherwise the file has to be chosen again. */
function Interrupted({ row, desk }: RowProps): ReactElement {
  const text = useText().transfers;
  const { uploads } = desk;
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const revive = async (file?: File): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    await uploads.revive(row.id, file).catch(() => setProblem(text.otherFile(row.name)));
    setBusy(false);
  };
  return (
    <>
      {problem === undefined ? null : (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      <div className={styles.actions}>
        {uploads.hasHandle(row.id) ? (
          <Button small busy={busy} onClick={() => void revive()}>
            {text.resumeOne}
          </Button>
        ) : null}
        <input ref={input} type="file" hidden onChange={(event) => void revive(event.target.files?.[0])} />
        <Button small busy={busy} onClick={() => input.current?.click()}>
          {text.chooseAgain}
        </Button>
        <Button small tone="quiet" onClick={() => uploads.cancel(row.id)}>
          {text.dropIt}
        </Button>
      </div>
    </>
  );
}
