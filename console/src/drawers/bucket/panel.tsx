/** What panels have in common: bars while a setting is read, what went wrong when it cannot be, and the question before something becomes public. */

import { type ReactElement, type ReactNode, useState } from 'react';
import type { Api } from '../../api/client.ts';
import type { Visibility } from '../../api/shapes.ts';
import { useServices } from '../../services.ts';
import { useSettingsText } from '../../text/settings.ts';
import { Confirm } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Skeleton } from '../../ui/page.tsx';
import type { Saved } from '../saved.ts';

interface ReadingProps<Value> {
  readonly saved: Saved<Value>;
  readonly onWhy: (requestId: string) => void;
  readonly children: ReactNode;
}

export function Reading<Value>({ saved, onWhy, children }: ReadingProps<Value>): ReactElement {
  if (!saved.reading && (saved.failure === undefined || saved.changed)) return <>{children}</>;
  return saved.failure === undefined ? (
    <Skeleton rows={4} />
  ) : (
    <Failure failure={saved.failure} onRetry={saved.reload} onWhy={onWhy} />
  );
}

/** Whether the bucket is not public now and would be. Where the store does not tell, saving does. */
async function becomesPublic(api: Api, bucket: string, unsaved: object): Promise<Visibility | undefined> {
  try {
    const [now, then] = await Promise.all([
      api.get<Visibility>('/access/visibility', { query: { bucket } }),
      api.post<Visibility>('/access/visibility', { body: { bucket, unsaved } }),
    ]);
    return now.who !== 'public' && then.who === 'public' ? then : undefined;
  } catch {
    return undefined;
  }
}

interface AskPublic {
  readonly bucket: string;
  /** As `POST /access/visibility` takes it. */
  readonly unsaved: object;
  readonly save: () => Promise<unknown>;
}

/** Saves, after one question where that makes the bucket public; `question` belongs on the page. */
export function useAskPublic({ bucket, unsaved, save }: AskPublic): {
  readonly begin: () => void;
  readonly question: ReactElement;
} {
  const text = useSettingsText().bucketDrawer.public;
  const { api } = useServices();
  const [opening, setOpening] = useState<Visibility>();
  const begin = async (): Promise<void> => {
    const then = await becomesPublic(api, bucket, unsaved);
    if (then === undefined) await save();
    else setOpening(then);
  };
  const go = async (): Promise<void> => {
    await save();
    setOpening(undefined);
  };
  return {
    begin: () => void begin(),
    question: (
      <Confirm
        open={opening !== undefined}
        onClose={() => setOpening(undefined)}
        onConfirm={() => void go()}
        title={text.title}
        act={text.act}
      >
        {opening?.why.map((reason) => (
          <p key={reason}>{reason}</p>
        ))}
      </Confirm>
    ),
  };
}
