/** `panel=tags`. */

import { Plus, X } from 'lucide-react';
import type { ReactElement } from 'react';
import type { Tag } from '../../s3/buckets.ts';
import { useServices } from '../../services.ts';
import { useSettingsText } from '../../text/settings.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { SaveBar } from '../save-bar.tsx';
import { useSaved } from '../saved.ts';
import styles from './bucket.module.css';
import { Reading } from './panel.tsx';
import type { PanelProps } from './panels.ts';
import { MOST_TAGS, sameTags, tagProblems } from './tag-rules.ts';

export function TagsPanel({ bucket, onWhy }: PanelProps): ReactElement {
  const text = useSettingsText().bucketDrawer;
  const toasts = useToasts();
  const { s3 } = useServices();
  const saved = useSaved<readonly Tag[]>({
    name: ['tags', bucket],
    load: (signal) => s3.getBucketTagging({ bucket }, { signal }),
    save: (tags) => s3.putBucketTagging({ bucket, tags }),
    same: sameTags,
  });
  const tags = saved.value ?? [];
  const full = tags.length >= MOST_TAGS;
  const save = async (): Promise<void> => {
    if (await saved.save()) toasts.say(text.tags.saved);
  };
  return (
    <Reading saved={saved} onWhy={onWhy}>
      <p className={styles.lead}>{full ? text.tags.tooMany(MOST_TAGS) : text.tags.lead}</p>
      {tags.length === 0 ? <p>{text.tags.none}</p> : <Pairs tags={tags} onChange={saved.edit} />}
      <div className={styles.actions}>
        <Button icon={Plus} disabled={full} onClick={() => saved.edit([...tags, { key: '', value: '' }])}>
          {text.tags.add}
        </Button>
      </div>
      <SaveBar
        saved={saved}
        label={text.tags.save}
        changes={text.notSaved}
        onSave={() => void save()}
        ready={tagProblems(tags).every((problem) => problem === undefined)}
        show={(some) => some.map(({ key, value }) => `${key}=${value}`).join('\n')}
        onWhy={onWhy}
      />
    </Reading>
  );
}

interface PairsProps {
  readonly tags: readonly Tag[];
  readonly onChange: (tags: readonly Tag[]) => void;
}

function Pairs({ tags, onChange }: PairsProps): ReactElement {
  const text = useSettingsText().bucketDrawer.tags;
  const problems = tagProblems(tags);
  const say = { empty: text.emptyName, twice: text.twice, text: text.badText };
  const errorOf = (index: number, field: 'key' | 'value') => {
    const problem = problems[index];
    return problem?.in === field ? { error: say[problem.what] } : {};
  };
  const set = (index: number, change: Partial<Tag>): void =>
    onChange(tags.map((tag, at) => (at === index ? { ...tag, ...change } : tag)));
  return (
    <ul className={styles.pairs}>
      {tags.map((tag, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: names change while they are typed, places do not
        <li key={index} className={styles.pair}>
          <TextField
            label={text.name}
            value={tag.key}
            onChange={(key) => set(index, { key })}
            {...errorOf(index, 'key')}
          />
          <TextField
            label={text.value}
            value={tag.value}
            onChange={(value) => set(index, { value })}
            {...errorOf(index, 'value')}
          />
          <IconButton
            icon={X}
            label={text.remove(tag.key)}
            onClick={() => onChange(tags.filter((_, at) => at !== index))}
          />
        </li>
      ))}
    </ul>
  );
}
