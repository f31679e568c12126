/**
 * A field for code: JSON or XML with lines, colours and marks where something is wrong. Comes in a chunk of its own: pages use
 * `lazy-editor.tsx`. Tab leaves the field, as in any other (WCAG 2.1.2).
 */

import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { xml } from '@codemirror/lang-xml';
import { bracketMatching, defaultHighlightStyle, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { type ReactElement, useEffect, useRef } from 'react';
import styles from './editor.module.css';

export interface CodeProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
  readonly warning?: boolean;
}

export interface CodeEditorProps {
  readonly label: string;
  readonly language: 'json' | 'xml';
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly problems?: readonly CodeProblem[];
  /** A line to go to, from 1. */
  readonly line?: number | undefined;
  readonly readOnly?: boolean;
}

const THEME = EditorView.theme({
  '&': { backgroundColor: 'var(--surface)', color: 'var(--text)', fontSize: '13px' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '1px' },
  '.cm-content': { fontFamily: 'var(--mono)', caretColor: 'var(--text)', minHeight: '180px' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--sunken)', color: 'var(--text-3)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--hover)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--selected)',
  },
  '.cm-scroller': { maxHeight: '46vh', overflow: 'auto' },
  '.cm-tooltip': { backgroundColor: 'var(--surface)', color: 'var(--text)', border: '1px solid var(--line)' },
});

const COLOURS: Readonly<Record<string, string>> = {
  '#a11': 'var(--primary)',
  '#164': 'var(--ok)',
  '#219': 'var(--info)',
  '#708': 'var(--info)',
  '#e40': 'var(--warn)',
  '#f00': 'var(--bad)',
  '#940': 'var(--text-3)',
};

/** The library's own, in colours of the theme, light or dark. */
const HIGHLIGHT = HighlightStyle.define(
  defaultHighlightStyle.specs.map(({ color, ...spec }) =>
    color === undefined ? spec : { ...spec, color: COLOURS[color] ?? 'var(--text-2)' },
  ),
);

/** Styles of the editor are made at run time: the policy lets those in that carry the page's nonce. */
const nonce = (): Extension =>
  EditorView.cspNonce.of(document.querySelector('meta[name="moraine-nonce"]')?.getAttribute('content') ?? '');

function extensionsFor({ label, language, readOnly = false }: CodeEditorProps, changed: Extension): Extension {
  return [
    nonce(),
    THEME,
    lineNumbers(),
    lintGutter(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    bracketMatching(),
    syntaxHighlighting(HIGHLIGHT),
    keymap.of([...defaultKeymap, ...historyKeymap]),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label }),
    EditorState.readOnly.of(readOnly),
    language === 'json' ? json() : xml(),
    changed,
  ];
}

function diagnosticsIn({ doc }: EditorState, problems: readonly CodeProblem[]): readonly Diagnostic[] {
  return problems.map(({ line, message, warning }) => {
    const { from, to } = doc.line(Math.max(1, Math.min(line, doc.lines)));
    return { from, to, message, severity: warning === true ? 'warning' : 'error' };
  });
}

export function CodeEditor(props: CodeEditorProps): ReactElement {
  const { value, problems = [], line } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    if (host.current === null) return undefined;
    const changed = EditorView.updateListener.of((update) => {
      if (!update.docChanged) return;
      const text = update.state.doc.toString();
      if (text !== latest.current.value) latest.current.onChange(text);
    });
    const state = EditorState.create({
      doc: latest.current.value,
      extensions: extensionsFor(latest.current, changed),
    });
    const made = new EditorView({ state, parent: host.current });
    view.current = made;
    return () => {
      made.destroy();
      view.current = null;
    };
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  const told = JSON.stringify(problems);
  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    const found: readonly CodeProblem[] = JSON.parse(told);
    editor.dispatch(setDiagnostics(editor.state, [...diagnosticsIn(editor.state, found)]));
  }, [told]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || line === undefined || line > editor.state.doc.lines) return;
    const { from, to } = editor.state.doc.line(line);
    editor.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true });
    editor.focus();
  }, [line]);

  return <div ref={host} className={styles.editor} />;
}
