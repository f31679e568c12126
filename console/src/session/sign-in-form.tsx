/** Signing in: with a password, or with an access key and its secret. On its own page, and in a dialog over one whose session has ended. */

import { type FormEvent, type ReactElement, useState } from 'react';
import { useServices, useSession, useSettings } from '../services.ts';
import { useText } from '../text/index.ts';
import { Button } from '../ui/button.tsx';
import { Failure } from '../ui/failure.tsx';
import { RadioField, SecretField, TextField } from '../ui/field.tsx';
import { Coded } from '../ui/values.tsx';
import type { SignIn } from './session.ts';
import styles from './sign-in.module.css';

/** What is missing, by field. */
type Missing = Partial<Record<'name' | 'secret', string>>;

/** Keys are copied from somewhere, with white space around them. */
const withKey = (id: string, secret: string): SignIn => ({ accessKeyId: id.trim(), secretAccessKey: secret.trim() });

export function SignInForm({ onDone }: { readonly onDone?: () => void }): ReactElement {
  const text = useText().session;
  const { session, settings } = useServices();
  const was = useSession();
  const { signIn: way } = useSettings();
  const [name, setName] = useState(was.kind === 'in' && way === 'password' ? was.account.name : '');
  const [secret, setSecret] = useState('');
  const [missing, setMissing] = useState<Missing>({});
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const lacks: Missing = {
      ...(name.trim() === '' ? { name: way === 'key' ? text.needKey : text.needName } : {}),
      ...(secret === '' ? { secret: way === 'key' ? text.needSecret : text.needPassword } : {}),
    };
    setMissing(lacks);
    setFailure(undefined);
    if (Object.keys(lacks).length > 0) return;
    setBusy(true);
    try {
      await session.signIn(way === 'key' ? withKey(name, secret) : { name: name.trim(), password: secret });
      onDone?.();
    } catch (thrown) {
      setFailure(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
      <RadioField
        legend={text.how}
        inline
        value={way}
        onChange={(chosen) => settings.set({ signIn: chosen })}
        choices={[
          { value: 'password', label: text.withPassword },
          { value: 'key', label: text.withKey },
        ]}
      />
      <TextField
        key={`name-${way}`}
        label={way === 'key' ? text.accessKeyId : text.name}
        autoComplete="username"
        mono={way === 'key'}
        value={name}
        onChange={setName}
        error={missing.name}
      />
      <SecretField
        key={`secret-${way}`}
        label={way === 'key' ? text.secretAccessKey : text.password}
        autoComplete="current-password"
        mono={way === 'key'}
        value={secret}
        onChange={setSecret}
        error={missing.secret}
        hint={way === 'key' ? <Coded text={text.firstHint} /> : undefined}
      />
      {failure === undefined ? null : <Failure failure={failure} />}
      <Button type="submit" tone="primary" busy={busy}>
        {busy ? text.acting : text.act}
      </Button>
    </form>
  );
}
