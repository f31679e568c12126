/** Names of grantees, and the line that adds one. */

import { type FormEvent, type ReactElement, useState } from 'react';
import { EVERYONE, type Grantee, SIGNED_IN } from '../../s3/access.ts';
import { useSettingsText } from '../../text/settings.ts';
import { Button } from '../../ui/button.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import styles from './acl.module.css';
import { type AclSubject, type GranteeKind, granteeFrom } from './model.ts';

/** In words: a name, an e-mail, or the beginning of an id. */
export function useGranteeName(): (grantee: Grantee) => string {
  const text = useSettingsText().acl;
  return (grantee) => {
    if (grantee.type === 'email') return grantee.email;
    if (grantee.type === 'id') return grantee.name || `${grantee.id.slice(0, 12)}…`;
    if (grantee.uri === EVERYONE) return text.everyone;
    return grantee.uri === SIGNED_IN ? text.signedIn : text.logDelivery;
  };
}

export function GranteeName({ grantee }: { readonly grantee: Grantee }): ReactElement {
  const name = useGranteeName()(grantee);
  return <bdi title={grantee.type === 'id' ? grantee.id : undefined}>{name}</bdi>;
}

interface AddProps {
  readonly kind: AclSubject['kind'];
  readonly onAdd: (grantee: Grantee) => void;
}

export function AddGrantee({ kind, onAdd }: AddProps): ReactElement {
  const text = useSettingsText().acl;
  const [by, setBy] = useState<GranteeKind>('email');
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const kinds = ['email', 'id', 'signed-in', 'everyone', 'log-delivery'] as const;
  const choices = kinds
    .filter((one) => kind === 'bucket' || one !== 'log-delivery')
    .map((value) => ({ value, label: text.kinds[value] }));
  const needsName = by === 'email' || by === 'id';
  const grantee = granteeFrom(by, typed);
  const wrong = tried && grantee === undefined ? { error: by === 'email' ? text.badEmail : text.badId } : {};
  const add = (event: FormEvent): void => {
    event.preventDefault();
    setTried(grantee === undefined);
    if (grantee === undefined) return;
    onAdd(grantee);
    setTyped('');
  };
  return (
    <form className={styles.add} onSubmit={add} noValidate>
      <SelectField label={text.addTitle} value={by} choices={choices} onChange={setBy} />
      {needsName ? (
        <TextField
          label={by === 'email' ? text.email : text.canonicalId}
          mono={by === 'id'}
          value={typed}
          onChange={setTyped}
          {...wrong}
        />
      ) : null}
      <Button type="submit">{text.add}</Button>
    </form>
  );
}
