/**
 * Which rows are selected, as a pure reducer. Either some keys, or all that lies under a prefix but for a few: the second is what
 * "Select all in this folder" means, and counts what was never loaded. A folder means everything under it.
 */

export type Selection =
  | { readonly kind: 'some'; readonly keys: ReadonlySet<string> }
  | { readonly kind: 'allUnder'; readonly prefix: string; readonly except: ReadonlySet<string> };

export interface Selected {
  readonly selection: Selection;
  /** Where a range begins. */
  readonly anchor?: string | undefined;
  /** The row that has the focus when the list has. */
  readonly focus?: string | undefined;
}

/** `order`: keys of the rows as they are shown now. */
export type SelectionEvent =
  /** A click or an arrow: this row alone. */
  | { readonly kind: 'only'; readonly key: string }
  /** Ctrl click, Space, the checkbox. */
  | { readonly kind: 'toggle'; readonly key: string }
  /** Shift click, Shift with arrows: from the anchor to here. `add`: keeps what is selected elsewhere. */
  | { readonly kind: 'range'; readonly key: string; readonly order: readonly string[]; readonly add?: boolean }
  /** Ctrl with arrows: the focus alone. */
  | { readonly kind: 'focus'; readonly key: string }
  | { readonly kind: 'loaded'; readonly order: readonly string[] }
  | { readonly kind: 'allUnder'; readonly prefix: string }
  | { readonly kind: 'clear' }
  /** Keys that are no longer there. */
  | { readonly kind: 'gone'; readonly keys: readonly string[]; readonly order: readonly string[] }
  /** Navigation. */
  | { readonly kind: 'reset' };

const NOBODY: Selection = Object.freeze({ kind: 'some', keys: new Set<string>() });

export const NOTHING_SELECTED: Selected = Object.freeze({ selection: NOBODY });

const some = (keys: Iterable<string>): Selection => ({ kind: 'some', keys: new Set(keys) });

function toggled(selection: Selection, key: string): Selection {
  const set = new Set(selection.kind === 'some' ? selection.keys : selection.except);
  if (!set.delete(key)) set.add(key);
  return selection.kind === 'some' ? { kind: 'some', keys: set } : { ...selection, except: set };
}

function between(order: readonly string[], from: string, to: string): readonly string[] {
  const [a, b] = [order.indexOf(from), order.indexOf(to)];
  return a < 0 || b < 0 ? [to] : order.slice(Math.min(a, b), Math.max(a, b) + 1);
}

export const isSelected = (selection: Selection, key: string): boolean =>
  selection.kind === 'some' ? selection.keys.has(key) : !selection.except.has(key);

export const isNothing = (selection: Selection): boolean => selection.kind === 'some' && selection.keys.size === 0;

export function select(state: Selected, event: SelectionEvent): Selected {
  switch (event.kind) {
    case 'only':
      return { selection: some([event.key]), anchor: event.key, focus: event.key };
    case 'toggle':
      return { selection: toggled(state.selection, event.key), anchor: event.key, focus: event.key };
    case 'range': {
      const anchor = state.anchor ?? event.key;
      const range = between(event.order, anchor, event.key);
      const kept = event.add === true && state.selection.kind === 'some' ? state.selection.keys : [];
      return { selection: some([...kept, ...range]), anchor, focus: event.key };
    }
    case 'focus':
      return { ...state, focus: event.key };
    case 'loaded':
      return { ...state, selection: some(event.order) };
    case 'allUnder':
      return { ...state, selection: { kind: 'allUnder', prefix: event.prefix, except: new Set() } };
    case 'clear':
      return { ...state, selection: NOBODY };
    case 'gone':
      return without(state, event.keys, event.order);
    case 'reset':
      return NOTHING_SELECTED;
  }
}

/** The focus goes to the row that is now where the gone one was. */
function without(state: Selected, keys: readonly string[], order: readonly string[]): Selected {
  const gone = new Set(keys);
  const { selection } = state;
  const left =
    selection.kind === 'some'
      ? some(Array.from(selection.keys).filter((key) => !gone.has(key)))
      : { ...selection, except: new Set(Array.from(selection.except).filter((key) => !gone.has(key))) };
  const focus = state.focus !== undefined && gone.has(state.focus) ? neighbour(state.focus, gone, order) : state.focus;
  return {
    selection: left,
    anchor: state.anchor !== undefined && gone.has(state.anchor) ? focus : state.anchor,
    focus,
  };
}

function neighbour(key: string, gone: ReadonlySet<string>, order: readonly string[]): string | undefined {
  const at = order.indexOf(key);
  const stays = (one: string): boolean => !gone.has(one);
  return order.slice(at).find(stays) ?? order.slice(0, Math.max(0, at)).findLast(stays);
}
