/** The browser's questions, one at a time. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, type ReactElement, Suspense, useState } from 'react';
import { countOf, type Targets } from '../../jobs/objects.ts';
import { useServices } from '../../services.ts';
import { useLocale, useText } from '../../text/index.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm, Dialog } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { TextField } from '../../ui/field.tsx';
import { fullTimeText, sizeText } from '../../ui/format.ts';
import { Snippet } from '../../ui/page.tsx';
import { useToasts } from '../../ui/toast.tsx';
import styles from './browser.module.css';
import type { ObjectEntry } from './entries.ts';
import { NewFolder, Rename } from './name-dialogs.tsx';
import { s3Uri } from './names.ts';
import { PickFolder } from './pick-folder.tsx';
import type { Acts, Asking } from './use-acts.ts';
import { type Browser, versioningKey } from './use-browser.ts';
import { usePatches } from './use-listing.ts';
import type { Halted } from './use-transfer.ts';

const ExistsDialog = lazy(() => import('./exists-dialog.tsx').then(({ ExistsDialog: shown }) => ({ default: shown })));

interface DialogsProps {
  readonly browser: Browser;
  readonly acts: Acts;
}

export function Dialogs({ browser, acts }: DialogsProps): ReactElement | null {
  const { asking, ask, transfer } = acts;
  const close = (): void => ask(undefined);
  if (transfer.inTheWay !== undefined)
    return (
      <Suspense fallback={null}>
        <ExistsDialog inTheWay={transfer.inTheWay} onClose={transfer.skip} />
      </Suspense>
    );
  if (transfer.halted !== undefined) return <Stopped halted={transfer.halted} onClose={transfer.leave} />;
  switch (asking?.kind) {
    case 'newFolder':
      return <NewFolder browser={browser} onClose={close} />;
    case 'rename':
      return <Rename browser={browser} acts={acts} entry={asking.entry} onClose={close} />;
    case 'delete':
      return <Delete browser={browser} acts={acts} asking={asking} />;
    case 'pick':
      return <PickFolder browser={browser} acts={acts} how={asking.how} onClose={close} />;
    case 'travel':
      return <Travel browser={browser} onClose={close} />;
    case 'tooMuch':
      return <TooMuch browser={browser} what={asking.what} onClose={close} />;
    case 'restore':
      return <Restore browser={browser} objects={asking.objects} what={asking.what} onClose={close} />;
    default:
      return null;
  }
}

function Stopped({ halted, onClose }: { readonly halted: Halted; readonly onClose: () => void }): ReactElement {
  const text = useText();
  const actions = (
    <>
      <Button onClick={onClose}>{text.common.close}</Button>
      {halted.done === 0 ? null : <Button onClick={halted.back}>{text.jobs.back}</Button>}
      <Button tone="primary" onClick={halted.goOn}>
        {text.jobs.goOn}
      </Button>
    </>
  );
  return (
    <Dialog open onClose={onClose} title={text.jobs.stopped} actions={actions}>
      <p>{text.jobs.left(halted.done)}</p>
    </Dialog>
  );
}

interface DeleteProps extends DialogsProps {
  readonly asking: Extract<Asking, { kind: 'delete' }>;
}

/** What nobody can take back is asked first, and the way to make it harmless is offered. */
function Delete({ browser, acts, asking }: DeleteProps): ReactElement {
  const text = useText().browser.remove;
  const { s3 } = useServices();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const { bucket } = browser.place;
  const { targets, what, folders, one } = asking;
  const keeps = browser.versioning === 'Enabled';
  const turnOn = async (): Promise<void> => {
    setBusy(true);
    try {
      await s3.putBucketVersioning({ bucket, status: 'Enabled' });
      await queries.invalidateQueries({ queryKey: versioningKey(bucket) });
      toasts.say(text.on);
      acts.ask(undefined);
    } catch (problem) {
      setFailure(problem);
    }
    setBusy(false);
  };
  const mayTurnOn = browser.versioning === 'Off' || browser.versioning === 'Suspended';
  return (
    <Confirm
      open
      onClose={() => acts.ask(undefined)}
      onConfirm={() => acts.remove(targets, what)}
      title={text.title(what)}
      act={text.act}
    >
      {folders ? <AtStake browser={browser} targets={targets} /> : null}
      <p>{keeps ? text.kept : one ? text.goneOne : text.gone}</p>
      {mayTurnOn ? (
        <div className={styles.instead}>
          <Button small busy={busy} onClick={() => void turnOn()}>
            {text.instead}
          </Button>
          <p>{text.insteadHint}</p>
        </div>
      ) : null}
      {failure === undefined ? null : <Failure failure={failure} />}
    </Confirm>
  );
}

/** How much that is: counted, since a folder does not say. */
function AtStake({ browser, targets }: { readonly browser: Browser; readonly targets: Targets }): ReactElement {
  const text = useText().browser.remove;
  const locale = useLocale();
  const { s3 } = useServices();
  const { bucket } = browser.place;
  const sizes = new Map(browser.rows.flatMap((row) => (row.kind === 'object' ? [[row.key, row.size] as const] : [])));
  const { data } = useQuery({
    queryKey: ['count', bucket, targets],
    queryFn: ({ signal }) => countOf(s3, { bucket, targets, sizes }, signal),
    retry: false,
    gcTime: 0,
  });
  return (
    <p role="status">
      {data === undefined ? text.folder : text.counted(data.objects, sizeText(data.bytes, locale), data.atLeast)}
    </p>
  );
}

interface TravelProps {
  readonly browser: Browser;
  readonly onClose: () => void;
}

/** `2026-05-02T18:00`, as the browser's own field has it, in the time of this machine. */
const fieldOf = (at: number): string => {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
};

function Travel({ browser, onClose }: TravelProps): ReactElement {
  const text = useText().browser.travel;
  const { place, change, versioning } = browser;
  const [value, setValue] = useState(() => fieldOf(place.at ?? Date.now() - 86_400_000));
  const at = Date.parse(value);
  const off = versioning === 'Off';
  const go = (): void => {
    change({
      at: String(at),
      deleted: undefined,
      object: undefined,
      version: undefined,
      tab: undefined,
      deep: undefined,
    });
    onClose();
  };
  return (
    <Confirm
      open
      onClose={onClose}
      onConfirm={go}
      title={text.title}
      act={text.act}
      tone="primary"
      ready={!off && !Number.isNaN(at)}
    >
      <p>{off ? text.off : text.lead}</p>
      <TextField
        label={text.at}
        hint={text.atHint}
        type="datetime-local"
        value={value}
        max={fieldOf(Date.now())}
        onChange={setValue}
      />
    </Confirm>
  );
}

/** A zip in memory has its bounds; says which program has none. */
function TooMuch({ browser, what, onClose }: TravelProps & { readonly what: string }): ReactElement {
  const text = useText();
  const { bucket, prefix } = browser.place;
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.jobs.tooMuch.title(what)}
      actions={<Button onClick={onClose}>{text.common.close}</Button>}
    >
      <p>{text.jobs.tooMuch.lead}</p>
      <Snippet value={`s3cmd sync ${s3Uri(bucket, prefix)} .`} label={text.browser.empty.copied} />
    </Dialog>
  );
}

interface RestoreProps extends TravelProps {
  readonly objects: readonly ObjectEntry[];
  readonly what: string;
}

/** Copies versions of then on top: what is there now stays as a version below. */
function Restore({ browser, objects, what, onClose }: RestoreProps): ReactElement {
  const text = useText();
  const locale = useLocale();
  const { s3, jobs } = useServices();
  const toasts = useToasts();
  const patches = usePatches();
  const { bucket, at = 0 } = browser.place;
  const restore = async (): Promise<void> => {
    onClose();
    const ended = await jobs.start<ObjectEntry>({
      title: text.jobs.restoring(what),
      items: () => objects,
      total: objects.length,
      each: async ({ key, versionId }, signal) => {
        await s3.copyObject({ from: { bucket, key, versionId }, bucket, key }, { signal });
        return 1;
      },
      nameOf: ({ key }) => key,
    });
    patches.stale(bucket);
    toasts.say(text.browser.travel.restored(ended.done));
  };
  return (
    <Confirm
      open
      onClose={onClose}
      onConfirm={() => void restore()}
      title={text.browser.travel.restoreTitle(what)}
      act={text.browser.travel.restore}
      tone="primary"
    >
      <p>{fullTimeText(at, locale)}</p>
      <p>{text.browser.travel.restoreHint}</p>
    </Confirm>
  );
}
