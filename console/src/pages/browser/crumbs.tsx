/** The folders that lead here, in the top bar. Each is a link, and a place to drop rows on. */

import { Link } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import { type DragEvent, Fragment, type ReactElement, useState } from 'react';
import { PathSlot } from '../../frame/path.tsx';
import { useText } from '../../text/index.ts';
import { KeyName } from '../../ui/key-name.tsx';
import styles from './browser.module.css';
import { crumbsOf } from './names.ts';
import { inFolder } from './place.ts';
import type { Browser } from './use-browser.ts';
import { holdsRows } from './use-dragged.ts';

interface CrumbsProps {
  readonly browser: Browser;
  readonly onDrop: (onto: string, copy: boolean) => void;
}

export function Crumbs({ browser, onDrop }: CrumbsProps): ReactElement {
  const text = useText().browser;
  const { place } = browser;
  const crumbs = [{ name: place.bucket, prefix: '' }, ...crumbsOf(place.prefix)];
  return (
    <PathSlot>
      <ol className={styles.crumbs}>
        <li className={styles.far}>
          <Link to="/buckets">{text.buckets}</Link>
        </li>
        {crumbs.map(({ name, prefix }, index) => (
          <Fragment key={prefix}>
            <li aria-hidden className={index === 0 ? styles.far : undefined}>
              <ChevronRight size={14} />
            </li>
            <Crumb
              {...{ browser, onDrop, prefix }}
              name={name === '' ? text.noName : name}
              last={index === crumbs.length - 1}
            />
          </Fragment>
        ))}
      </ol>
    </PathSlot>
  );
}

interface CrumbProps extends CrumbsProps {
  readonly name: string;
  readonly prefix: string;
  readonly last: boolean;
}

function Crumb({ browser, onDrop, name, prefix, last }: CrumbProps): ReactElement {
  const { place, search, readOnly } = browser;
  const [over, setOver] = useState(false);
  const accepts = (event: DragEvent): boolean => !last && !readOnly && holdsRows(event);
  const drop = (event: DragEvent): void => {
    setOver(false);
    if (!accepts(event)) return;
    event.preventDefault();
    onDrop(prefix, event.altKey);
  };
  const drag = (event: DragEvent): void => {
    if (!accepts(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = event.altKey ? 'copy' : 'move';
    setOver(true);
  };
  return (
    <li
      className={styles.crumb}
      data-drop={over || undefined}
      onDragOver={drag}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Link
        to="/buckets/$bucket"
        params={{ bucket: place.bucket }}
        search={inFolder(search, prefix)}
        aria-current={last ? 'page' : undefined}
      >
        <KeyName name={name} />
      </Link>
    </li>
  );
}
