/** The field for code, loaded when it is shown, with what is wrong below it in words. */

import { lazy, type ReactElement, Suspense } from 'react';
import { useText } from '../../text/index.ts';
import { Skeleton } from '../page.tsx';
import type { CodeEditorProps } from './code-editor.tsx';
import styles from './editor.module.css';

const CodeEditor = lazy(() => import('./code-editor.tsx').then((loaded) => ({ default: loaded.CodeEditor })));

export function LazyEditor(props: CodeEditorProps): ReactElement {
  const text = useText().common;
  const { problems = [] } = props;
  return (
    <div className={styles.around}>
      <Suspense fallback={<Skeleton rows={8} />}>
        <CodeEditor {...props} />
      </Suspense>
      {problems.length === 0 ? null : (
        <ul className={styles.problems} aria-live="polite">
          {problems.map(({ line, message, warning }) => (
            <li key={`${line} ${message}`} data-warning={warning || undefined}>
              {text.inLine(line)} {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
