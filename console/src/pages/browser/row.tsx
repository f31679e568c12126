/** One row of the list, and one tile. They hold no handlers: the list handles what happens to them by their place. */

import {
  Ellipsis,
  File,
  FileArchive,
  FileText,
  Film,
  Folder,
  History,
  Image,
  type LucideIcon,
  Music,
  TriangleAlert,
} from 'lucide-react';
import { memo, type ReactElement } from 'react';
import { useText } from '../../text/index.ts';
import { KeyName } from '../../ui/key-name.tsx';
import { Badge, Size, Time } from '../../ui/values.tsx';
import type { Entry } from './entries.ts';
import styles from './list.module.css';
import { extensionOf, type Kind, kindOf, shownName } from './names.ts';
import { Thumbnail } from './thumbnail.tsx';
import { Who } from './who.tsx';

interface ItemProps {
  readonly entry: Entry;
  readonly index: number;
  readonly bucket: string;
  readonly prefix: string;
  readonly selected: boolean;
  readonly tabStop: boolean;
  readonly cut: boolean;
  readonly dropOn: boolean;
  readonly still: boolean;
}

interface RowProps extends ItemProps {
  readonly start: number;
  readonly height: number;
  readonly who: boolean;
}

const ICONS: Readonly<Record<Kind, LucideIcon>> = {
  folder: Folder,
  image: Image,
  film: Film,
  music: Music,
  text: FileText,
  pdf: FileText,
  archive: FileArchive,
  file: File,
};

/** What both have: their place, focus and marks. */
const marks = ({ entry, index, selected, cut, dropOn, still }: ItemProps) => ({
  'data-index': index,
  'data-kind': entry.kind,
  'data-ghost': entry.kind === 'object' ? entry.ghost : undefined,
  'data-cut': cut || undefined,
  'data-drop': dropOn || undefined,
  'aria-selected': selected,
  draggable: !still,
});

export const Row = memo(function Row(props: RowProps): ReactElement {
  const { entry, index, bucket, prefix, selected, start, height, who } = props;
  const text = useText().browser;
  const kind = kindOf(entry);
  const type = extensionOf(entry.key).toUpperCase();
  const name = shownName(entry, prefix);
  return (
    // biome-ignore lint/a11y/useSemanticElements: the grid's
    <div
      className={styles.row}
      role="row"
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${start}px)`, height }}
      tabIndex={props.tabStop ? 0 : -1}
      {...marks(props)}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: the grid's */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the row has the focus */}
      <span className={styles.check} role="gridcell" data-check>
        <input type="checkbox" tabIndex={-1} aria-label={text.selectOne(name)} checked={selected} readOnly />
      </span>
      <Cell className={styles.name}>
        <Sign kind={kind} entry={entry} />
        <KeyName name={name} />
        {entry.kind === 'folder' ? <span className={styles.slash}>/</span> : null}
        {entry.kind === 'marker' ? <Badge tone="info">{text.deleted}</Badge> : null}
      </Cell>
      <Cell className={styles.type}>{kind === 'folder' ? text.folder : type === '' ? text.noType : type}</Cell>
      <Cell className={styles.size}>{entry.kind === 'object' ? <Size bytes={entry.size} /> : text.none}</Cell>
      <Cell className={styles.modified}>{entry.kind === 'folder' ? text.none : <Time at={entry.modified} />}</Cell>
      {who ? (
        <Cell className={styles.who}>
          {entry.kind === 'object' ? <Who bucket={bucket} objectKey={entry.key} /> : text.none}
        </Cell>
      ) : null}
      <Cell className={styles.menu}>
        <button type="button" tabIndex={-1} className={styles.dots} data-menu aria-label={text.menuOf(name)}>
          <Ellipsis size={16} aria-hidden />
        </button>
      </Cell>
    </div>
  );
});

export const Tile = memo(function Tile(props: ItemProps): ReactElement {
  const { entry, bucket, prefix, selected } = props;
  const text = useText().browser;
  const kind = kindOf(entry);
  const name = shownName(entry, prefix);
  return (
    // biome-ignore lint/a11y/useSemanticElements: the grid's
    <div className={styles.tile} role="gridcell" tabIndex={props.tabStop ? 0 : -1} {...marks(props)}>
      <span className={styles.check} data-check>
        <input type="checkbox" tabIndex={-1} aria-label={text.selectOne(name)} checked={selected} readOnly />
      </span>
      <button type="button" tabIndex={-1} className={styles.dots} data-menu aria-label={text.menuOf(name)}>
        <Ellipsis size={16} aria-hidden />
      </button>
      <span className={styles.picture}>
        {kind === 'image' && entry.kind === 'object' ? (
          <Thumbnail bucket={bucket} entry={entry} />
        ) : (
          <Sign kind={kind} entry={entry} large />
        )}
      </span>
      <span className={styles.caption}>
        <KeyName name={name} />
      </span>
      <span className={styles.under}>
        {entry.kind === 'object' ? <Size bytes={entry.size} /> : entry.kind === 'marker' ? text.deleted : text.folder}
      </span>
    </div>
  );
});

function Cell({
  className,
  children,
}: {
  readonly className: string | undefined;
  readonly children: React.ReactNode;
}): ReactElement {
  return (
    // biome-ignore lint/a11y/useSemanticElements: the grid's
    // biome-ignore lint/a11y/useFocusableInteractive: the row has the focus
    <span className={className} role="gridcell">
      {children}
    </span>
  );
}

function Sign({
  kind,
  entry,
  large = false,
}: {
  readonly kind: Kind;
  readonly entry: Entry;
  readonly large?: boolean;
}): ReactElement {
  const isFailed = entry.kind === 'object' && entry.ghost === 'failed';
  const Icon = isFailed ? TriangleAlert : entry.kind === 'marker' ? History : ICONS[kind];
  return <Icon className={styles.sign} size={large ? 40 : 16} strokeWidth={large ? 1.25 : 1.75} aria-hidden />;
}
