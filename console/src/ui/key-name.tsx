/** A key as text: isolated from the direction of what is around it, hidden characters as chips, cut in the middle where room is short. */

import { Fragment, type ReactElement } from 'react';
import styles from './key-name.module.css';
import { keyParts, plainKey, splitKey } from './key-parts.ts';

interface KeyNameProps {
  readonly name: string;
  /** Breaks into lines instead of being cut. */
  readonly whole?: boolean;
}

export function KeyName({ name, whole = false }: KeyNameProps): ReactElement {
  if (whole)
    return (
      <bdi className={styles.whole}>
        <Parts text={name} />
      </bdi>
    );
  const [head, tail] = splitKey(name);
  return (
    <bdi className={styles.key} title={plainKey(name)}>
      <span className={styles.head}>
        <Parts text={head} />
      </span>
      {tail === '' ? null : (
        <span className={styles.tail}>
          <Parts text={tail} />
        </span>
      )}
    </bdi>
  );
}

function Parts({ text }: { readonly text: string }): ReactElement {
  return (
    <>
      {keyParts(text).map((part) =>
        part.kind === 'chip' ? (
          <span key={part.at} className={styles.chip}>
            {part.text}
          </span>
        ) : (
          <Fragment key={part.at}>{part.text}</Fragment>
        ),
      )}
    </>
  );
}
