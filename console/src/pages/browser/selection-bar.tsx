/** What is selected, and what can be done with it: above the list on a desk, a sheet from below on a phone. */

import { Copy, Download, FolderInput, Lock, Share2, Tag, Trash2, Undo2 } from 'lucide-react';
import type { ReactElement } from 'react';
import { useLocale, useText } from '../../text/index.ts';
import { Button } from '../../ui/button.tsx';
import { sizeText } from '../../ui/format.ts';
import { mayDownload } from './acting.ts';
import styles from './browser.module.css';
import type { MarkerEntry, ObjectEntry } from './entries.ts';
import { focusList } from './focus.ts';
import { isNothing } from './selection.ts';
import { amountOf } from './targets.ts';
import type { Acts } from './use-acts.ts';
import type { Browser } from './use-browser.ts';

interface BarProps {
  readonly browser: Browser;
  readonly acts: Acts;
}

export function SelectionBar({ browser, acts }: BarProps): ReactElement | null {
  const text = useText().browser;
  const { selected, select } = browser;
  if (isNothing(selected.selection)) return null;
  return (
    <section className={styles.bar} aria-label={text.sheet}>
      <span className={styles.amount}>
        <Amount browser={browser} />
      </span>
      <div className={styles.acts}>
        <BarActs browser={browser} acts={acts} />
      </div>
      <Button
        small
        tone="quiet"
        onClick={() => {
          select({ kind: 'clear' });
          focusList();
        }}
      >
        {text.act.clear}
      </Button>
    </section>
  );
}

/** `2 selected, 14.1 MB`; of folders and of what is not loaded no size is known. */
export function useAmount({ rows, selected, listing }: Browser): string {
  const text = useText().browser;
  const locale = useLocale();
  const { selection } = selected;
  if (selection.kind === 'allUnder')
    return selection.except.size === 0 ? text.status.selectedAll : text.status.selectedAllBut(selection.except.size);
  const { objects, folders, bytes } = amountOf(rows, selection, listing.whole);
  const size = objects > 0 ? [sizeText(bytes, locale)] : [];
  const inFolders = folders > 0 ? [text.status.folders(folders)] : [];
  return [text.status.selected(objects + folders), ...size, ...inFolders].join(', ');
}

function BarActs({ browser, acts }: BarProps): ReactElement {
  const text = useText().browser;
  const { readOnly } = browser;
  const { rows, run, show, ask, undelete, what } = acts;
  const markers = rows.filter((entry): entry is MarkerEntry => entry.kind === 'marker');
  const objects = rows.filter((entry): entry is ObjectEntry => entry.kind === 'object');
  const one = rows.length === 1 && objects.length === 1;
  if (markers.length > 0 && markers.length === rows.length)
    return (
      <Button small icon={Undo2} onClick={() => undelete(markers)}>
        {text.act.undelete}
      </Button>
    );
  if (readOnly)
    return objects.length === 0 ? (
      <span>{text.travel.chooseObjects}</span>
    ) : (
      <Button small icon={Undo2} onClick={() => ask({ kind: 'restore', objects, what })}>
        {text.travel.restore}
      </Button>
    );
  return (
    <>
      {mayDownload(browser, rows) ? (
        <BarAct icon={Download} label={text.act.download} act={() => run('download')} />
      ) : null}
      {one ? <BarAct icon={Share2} label={text.act.share} act={() => run('share')} /> : null}
      <BarAct icon={Copy} label={text.act.copyTo} act={() => ask({ kind: 'pick', how: 'copy' })} />
      <BarAct icon={FolderInput} label={text.act.moveTo} act={() => ask({ kind: 'pick', how: 'move' })} />
      <BarAct icon={Lock} label={text.act.access} act={() => run('access')} />
      <BarAct icon={Tag} label={text.act.tags} act={() => show('tags')} />
      <BarAct icon={Trash2} label={text.act.delete} act={() => run('delete')} />
    </>
  );
}

interface BarActProps {
  readonly icon: typeof Copy;
  readonly label: string;
  readonly act: () => void;
}

const BarAct = ({ icon, label, act }: BarActProps): ReactElement => (
  <Button small icon={icon} onClick={act}>
    {label}
  </Button>
);

const Amount = ({ browser }: { readonly browser: Browser }): ReactElement => <>{useAmount(browser)}</>;
