/** What the keyboard does in the list: moves and type-ahead here, acts by the page. */

import { type KeyboardEvent, type RefObject, useRef } from 'react';
import { useSettings } from '../../services.ts';
import { meantBy, moved, typedTo } from './keys.ts';
import type { ListProps } from './list.tsx';
import { nameOf } from './names.ts';
import type { Layout } from './use-layout.ts';

interface Where {
  readonly focusAt: number;
  readonly layout: Layout;
  readonly scroll: RefObject<HTMLDivElement | null>;
  readonly scrollTo: (index: number) => void;
}

/** Letters that follow each other within this time are one name. */
const TYPED_MS = 900;

export function useKeys(props: ListProps, where: Where): (event: KeyboardEvent) => void {
  const { entries, select, onAct } = props;
  const { focusAt, layout, scroll, scrollTo } = where;
  const { letters } = useSettings();
  const typed = useRef({ text: '', at: Number.NEGATIVE_INFINITY });
  const go = (index: number, how: 'only' | 'extend' | 'focus'): void => {
    const key = entries[index]?.key;
    if (key === undefined) return;
    if (how === 'extend') select({ kind: 'range', key, order: entries.map((entry) => entry.key) });
    else select({ kind: how, key });
    scrollTo(index);
  };
  const type = (character: string, now: number): void => {
    const text = now - typed.current.at < TYPED_MS ? typed.current.text + character : character;
    typed.current = { text, at: now };
    // The same letter again and again goes from one to the next.
    const wanted = new Set(text).size === 1 ? character : text;
    const found = typedTo(
      entries.map(({ key }) => nameOf(key)),
      focusAt,
      wanted,
    );
    go(found, 'only');
  };
  return (event) => {
    // Of a header's button, or of what lies over the list.
    if (!(event.target instanceof Element) || scroll.current?.contains(event.target) !== true) return;
    const typing = event.timeStamp - typed.current.at < TYPED_MS;
    const meant = meantBy(event, letters, typing);
    if (meant === undefined) return;
    if (meant.kind === 'act') {
      if (onAct(meant.act)) event.preventDefault();
      return;
    }
    event.preventDefault();
    if (meant.kind === 'type') return type(meant.character, event.timeStamp);
    const page = Math.max(1, Math.floor(scroll.current.clientHeight / layout.rowHeight) - 1);
    go(moved(focusAt, meant.move, { count: entries.length, across: layout.across, page }), meant.how);
  };
}
