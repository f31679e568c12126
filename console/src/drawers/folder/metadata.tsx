/** Headers for every object of a folder: what is typed is set, what is left empty stays. */

import { type ReactElement, useState } from 'react';
import { useVersioning } from '../../pages/browser/use-browser.ts';
import { useServices } from '../../services.ts';
import { useObjectText } from '../../text/objects.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { isSavable, type Metadata, NO_SYSTEM } from '../object/metadata.ts';
import { MetadataLines, SystemFields } from '../object/metadata-panel.tsx';
import styles from '../object/object.module.css';
import { applyToAll, namesIn, setMetadata } from './apply.ts';
import { type ForAllProps, totalOf } from './drawer.tsx';

const NOTHING: Metadata = Object.freeze({ system: NO_SYSTEM, pairs: [] });

export function MetadataForAll({ bucket, targets, name, count }: ForAllProps): ReactElement {
  const text = useObjectText().object;
  const { s3, jobs } = useServices();
  const { say } = useToasts();
  const versioning = useVersioning(bucket);
  const [metadata, setForm] = useState(NOTHING);
  const [removed, setRemoved] = useState('');
  const [asking, setAsking] = useState(false);
  const total = totalOf(count);
  const remove = namesIn(removed);
  const isEmpty =
    remove.length === 0 && metadata.pairs.length === 0 && Object.values(metadata.system).every((one) => one === '');
  const apply = (): void => {
    const change = { system: metadata.system, set: metadata.pairs, remove };
    const title = text.folder.jobs.metadata(name);
    void applyToAll({ s3, jobs }, { bucket, targets, total, title }, setMetadata(s3, change));
    setAsking(false);
    setForm(NOTHING);
    setRemoved('');
    say(text.folder.started);
  };
  return (
    <div className={styles.stack}>
      <p className={styles.lead}>
        {text.folder.metadataLead} {text.folder.old}
      </p>
      <SystemFields system={metadata.system} onChange={(system) => setForm({ ...metadata, system })} />
      <h3>{text.metadata.own}</h3>
      <MetadataLines pairs={metadata.pairs} onChange={(pairs) => setForm({ ...metadata, pairs })} />
      <TextField
        mono
        label={text.folder.removeNames}
        hint={text.folder.removeHint}
        value={removed}
        onChange={setRemoved}
      />
      <div>
        <Button tone="primary" disabled={isEmpty || !isSavable(metadata)} onClick={() => setAsking(true)}>
          {text.folder.apply(total)}
        </Button>
      </div>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={apply}
        tone="primary"
        title={text.folder.askTitle(total)}
        act={text.folder.apply(total)}
      >
        <p>{versioning === 'Enabled' ? text.folder.askVersioned : text.folder.askUnversioned}</p>
        <p>{text.metadata.kept}</p>
      </Confirm>
    </div>
  );
}
