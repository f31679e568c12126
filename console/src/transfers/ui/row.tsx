/** One upload: its name, how far it is, and what can be done about it. */

import { Pause, Play, X } from 'lucide-react';
import { type ReactElement, useRef, useState } from 'react';
import { toldOf } from '../../failures.ts';
import { useText } from '../../text/index.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { KeyName } from '../../ui/key-name.tsx';
import { plainKey } from '../../ui/key-parts.ts';
import { Bar } from '../../ui/values.tsx';
import type { Desk } from '../desk.ts';
import { heldBy } from '../next.ts';
import { Elsewhere, OtherFile } from '../resuming.ts';
import { isOver, isStuck, movedOf, type Row } from '../row.ts';
import type { State } from '../state.ts';
import styles from './tray.module.css';

interface RowProps {
  readonly row: Row;
  readonly desk: Desk;
}

export function UploadRow({ row, desk, state }: RowProps & { readonly state: State }): ReactElement {
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
        <Says row={row} state={state} share={share} />
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

interface SaysProps {
  readonly row: Row;
  readonly state: State;
  readonly share: number;
}

/** In words, where it is. */
function Says({ row, state, share }: SaysProps): ReactElement {
  const text = useText().transfers;
  const { phase, paused, tries } = row;
  const going = !isStuck(row) && !isOver(row);
  const percent = phase === 'uploading' ? `${Math.floor(share * 100)} %` : text.phases[phase];
  const held = heldBy(state, row);
  const waiting = held === undefined ? (tries > 0 && going ? text.retrying(tries) : percent) : text.held[held];
  return <span className={styles.says}>{paused ? text.paused : waiting}</span>;
}

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
  const words = useText();
  const text = words.transfers;
  const { uploads } = desk;
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const problemOf = (failure: unknown): string => {
    if (failure instanceof Elsewhere) return text.elsewhere;
    if (failure instanceof OtherFile) return text.otherFile(row.name);
    const { title, detail, next } = toldOf(failure, words);
    return [title, detail, next].filter(Boolean).join(' ');
  };
  const revive = async (file?: File): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    await uploads.revive(row.id, file).catch((failure: unknown) => setProblem(problemOf(failure)));
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
