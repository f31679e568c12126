/** Tags for every object of a folder: some set, some taken away, others left alone. */

import { type ReactElement, useState } from 'react';
import type { Tag } from '../../s3/buckets.ts';
import { useServices } from '../../services.ts';
import { useObjectText } from '../../text/objects.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { useToasts } from '../../ui/toast.tsx';
import styles from '../object/object.module.css';
import { tagProblems } from '../object/tags.ts';
import { TagLines } from '../object/tags-panel.tsx';
import { applyToAll, namesIn, setTags } from './apply.ts';
import { type ForAllProps, totalOf } from './drawer.tsx';

export function TagsForAll({ bucket, targets, name, count }: ForAllProps): ReactElement {
  const text = useObjectText().object;
  const { s3, jobs } = useServices();
  const { say } = useToasts();
  const [tags, setTagged] = useState<readonly Tag[]>([]);
  const [removed, setRemoved] = useState('');
  const total = totalOf(count);
  const remove = namesIn(removed);
  const wrong = tagProblems(tags).some((problem) => problem !== undefined);
  const apply = (): void => {
    const title = text.folder.jobs.tags(name);
    void applyToAll({ s3, jobs }, { bucket, targets, total, title }, setTags(s3, tags, remove));
    setTagged([]);
    setRemoved('');
    say(text.folder.started);
  };
  return (
    <div className={styles.stack}>
      <p className={styles.lead}>
        {text.folder.tagsLead} {text.folder.old}
      </p>
      <TagLines tags={tags} onChange={setTagged} />
      <TextField
        mono
        label={text.folder.removeNames}
        hint={text.folder.removeHint}
        value={removed}
        onChange={setRemoved}
      />
      <div>
        <Button tone="primary" disabled={wrong || (tags.length === 0 && remove.length === 0)} onClick={apply}>
          {text.folder.apply(total)}
        </Button>
      </div>
    </div>
  );
}
