/** Asking for a name: of a new folder, and of what is renamed. */

import { type ReactElement, useState } from 'react';
import { S3Failure } from '../../s3/failure.ts';
import { useServices } from '../../services.ts';
import { useText } from '../../text/index.ts';
import { Confirm } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { TextField } from '../../ui/field.tsx';
import { plainKey } from '../../ui/key-parts.ts';
import { useToasts } from '../../ui/toast.tsx';
import type { Entry } from './entries.ts';
import { folderOf, nameOf, nameProblem } from './names.ts';
import { targetsOf } from './targets.ts';
import type { Acts } from './use-acts.ts';
import type { Browser } from './use-browser.ts';
import { usePatches } from './use-listing.ts';

interface NameProps {
  readonly browser: Browser;
  readonly onClose: () => void;
}

/** An empty object whose key ends in `/`: what every S3 client takes for a folder. */
export function NewFolder({ browser, onClose }: NameProps): ReactElement {
  const text = useText().browser;
  const { s3 } = useServices();
  const patches = usePatches();
  const { place, select, rows } = browser;
  const [name, setName] = useState('');
  const [pressed, setPressed] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const problem = nameProblem(name, place.prefix);
  const key = `${place.prefix}${name}/`;
  const make = async (): Promise<void> => {
    setPressed(true);
    if (problem !== undefined) return;
    if (rows.some((row) => row.key === key)) return setFailure('exists');
    // Shown at once, and taken back if the store says no.
    patches.putFolder(place.bucket, key);
    try {
      await s3.putObject({ bucket: place.bucket, key, body: '', ifAbsent: true });
      onClose();
      select({ kind: 'only', key });
    } catch (refused) {
      if (refused instanceof S3Failure && refused.status === 412) return setFailure('exists');
      patches.remove(place.bucket, [key]);
      setFailure(refused);
    }
  };
  const wrong =
    failure === 'exists' ? text.newFolder.exists : pressed && problem !== undefined ? text.names[problem] : undefined;
  return (
    <Confirm
      open
      onClose={onClose}
      onConfirm={() => void make()}
      title={text.newFolder.title}
      act={text.newFolder.make}
      tone="primary"
    >
      <TextField
        label={text.newFolder.name}
        hint={text.newFolder.hint}
        error={wrong}
        value={name}
        onChange={(value) => {
          setName(value);
          setFailure(undefined);
        }}
      />
      {failure === undefined || failure === 'exists' ? null : <Failure failure={failure} />}
    </Confirm>
  );
}

interface RenameProps extends NameProps {
  readonly acts: Acts;
  readonly entry: Entry;
}

/** S3 has no renaming: a copy, and then the old one goes. */
export function Rename({ browser, acts, entry, onClose }: RenameProps): ReactElement {
  const text = useText().browser;
  const toasts = useToasts();
  const { place, rows, select } = browser;
  const old = nameOf(entry.key);
  const [name, setName] = useState(old);
  const [pressed, setPressed] = useState(false);
  const folder = folderOf(entry.key);
  const isFolder = entry.kind === 'folder';
  const key = `${folder}${name}${isFolder ? '/' : ''}`;
  const problem = nameProblem(name, folder);
  const exists = key !== entry.key && rows.some((row) => row.key === key);
  const rename = async (): Promise<void> => {
    setPressed(true);
    if (problem !== undefined || exists) return;
    onClose();
    if (key === entry.key) return;
    const at = { bucket: place.bucket, prefix: entry.key };
    const asked = {
      kind: 'move',
      from: at,
      to: { ...at, prefix: key },
      targets: targetsOf([entry]),
      what: plainKey(old),
    } as const;
    const ended = await acts.transfer.move(asked);
    if (ended.done === 0 || ended.failed.length > 0 || ended.exists.length > 0) return;
    select({ kind: 'only', key });
    toasts.say(text.rename.done(plainKey(old), plainKey(name)));
  };
  const wrong = exists ? text.rename.exists : pressed && problem !== undefined ? text.names[problem] : undefined;
  return (
    <Confirm
      open
      onClose={onClose}
      onConfirm={() => void rename()}
      title={text.rename.title(plainKey(old))}
      act={text.rename.act}
      tone="primary"
    >
      <TextField
        label={text.rename.name}
        hint={isFolder ? text.rename.folderHint : text.rename.hint}
        error={wrong}
        value={name}
        onChange={setName}
        onFocus={(event) => {
          // The name without its extension: that is what one mostly changes.
          const dot = isFolder ? -1 : old.lastIndexOf('.');
          event.currentTarget.setSelectionRange(0, dot > 0 ? dot : old.length);
        }}
      />
    </Confirm>
  );
}
