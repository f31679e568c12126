/** Why somebody may or may not do something with this object; and the way from a refused request to its explanation. */

import { useNavigate } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { ExplainPanel } from '../../explain/panel.tsx';
import type { Question } from '../../explain/question.ts';
import styles from './object.module.css';
import type { ObjectPlace } from './place.ts';

/** For errors: opens the explanation of a request. */
export function useWhy(): (requestId: string) => void {
  const navigate = useNavigate();
  return (request) => void navigate({ to: '/explain', search: { request } });
}

export function Why({ bucket, objectKey, go }: ObjectPlace): ReactElement {
  const [asked, setAsked] = useState<Question>({
    ...{ principal: '', action: 'GetObject', resource: `${bucket}/${objectKey}`, request: '' },
  });
  return (
    <div className={styles.stack}>
      <ExplainPanel
        asked={asked}
        onAsk={setAsked}
        onOpenPolicy={(_, line) =>
          go({ object: undefined, version: undefined, tab: undefined, panel: 'policy', line: line?.toString() })
        }
      />
    </div>
  );
}
