/** Making a key, or changing one; then its secret, once. */

import { type ReactElement, useState } from 'react';
import { pathOf } from '../../api/client.ts';
import type { AccessKey, KeyScope } from '../../api/shapes.ts';
import { useAccount, useServices } from '../../services.ts';
import { useText } from '../../text/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { CheckField, RadioField, TextArea, TextField } from '../../ui/field.tsx';
import { scopeOf, type What } from './scopes.ts';
import { SecretOnce } from './secret-once.tsx';
import { useKeysChanged } from './use-keys.ts';

export interface Made {
  readonly key: AccessKey;
  readonly secretAccessKey: string;
}

interface Form {
  readonly label: string;
  /** One a line; undefined: everywhere. */
  readonly places: string | undefined;
  readonly what: What;
  readonly networks: string;
  /** Local time as the field has it; empty: for ever. */
  readonly expires: string;
  readonly allowV2: boolean;
}

const two = (number: number): string => String(number).padStart(2, '0');

/** As `datetime-local` has it. */
function localTime(at: string | undefined): string {
  if (at === undefined) return '';
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

const placesOf = (scope: KeyScope | undefined): string | undefined =>
  scope?.resources?.map(({ bucket, prefix = '' }) => (prefix === '' ? bucket : `${bucket}/${prefix}`)).join('\n');

const whatOf = (scope: KeyScope | undefined): What =>
  scope?.actions === undefined ? 'full' : scope.actions === 'read-only' ? 'read-only' : 'write';

const formOf = (key: AccessKey | undefined): Form => ({
  label: key?.label ?? '',
  places: placesOf(key?.scope),
  what: whatOf(key?.scope),
  networks: key?.scope?.networks?.join('\n') ?? '',
  expires: localTime(key?.expiresAt),
  allowV2: key?.allowV2 ?? true,
});

/** What the form does not show stays as it was: actions that were named one by one. */
function scopeFrom(form: Form, was: KeyScope | undefined): KeyScope | undefined {
  const scope = scopeOf(form.places, form.what, form.networks);
  const kept = form.what === 'write' && Array.isArray(was?.actions) ? { actions: was.actions } : {};
  return scope === undefined ? undefined : { ...scope, ...kept };
}

interface KeyDialogProps {
  readonly edited?: AccessKey;
  readonly onClose: () => void;
}

export function KeyDialog({ edited, onClose }: KeyDialogProps): ReactElement {
  const text = useText().account.newKey;
  const { api } = useServices();
  const { id } = useAccount();
  const changed = useKeysChanged();
  const [form, setForm] = useState(() => formOf(edited));
  const [problem, setProblem] = useState<Partial<Record<'label' | 'places', string>>>({});
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [made, setMade] = useState<Made>();
  const send = async (): Promise<void> => {
    const scope = scopeFrom(form, edited?.scope);
    const expiresAt = form.expires === '' ? undefined : new Date(form.expires).toISOString();
    const { label, allowV2 } = form;
    if (edited === undefined) {
      const body = {
        label,
        allowV2,
        ...(scope === undefined ? {} : { scope }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      };
      setMade(await api.post<Made>(pathOf('accounts', id, 'keys'), { body }));
    } else {
      const body = { label, allowV2, scope: scope ?? null, expiresAt: expiresAt ?? null };
      await api.patch(pathOf('keys', edited.accessKeyId), { body });
      onClose();
    }
    await changed();
  };
  const submit = async (): Promise<void> => {
    const found = {
      ...(form.label.trim() === '' || form.label.length > 64 ? { label: text.needLabel } : {}),
      ...(form.places?.trim() === '' ? { places: text.needPlaces } : {}),
    };
    setProblem(found);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    setFailure(undefined);
    await send().catch(setFailure);
    setBusy(false);
  };
  if (made !== undefined) return <SecretOnce made={made} onDone={onClose} />;
  const actions = (
    <Button type="submit" tone="primary" busy={busy}>
      {edited === undefined ? text.create : text.save}
    </Button>
  );
  return (
    <Dialog
      open
      onClose={onClose}
      title={edited === undefined ? text.title : text.edit}
      actions={actions}
      onSubmit={() => (busy ? undefined : void submit())}
    >
      <Fields form={form} problem={problem} onChange={(change) => setForm({ ...form, ...change })} />
      {failure === undefined ? null : <Failure failure={failure} />}
    </Dialog>
  );
}

interface FieldsProps {
  readonly form: Form;
  readonly problem: Partial<Record<'label' | 'places', string>>;
  readonly onChange: (change: Partial<Form>) => void;
}

function Fields({ form, problem, onChange }: FieldsProps): ReactElement {
  const text = useText().account.newKey;
  const { label, places, what, networks, expires, allowV2 } = form;
  return (
    <>
      <TextField
        label={text.label}
        hint={text.labelHint}
        error={problem.label}
        value={label}
        onChange={(value) => onChange({ label: value })}
      />
      <RadioField
        legend={text.where}
        inline
        value={places === undefined ? 'all' : 'some'}
        onChange={(chosen) => onChange({ places: chosen === 'all' ? undefined : '' })}
        choices={(['all', 'some'] as const).map((value) => ({ value, label: text.wheres[value] }))}
      />
      {places === undefined ? null : (
        <TextArea
          label={text.resources}
          hint={text.resourcesHint}
          error={problem.places}
          rows={3}
          value={places}
          onChange={(value) => onChange({ places: value })}
        />
      )}
      <RadioField
        legend={text.what}
        value={what}
        onChange={(chosen) => onChange({ what: chosen })}
        choices={(['full', 'read-only', 'write'] as const).map((value) => ({ value, label: text.whats[value] }))}
      />
      <TextField
        label={text.expires}
        hint={text.expiresHint}
        type="datetime-local"
        value={expires}
        onChange={(value) => onChange({ expires: value })}
      />
      <TextArea
        label={text.networks}
        hint={text.networksHint}
        rows={2}
        value={networks}
        onChange={(value) => onChange({ networks: value })}
      />
      <CheckField label={text.v2} hint={text.v2Hint} checked={allowV2} onChange={(on) => onChange({ allowV2: on })} />
    </>
  );
}
