/** The foot of a setting that is edited: what is not saved, the way to save it, what went wrong, and somebody else's change beside one's own. */

import type { ReactElement, ReactNode } from 'react';
import { useText } from '../text/index.ts';
import { useSettingsText } from '../text/settings.ts';
import { Button } from '../ui/button.tsx';
import { Failure } from '../ui/failure.tsx';
import { Banner } from '../ui/page.tsx';
import styles from './save-bar.module.css';
import type { Saved } from './saved.ts';

interface SaveBarProps<Value> {
  readonly saved: Saved<Value>;
  readonly label: string;
  /** How many things are changed, or what. */
  readonly changes: ReactNode;
  /** Instead of saving at once, also over somebody else's change: asks first, and calls `saved.save()` itself. */
  readonly onSave?: () => void;
  /** False: what is typed cannot be saved. */
  readonly ready?: boolean;
  /** A value in plain text, to be seen beside another. */
  readonly show: (value: Value) => string;
  readonly onWhy?: (requestId: string) => void;
}

export function SaveBar<Value>(props: SaveBarProps<Value>): ReactElement | null {
  const { saved, label, changes, onSave, ready = true, show, onWhy } = props;
  const text = useText();
  if (!saved.changed && saved.failure === undefined) return null;
  const save = onSave ?? (() => void saved.save());
  return (
    <footer className={styles.bar}>
      {saved.theirs === undefined || saved.value === undefined ? null : (
        <Theirs saved={saved} mine={show(saved.value)} theirs={show(saved.theirs.value)} ready={ready} onSave={save} />
      )}
      {saved.failure === undefined ? null : (
        <Failure failure={saved.failure} {...(onWhy === undefined ? {} : { onWhy })} />
      )}
      {saved.changed ? (
        <div className={styles.row}>
          <span className={styles.changes}>{changes}</span>
          <Button onClick={saved.discard} disabled={saved.saving}>
            {text.common.discard}
          </Button>
          {saved.theirs === undefined ? (
            <Button tone="primary" busy={saved.saving} disabled={!ready} onClick={save}>
              {label}
            </Button>
          ) : null}
        </div>
      ) : null}
    </footer>
  );
}

interface TheirsProps<Value> {
  readonly saved: Saved<Value>;
  readonly mine: string;
  readonly theirs: string;
  readonly ready: boolean;
  readonly onSave: () => void;
}

function Theirs<Value>({ saved, mine, theirs, ready, onSave }: TheirsProps<Value>): ReactElement {
  const text = useSettingsText().bucketDrawer.meanwhile;
  return (
    <Banner tone="warn">
      <p>{text.lead}</p>
      <div className={styles.both}>
        <figure>
          <figcaption>{text.theirs}</figcaption>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reached by key */}
          <pre tabIndex={0}>{theirs}</pre>
        </figure>
        <figure>
          <figcaption>{text.mine}</figcaption>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reached by key */}
          <pre tabIndex={0}>{mine}</pre>
        </figure>
      </div>
      <div className={styles.row}>
        <Button small onClick={saved.reload}>
          {text.takeTheirs}
        </Button>
        <Button small tone="danger" busy={saved.saving} disabled={!ready} onClick={onSave}>
          {text.saveMine}
        </Button>
      </div>
    </Banner>
  );
}
