/** The keys of the list, as a pure map from what was pressed to what is meant. Single letters can be switched off (WCAG 2.1.4). */

export interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

export type Move = 'up' | 'down' | 'left' | 'right' | 'first' | 'last' | 'pageUp' | 'pageDown';

export type Act =
  | 'open'
  | 'up'
  | 'toggle'
  | 'all'
  | 'rename'
  | 'delete'
  | 'copy'
  | 'cut'
  | 'paste'
  | 'undo'
  | 'preview'
  | 'details'
  | 'download'
  | 'share'
  | 'access'
  | 'why'
  | 'upload'
  | 'newFolder'
  | 'menu'
  | 'back'
  | 'forward'
  | 'clear';

export type Meant =
  | { readonly kind: 'move'; readonly move: Move; readonly how: 'only' | 'extend' | 'focus' }
  | { readonly kind: 'act'; readonly act: Act }
  /** Goes on with the name that is being typed. */
  | { readonly kind: 'type'; readonly character: string };

const MOVES: Readonly<Record<string, Move>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  Home: 'first',
  End: 'last',
  PageUp: 'pageUp',
  PageDown: 'pageDown',
};
const PLAIN: Readonly<Record<string, Act>> = {
  Enter: 'open',
  Backspace: 'up',
  ' ': 'toggle',
  F2: 'rename',
  Delete: 'delete',
  ContextMenu: 'menu',
  Escape: 'clear',
};
const WITH_CONTROL: Readonly<Record<string, Act>> = {
  a: 'all',
  c: 'copy',
  x: 'cut',
  v: 'paste',
  z: 'undo',
  ' ': 'toggle',
};
const LETTERS: Readonly<Record<string, Act>> = {
  v: 'preview',
  i: 'details',
  d: 'download',
  s: 'share',
  a: 'access',
  w: 'why',
  u: 'upload',
  n: 'newFolder',
};
/** What the whole page listens for, so the list must not take it for a name. */
const OTHERS = '/?tg';

const act = (name: Act | undefined): Meant | undefined => (name === undefined ? undefined : { kind: 'act', act: name });

/**
 * `typing`: a name has been begun less than a second ago. A letter that is a command begins no name; with letters switched off, any
 * does.
 */
export function meantBy(pressed: Pressed, letters: boolean, typing: boolean): Meant | undefined {
  const { key, shiftKey, altKey } = pressed;
  const control = pressed.ctrlKey || pressed.metaKey;
  const move = MOVES[key];
  if (altKey) return act(key === 'ArrowLeft' ? 'back' : key === 'ArrowRight' ? 'forward' : undefined);
  if (move !== undefined) return { kind: 'move', move, how: shiftKey ? 'extend' : control ? 'focus' : 'only' };
  if (key === 'F10') return act(shiftKey ? 'menu' : undefined);
  if (control) return act(shiftKey ? undefined : WITH_CONTROL[key.toLowerCase()]);
  if (typing && key.length === 1) return { kind: 'type', character: key };
  const plain = PLAIN[key];
  if (plain !== undefined) return act(plain);
  if (Array.from(key).length !== 1) return undefined;
  const letter = letters && !shiftKey ? LETTERS[key] : undefined;
  if (letter !== undefined) return act(letter);
  return letters && OTHERS.includes(key) ? undefined : { kind: 'type', character: key };
}

interface Rows {
  readonly count: number;
  /** In a row: 1 in the list, more in the grid. */
  readonly across: number;
  readonly page: number;
}

/** The index after a move; -1: nothing has the focus yet. */
export function moved(from: number, move: Move, { count, across, page }: Rows): number {
  const last = count - 1;
  if (count === 0) return -1;
  if (from < 0) return move === 'last' ? last : 0;
  const steps: Readonly<Record<Move, number>> = {
    up: -across,
    down: across,
    left: across === 1 ? 0 : -1,
    right: across === 1 ? 0 : 1,
    first: -from,
    last: last - from,
    pageUp: -page * across,
    pageDown: page * across,
  };
  return Math.max(0, Math.min(last, from + steps[move]));
}

/** The next row after `from` whose name begins so; with one character typed again and again, the next of those. */
export function typedTo(names: readonly string[], from: number, typed: string): number {
  const wanted = typed.toLowerCase();
  const begins = (index: number): boolean => names[index]?.toLowerCase().startsWith(wanted) ?? false;
  const start = typed.length === 1 ? from + 1 : Math.max(0, from);
  for (let step = 0; step < names.length; step++) {
    const index = (start + step) % names.length;
    if (begins(index)) return index;
  }
  return -1;
}
