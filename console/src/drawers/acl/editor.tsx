/**
 * The editor of an ACL, of a bucket, an object, or all objects of a folder. Whoever shows it says how it is read and saved. It tells what
 * the rules mean before they are saved, and asks once before something becomes public.
 */

import { type ReactElement, useState } from 'react';
import type { Acl } from '../../s3/access.ts';
import { useSettingsText } from '../../text/settings.ts';
import { Confirm } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { RadioField } from '../../ui/field.tsx';
import { Skeleton } from '../../ui/page.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { SaveBar } from '../save-bar.tsx';
import { type Saved, useSaved } from '../saved.ts';
import styles from './acl.module.css';
import { AddGrantee, useGranteeName } from './grantee.tsx';
import { AclGrid } from './grid.tsx';
import { Means } from './means.tsx';
import {
  type AclSubject,
  askedGrants,
  type Canned,
  cannedAcl,
  cannedFor,
  cannedNameOf,
  changesBetween,
  isPublic,
  rowsOf,
  sameAcl,
  toggled,
  withGrantee,
  without,
} from './model.ts';

export interface AclEditorProps {
  readonly subject: AclSubject;
  readonly load: (signal?: AbortSignal) => Promise<Acl>;
  /** `canned`: the canned ACL that it is, where it is one. Of a folder this begins a job. */
  readonly save: (acl: Acl, canned: Canned | undefined) => Promise<void>;
  /** Canonical id of the bucket's owner, where it is known: objects may be somebody else's. */
  readonly bucketOwner?: string | undefined;
  /** To the panel of the bucket that stops what is granted here. */
  readonly onOpenPanel?: ((panel: 'access' | 'policy') => void) | undefined;
  readonly onWhy?: (requestId: string) => void;
}

export function AclEditor(props: AclEditorProps): ReactElement {
  const { subject, load, save, bucketOwner } = props;
  const { kind, bucket, key = '', versionId = '' } = subject;
  const saved = useSaved<Acl>({
    name: ['acl', kind, bucket, key, versionId],
    load,
    save: (acl) => save(acl, cannedNameOf(acl, cannedFor(kind, acl.owner, bucketOwner), bucketOwner)),
    same: sameAcl,
    also: [
      ['visibility', bucket],
      ['who', bucket],
    ],
  });
  if (saved.value === undefined || saved.base === undefined) {
    return saved.failure === undefined ? (
      <Skeleton rows={6} />
    ) : (
      <Failure failure={saved.failure} onRetry={saved.reload} />
    );
  }
  return <Editing {...props} saved={saved} acl={saved.value} base={saved.base} />;
}

interface EditingProps extends AclEditorProps {
  readonly saved: Saved<Acl>;
  readonly acl: Acl;
  readonly base: Acl;
}

function Editing({ subject, saved, acl, base, bucketOwner, onOpenPanel, onWhy }: EditingProps): ReactElement {
  const text = useSettingsText();
  const toasts = useToasts();
  const nameOf = useGranteeName();
  const [asking, setAsking] = useState(false);
  const { kind } = subject;
  const write = async (): Promise<void> => {
    const done = await saved.save();
    setAsking(false);
    if (done && kind !== 'folder') toasts.say(text.acl.saved);
  };
  const opens = isPublic(acl) && (kind === 'folder' || !isPublic(base));
  const label = kind === 'folder' ? text.acl.saveFolder(subject.count) : text.acl.save;
  return (
    <>
      <Quick kind={kind} acl={acl} bucketOwner={bucketOwner} onChoose={saved.edit} />
      <AclGrid
        kind={kind}
        rows={rowsOf(acl)}
        onToggle={(row, permission) => saved.edit(toggled(acl, row, permission))}
        onRemove={(row) => saved.edit(without(acl, row.id))}
      />
      <AddGrantee kind={kind} onAdd={(grantee) => saved.edit(withGrantee(acl, grantee))} />
      <Means
        subject={subject}
        unsaved={kind === 'bucket' ? { bucketAcl: askedGrants(acl) } : { objectAcl: askedGrants(acl) }}
        changed={saved.changed}
        opens={isPublic(acl)}
        onOpenPanel={onOpenPanel}
      />
      <SaveBar
        saved={saved}
        label={label}
        changes={<Changes before={base} after={acl} />}
        onSave={() => (opens ? setAsking(true) : void write())}
        show={(one) =>
          rowsOf(one)
            .filter(({ permissions }) => permissions.length > 0)
            .map((row) => `${nameOf(row.grantee)}: ${row.permissions.join(', ')}`)
            .join('\n')
        }
        {...(onWhy === undefined ? {} : { onWhy })}
      />
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => void write()}
        title={text.acl.askTitle}
        act={text.acl.askAct}
        busy={saved.saving}
      >
        <p>{kind === 'folder' ? text.acl.ask.folder(subject.count) : text.acl.ask[kind]}</p>
      </Confirm>
    </>
  );
}

interface QuickProps {
  readonly kind: AclSubject['kind'];
  readonly acl: Acl;
  readonly bucketOwner: string | undefined;
  readonly onChoose: (acl: Acl) => void;
}

function Quick({ kind, acl, bucketOwner, onChoose }: QuickProps): ReactElement {
  const text = useSettingsText().acl;
  const names = cannedFor(kind, acl.owner, bucketOwner);
  const chosen = cannedNameOf(acl, names, bucketOwner);
  const choices = names.map((value) => ({ value, label: text.canned[value] }));
  return (
    <RadioField<Canned | 'custom'>
      legend={text.quick}
      inline
      value={chosen ?? 'custom'}
      choices={[...choices, { value: 'custom', label: text.custom, disabled: chosen !== undefined }]}
      onChange={(name) => (name === 'custom' ? undefined : onChoose(cannedAcl(name, acl.owner, bucketOwner)))}
    />
  );
}

function Changes({ before, after }: { readonly before: Acl; readonly after: Acl }): ReactElement {
  const text = useSettingsText().acl;
  const nameOf = useGranteeName();
  return (
    <ul className={styles.changes} aria-label={text.changes}>
      {changesBetween(before, after).map(({ added, grantee, permission }) => {
        const said = text.change(added, nameOf(grantee), permission);
        return (
          <li key={said} className={added ? styles.added : styles.removed}>
            {said}
          </li>
        );
      })}
    </ul>
  );
}
