/** Making a key, or changing one; then its secret, once. */

import { type ReactElement, useState } from 'react';
import { pathOf } from '../../api/client.ts';
import type { AccessKey } from '../../api/shapes.ts';
import { useAccount, useServices } from '../../services.ts';
import { useAccountText } from '../../text/account.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { CheckField, RadioField, TextArea, TextField } from '../../ui/field.tsx';
import { localTime, momentOf } from '../../ui/local-time.ts';
import { useLeaving } from './leaving.ts';
import { formOfScope, linesOf, type ScopeForm, scopeOf, WHATS } from './scopes.ts';
import { SecretOnce } from './secret-once.tsx';
import { useKeysChanged } from './use-keys.ts';

export interface Made {
  readonly key: AccessKey;
  readonly secretAccessKey: string;
}

interface Form extends ScopeForm {
  readonly label: string;
  /** Local time as the field has it; empty: for ever. */
  readonly expires: string;
  readonly allowV2: boolean;
}

const formOf = (key: AccessKey | undefined): Form => ({
  ...formOfScope(key?.scope),
  label: key?.label ?? '',
  expires: localTime(key?.expiresAt),
  allowV2: key?.allowV2 ?? true,
});

/** Of a key, what the form changed: the rest is not touched, seconds of its end neither. */
function changesOf(form: Form, edited: AccessKey) {
  const before = formOf(edited);
  const changed = (...names: readonly (keyof Form)[]): boolean => names.some((name) => form[name] !== before[name]);
  return {
    ...(changed('label') ? { label: form.label } : {}),
    ...(changed('allowV2') ? { allowV2: form.allowV2 } : {}),
    ...(changed('places', 'what', 'actions', 'networks') ? { scope: scopeOf(form, edited.scope) ?? null } : {}),
    ...(changed('expires') ? { expiresAt: momentOf(form.expires) ?? null } : {}),
  };
}

/** What is wrong, by field. */
type Problem = Partial<Record<'label' | 'places' | 'actions', string>>;

interface KeyDialogProps {
  readonly edited?: AccessKey;
  readonly onClose: () => void;
}

export function KeyDialog({ edited, onClose }: KeyDialogProps): ReactElement {
  const text = useAccountText().account.newKey;
  const { api } = useServices();
  const { id } = useAccount();
  const changed = useKeysChanged();
  const [form, setForm] = useState(() => formOf(edited));
  const [problem, setProblem] = useState<Problem>({});
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [made, setMade] = useState<Made>();
  const send = async (): Promise<void> => {
    if (edited === undefined) {
      const scope = scopeOf(form);
      const expiresAt = momentOf(form.expires);
      const { label, allowV2 } = form;
      const body = {
        label,
        allowV2,
        ...(scope === undefined ? {} : { scope }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      };
      setMade(await api.post<Made>(pathOf('accounts', id, 'keys'), { body }));
    } else {
      await api.patch(pathOf('keys', edited.accessKeyId), { body: changesOf(form, edited) });
      onClose();
    }
    await changed();
  };
  const submit = async (): Promise<void> => {
    const found = {
      ...(form.label.trim() === '' || form.label.length > 64 ? { label: text.needLabel } : {}),
      ...(form.places?.trim() === '' ? { places: text.needPlaces } : {}),
      ...(form.what === 'actions' && linesOf(form.actions).length === 0 ? { actions: text.needActions } : {}),
    };
    setProblem(found);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    setFailure(undefined);
    await send().catch(setFailure);
    setBusy(false);
  };
  // A key that is being made comes with its secret: whoever left now would never see it.
  const isMaking = edited === undefined && busy;
  const leaving = useLeaving(isMaking || made !== undefined);
  if (made !== undefined) return <SecretOnce made={made} onDone={onClose} leaving={leaving} />;
  const actions = (
    <Button type="submit" tone="primary" busy={busy}>
      {edited === undefined ? text.create : text.save}
    </Button>
  );
  return (
    <Dialog
      open
      onClose={isMaking ? leaving.stay : onClose}
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
  readonly problem: Problem;
  readonly onChange: (change: Partial<Form>) => void;
}

function Fields({ form, problem, onChange }: FieldsProps): ReactElement {
  const text = useAccountText().account.newKey;
  const { label, networks, expires, allowV2 } = form;
  return (
    <>
      <TextField
        label={text.label}
        hint={text.labelHint}
        error={problem.label}
        value={label}
        onChange={(value) => onChange({ label: value })}
      />
      <Rights form={form} problem={problem} onChange={onChange} />
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

/** Where it may do what. */
function Rights({ form, problem, onChange }: FieldsProps): ReactElement {
  const text = useAccountText().account.newKey;
  const { places, what, actions } = form;
  return (
    <>
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
        choices={WHATS.map((value) => ({ value, label: text.whats[value] }))}
      />
      {what === 'actions' ? (
        <TextArea
          label={text.actions}
          hint={text.actionsHint}
          error={problem.actions}
          rows={3}
          value={actions}
          onChange={(value) => onChange({ actions: value })}
        />
      ) : null}
    </>
  );
}
