/** The tags of the object: at most ten, edited as lines, saved against what was read. */

import type { ReactElement } from 'react';
import type { Tag } from '../../s3/buckets.ts';
import { useServices } from '../../services.ts';
import { useObjectText } from '../../text/objects.ts';
import { Failure } from '../../ui/failure.tsx';
import { Skeleton } from '../../ui/page.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { SaveBar } from '../save-bar.tsx';
import { type Saved, useSaved } from '../saved.ts';
import styles from './object.module.css';
import { Pairs } from './pairs.tsx';
import { type ObjectPlace, useObjectChanged } from './place.ts';
import { sameTags, TAGS_MOST, tagProblems, tagsText } from './tags.ts';
import { useWhy } from './why.tsx';

export function TagsPanel(place: ObjectPlace): ReactElement {
  const { s3 } = useServices();
  const why = useWhy();
  const changed = useObjectChanged(place);
  const { bucket, objectKey: key, versionId } = place;
  const saved = useSaved<readonly Tag[]>({
    name: ['object-tags', bucket, key, versionId ?? ''],
    load: (signal) => s3.getObjectTagging({ bucket, key, versionId }, { signal }),
    save: async (tags) => {
      await s3.putObjectTagging({ bucket, key, versionId, tags });
      await changed();
    },
    same: sameTags,
  });
  if (saved.value !== undefined) return <Editing saved={saved} tags={saved.value} />;
  return saved.failure === undefined ? (
    <Skeleton />
  ) : (
    <Failure failure={saved.failure} onRetry={saved.reload} onWhy={why} />
  );
}

function Editing({
  saved,
  tags,
}: {
  readonly saved: Saved<readonly Tag[]>;
  readonly tags: readonly Tag[];
}): ReactElement {
  const text = useObjectText().object.tags;
  const why = useWhy();
  const { say } = useToasts();
  const save = async (): Promise<void> => {
    if (await saved.save()) say(text.saved);
  };
  return (
    <>
      <p className={styles.lead}>{text.lead}</p>
      <TagLines tags={tags} onChange={saved.edit} />
      <SaveBar
        saved={saved}
        label={text.save}
        changes={null}
        onSave={() => void save()}
        ready={tagProblems(tags).every((problem) => problem === undefined)}
        show={tagsText}
        onWhy={why}
      />
    </>
  );
}

interface TagLinesProps {
  readonly tags: readonly Tag[];
  readonly onChange: (tags: readonly Tag[]) => void;
}

export function TagLines({ tags, onChange }: TagLinesProps): ReactElement {
  const text = useObjectText().object.tags;
  const problems = tagProblems(tags).map((problem) =>
    problem === undefined
      ? undefined
      : { of: /value/i.test(problem) ? ('value' as const) : ('name' as const), text: text.problems[problem] },
  );
  return (
    <Pairs
      pairs={tags.map(({ key, value }) => ({ name: key, value }))}
      problems={problems}
      labels={{ list: text.list, name: text.key, value: text.value, add: text.add, none: text.none }}
      full={tags.length >= TAGS_MOST ? text.full : undefined}
      onChange={(pairs) => onChange(pairs.map(({ name, value }) => ({ key: name, value })))}
    />
  );
}
