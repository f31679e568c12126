/**
 * Uploads of before a reload, in one banner: one press takes all of them up whose files the browser still has a handle of; files of the
 * others are chosen again, all at once if one likes.
 */

import { type ReactElement, useRef, useState } from 'react';
import { toldOf } from '../../failures.ts';
import { useText } from '../../text/index.ts';
import { type TransfersText, useTransfersText } from '../../text/transfers.ts';
import { Button } from '../../ui/button.tsx';
import { KeyName } from '../../ui/key-name.tsx';
import { plainKey } from '../../ui/key-parts.ts';
import type { Desk } from '../desk.ts';
import { Elsewhere, OtherFile } from '../resuming.ts';
import type { Row } from '../row.ts';
import styles from './tray.module.css';

interface InterruptedProps {
  readonly rows: readonly Row[];
  readonly desk: Desk;
}

export function Interrupted({ rows, desk }: InterruptedProps): ReactElement {
  const text = useTransfersText();
  const { uploads } = desk;
  const input = useRef<HTMLInputElement>(null);
  const { busy, problems, revive } = useReviving(desk);
  const held = rows.filter(({ id }) => uploads.hasHandle(id));
  const chosen = (files: readonly File[]): void => void revive(rows, files);
  return (
    <div className={styles.banner}>
      <div className={styles.line}>
        <strong>{text.interrupted(rows.length)}</strong>
        {held.length === 0 ? null : (
          <Button small tone="primary" busy={busy} onClick={() => void revive(held)}>
            {text.resumeOne}
          </Button>
        )}
      </div>
      <ul className={styles.left}>
        {rows.map((row) => (
          <li key={row.id} className={styles.line}>
            <span className={styles.name}>
              <KeyName name={row.name} />
            </span>
            <Button
              small
              tone="quiet"
              aria-label={text.forget(plainKey(row.name))}
              onClick={() => uploads.cancel([row.id])}
            >
              {text.dropIt}
            </Button>
          </li>
        ))}
      </ul>
      {problems.map((problem) => (
        <p key={problem} className={styles.problem} role="alert">
          {problem}
        </p>
      ))}
      <div className={styles.actions}>
        <input
          ref={input}
          type="file"
          multiple
          hidden
          aria-label={text.chooseAgain(rows.length)}
          onChange={({ target }) => {
            chosen([...(target.files ?? [])]);
            target.value = '';
          }}
        />
        <Button small busy={busy} onClick={() => input.current?.click()}>
          {text.chooseAgain(rows.length)}
        </Button>
      </div>
    </div>
  );
}

function useReviving({ uploads }: Desk) {
  const words = useText();
  const text = useTransfersText();
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<readonly string[]>([]);
  /** From their handles, or from the files that were chosen: each goes to the upload it belongs to. */
  const revive = async (rows: readonly Row[], files?: readonly File[]): Promise<void> => {
    setBusy(true);
    setProblems([]);
    const left = new Set(files);
    for (const row of rows) {
      const file = [...left].find(({ name, size }) => size === row.size && row.name.endsWith(name));
      if (files !== undefined && file === undefined) continue;
      if (file !== undefined) left.delete(file);
      await uploads.revive(row.id, file).catch((failure: unknown) => {
        setProblems((before) => [...before, problemOf(failure, row, { words, text })]);
      });
    }
    const others = [...left].map(({ name }) => text.noneOf(plainKey(name)));
    setProblems((before) => [...before, ...others]);
    setBusy(false);
  };
  return { busy, problems, revive };
}

interface Words {
  readonly words: ReturnType<typeof useText>;
  readonly text: TransfersText;
}

function problemOf(failure: unknown, { name }: Row, { words, text }: Words): string {
  if (failure instanceof Elsewhere) return text.elsewhere(plainKey(name));
  if (failure instanceof OtherFile) return text.otherFile(plainKey(name));
  const { title, detail, next } = toldOf(failure, words);
  return [title, detail, next].filter(Boolean).join(' ');
}
