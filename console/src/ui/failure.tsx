/** What went wrong, where it went wrong: what happened, what to do next, and the request's id to copy. */

import { CircleHelp, TriangleAlert } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { type Told, toldOf } from '../failures.ts';
import { useText } from '../text/index.ts';
import { Button } from './button.tsx';
import styles from './failure.module.css';
import { CopyButton } from './page.tsx';

interface FailureProps {
  /** Whatever was thrown. */
  readonly failure: unknown;
  readonly onRetry?: () => void;
  /** Opens the explanation of this request. */
  readonly onWhy?: (requestId: string) => void;
  readonly children?: ReactNode;
}

export function Failure({ failure, onRetry, onWhy, children }: FailureProps): ReactElement {
  const text = useText();
  const told: Told = toldOf(failure, text);
  const { requestId } = told;
  return (
    <div className={styles.failure} role="alert">
      <TriangleAlert size={16} strokeWidth={1.75} aria-hidden />
      <div className={styles.said}>
        <strong>{told.title}</strong>
        {told.detail === undefined ? null : <p>{told.detail}</p>}
        {told.next === undefined ? null : <p>{told.next}</p>}
        {children}
        {requestId === undefined ? null : (
          <p className={styles.request}>
            {text.common.request(requestId)}
            <CopyButton value={requestId} />
          </p>
        )}
        <div className={styles.actions}>
          {onRetry === undefined ? null : (
            <Button small onClick={onRetry}>
              {text.common.tryAgain}
            </Button>
          )}
          {onWhy === undefined || requestId === undefined || !told.denied ? null : (
            <Button small icon={CircleHelp} onClick={() => onWhy(requestId)}>
              {text.common.why}
            </Button>
          )}
        </div>
      </div>
    </div>
  );
}
