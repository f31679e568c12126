/** What panels have in common: bars while a setting is read, what went wrong when it cannot be, and the question before something becomes public. */

import { type ReactElement, type ReactNode, useState } from 'react';
import type { Api } from '../../api/client.ts';
import type { AccessAnswer, Visibility } from '../../api/shapes.ts';
import { type Services, useServices } from '../../services.ts';
import { useSettingsText } from '../../text/settings.ts';
import { Confirm } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Skeleton } from '../../ui/page.tsx';
import { sentenceOf } from '../acl/means.tsx';
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

/** Whether oneself may use the bucket now and could not then, as the Console asks. Where the store does not tell, saving does. */
async function shutsOut({ api, site }: Services, bucket: string, unsaved: object): Promise<boolean> {
  const may = async (rules: object): Promise<boolean> => {
    const body = { operation: 'ListObjectsV2', bucket, insecure: site.insecure, unsaved: rules };
    return (await api.post<AccessAnswer>('/access/explain', { body })).answer === 'allowed';
  };
  return Promise.all([may({}), may(unsaved)]).then(
    ([now, then]) => now && !then,
    () => false,
  );
}

interface AskFirst {
  readonly bucket: string;
  /** As `POST /access/visibility` takes it. */
  readonly unsaved: object;
  readonly save: () => Promise<unknown>;
}

type Question = { readonly kind: 'public'; readonly then: Visibility } | { readonly kind: 'shut out' };

/** Saves, after one question where that makes the bucket public or shuts oneself out; `question` belongs on the page. */
export function useAskFirst({ bucket, unsaved, save }: AskFirst): {
  readonly begin: () => void;
  readonly question: ReactElement;
} {
  const words = useSettingsText();
  const services = useServices();
  const [asked, setAsked] = useState<Question>();
  /** It is being looked or saved: a second press begins nothing. */
  const [busy, setBusy] = useState(false);
  const once = (act: () => Promise<void>): void => {
    if (busy) return;
    setBusy(true);
    void act().finally(() => setBusy(false));
  };
  const begin = async (): Promise<void> => {
    const [then, shutOut] = await Promise.all([
      becomesPublic(services.api, bucket, unsaved),
      shutsOut(services, bucket, unsaved),
    ]);
    if (shutOut) setAsked({ kind: 'shut out' });
    else if (then !== undefined) setAsked({ kind: 'public', then });
    else await save();
  };
  const go = async (): Promise<void> => {
    await save();
    setAsked(undefined);
  };
  const text = words.bucketDrawer[asked?.kind === 'shut out' ? 'shutOut' : 'public'];
  return {
    begin: () => once(begin),
    question: (
      <Confirm
        open={asked !== undefined}
        onClose={() => setAsked(undefined)}
        onConfirm={() => once(go)}
        busy={busy}
        title={text.title}
        act={text.act}
      >
        {asked?.kind === 'shut out' ? <p>{words.bucketDrawer.shutOut.lead}</p> : null}
        {asked?.kind === 'public' ? <p>{sentenceOf(asked.then, 'bucket', words)}</p> : null}
        {asked?.kind === 'public' ? asked.then.why.map((reason) => <p key={reason}>{reason}</p>) : null}
      </Confirm>
    ),
  };
}
