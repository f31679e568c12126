/** The headers of the object, edited and saved as a copy onto itself. Everything else about the object stays as it is. */

import { type ReactElement, useId } from 'react';
import { useVersioning } from '../../pages/browser/use-browser.ts';
import type { ObjectHead } from '../../s3/objects.ts';
import { useServices } from '../../services.ts';
import { useObjectText } from '../../text/objects.ts';
import { Failure } from '../../ui/failure.tsx';
import { TextField } from '../../ui/field.tsx';
import { Banner, Skeleton } from '../../ui/page.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { SaveBar } from '../save-bar.tsx';
import { type Saved, useSaved } from '../saved.ts';
import {
  COPY_MOST,
  changeCount,
  isBadHeader,
  isSavable,
  METADATA_BYTES,
  type Metadata,
  metadataBytes,
  metadataOf,
  metadataText,
  pairProblems,
  SYSTEM,
  sameMetadata,
  TYPES,
} from './metadata.ts';
import styles from './object.module.css';
import { Pairs } from './pairs.tsx';
import { type ObjectPlace, useHead, useObjectChanged } from './place.ts';
import { rewrite } from './rewrite.ts';
import { useWhy } from './why.tsx';

export function MetadataPanel(place: ObjectPlace): ReactElement {
  const why = useWhy();
  const { data: head, error, refetch } = useHead(place);
  if (head !== undefined) return <Loaded place={place} head={head} />;
  return error === null ? (
    <Skeleton rows={6} />
  ) : (
    <Failure failure={error} onRetry={() => void refetch()} onWhy={why} />
  );
}

function Loaded({ place, head }: { readonly place: ObjectPlace; readonly head: ObjectHead }): ReactElement {
  const { s3 } = useServices();
  const changed = useObjectChanged(place);
  const { bucket, objectKey: key, versionId } = place;
  const saved = useSaved<Metadata>({
    name: ['object-metadata', bucket, key, versionId ?? ''],
    load: async (signal) => metadataOf(await s3.headObject({ bucket, key, versionId }, { signal })),
    // Against what was just read: whoever writes between the two requests is noticed by the condition.
    save: async (metadata) => {
      await rewrite(s3, { bucket, key }, () => metadata);
      await changed();
    },
    same: sameMetadata,
  });
  const why = useWhy();
  if (saved.value === undefined)
    return saved.failure === undefined ? (
      <Skeleton rows={6} />
    ) : (
      <Failure failure={saved.failure} onRetry={saved.reload} onWhy={why} />
    );
  return <Editing place={place} head={head} saved={saved} metadata={saved.value} />;
}

interface EditingProps {
  readonly place: ObjectPlace;
  readonly head: ObjectHead;
  readonly saved: Saved<Metadata>;
  readonly metadata: Metadata;
}

function Editing({ place, head, saved, metadata }: EditingProps): ReactElement {
  const text = useObjectText().object.metadata;
  const why = useWhy();
  const { say } = useToasts();
  const versioning = useVersioning(place.bucket);
  const fixed = place.versionId !== undefined ? text.old : head.size > COPY_MOST ? text.large : undefined;
  const save = async (): Promise<void> => {
    if (await saved.save()) say(text.saved);
  };
  return (
    <>
      {fixed === undefined ? null : <Banner tone="info">{fixed}</Banner>}
      <fieldset className={styles.stack} disabled={fixed !== undefined}>
        <SystemFields system={metadata.system} onChange={(system) => saved.edit({ ...metadata, system })} />
        <OwnFields metadata={metadata} onChange={saved.edit} />
      </fieldset>
      {fixed === undefined ? (
        <p className={styles.note}>
          {versioning === 'Enabled' ? text.versioned : text.unversioned} {text.kept}
        </p>
      ) : null}
      <SaveBar
        saved={saved}
        label={text.save}
        changes={saved.base === undefined ? null : text.changes(changeCount(saved.base, metadata))}
        onSave={() => void save()}
        ready={isSavable(metadata)}
        show={metadataText}
        onWhy={why}
      />
    </>
  );
}

interface SystemFieldsProps {
  readonly system: Metadata['system'];
  readonly onChange: (system: Metadata['system']) => void;
}

export function SystemFields({ system, onChange }: SystemFieldsProps): ReactElement {
  const text = useObjectText().object.metadata;
  const list = useId();
  return (
    <section className={styles.headers} aria-label={text.headers}>
      {SYSTEM.map((name) => (
        <TextField
          key={name}
          mono
          label={text.names[name]}
          placeholder={text.examples[name]}
          value={system[name]}
          list={name === 'contentType' ? list : undefined}
          error={isBadHeader(system[name]) ? text.badHeader : undefined}
          onChange={(value) => onChange({ ...system, [name]: value })}
        />
      ))}
      <datalist id={list}>
        {TYPES.map((type) => (
          <option key={type} value={type} />
        ))}
      </datalist>
    </section>
  );
}

interface OwnFieldsProps {
  readonly metadata: Metadata;
  readonly onChange: (metadata: Metadata) => void;
}

function OwnFields({ metadata, onChange }: OwnFieldsProps): ReactElement {
  const text = useObjectText().object.metadata;
  const used = metadataBytes(metadata.pairs);
  const over = used > METADATA_BYTES;
  return (
    <section className={styles.near}>
      <h3>{text.own}</h3>
      <p className={styles.note}>{text.ownNote}</p>
      <MetadataLines pairs={metadata.pairs} onChange={(pairs) => onChange({ ...metadata, pairs })} />
      <p className={`${styles.note} ${over ? styles.over : ''}`} aria-live="polite">
        {text.bytes(used, METADATA_BYTES)} {over ? text.tooMany : ''}
      </p>
    </section>
  );
}

interface LinesProps {
  readonly pairs: Metadata['pairs'];
  readonly onChange: (pairs: Metadata['pairs']) => void;
}

export function MetadataLines({ pairs, onChange }: LinesProps): ReactElement {
  const text = useObjectText().object.metadata;
  const problems = pairProblems(pairs).map((problem) =>
    problem === undefined
      ? undefined
      : { of: problem === 'badValue' ? ('value' as const) : ('name' as const), text: text.problems[problem] },
  );
  return (
    <Pairs
      {...{ pairs, problems, onChange }}
      labels={{ list: text.own, name: text.name, value: text.value, add: text.add, none: text.none }}
    />
  );
}
