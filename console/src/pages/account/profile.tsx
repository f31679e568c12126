/** Who one is, the password, and how the Console looks in this browser. */

import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, type ReactElement, useState } from 'react';
import { useAccount, useServices, useSettings } from '../../services.ts';
import { LanguageField } from '../../session/language-field.tsx';
import { useAccountText } from '../../text/account.ts';
import { useText } from '../../text/index.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { CheckField, RadioField, SecretField } from '../../ui/field.tsx';
import { Card, CopyButton, Facts } from '../../ui/page.tsx';
import { Coded, Time } from '../../ui/values.tsx';
import styles from './page.module.css';

export function Profile(): ReactElement {
  return (
    <div className={styles.cards}>
      <Identity />
      <Password />
      <Looks />
    </div>
  );
}

function Identity(): ReactElement {
  const text = useAccountText().account.profile;
  const { name, email, canonicalId, role, createdAt } = useAccount();
  return (
    <Card title={text.identity}>
      <Facts
        facts={[
          [text.name, name],
          [text.email, email ?? <NoEmail key="email" />],
          [
            text.canonicalId,
            <span key="id" className={styles.copied}>
              <code>{canonicalId}</code>
              <CopyButton value={canonicalId} />
              <small>{text.canonicalHint}</small>
            </span>,
          ],
          [text.role, text.roles[role]],
          [text.since, <Time key="since" at={Date.parse(createdAt)} />],
        ]}
      />
    </Card>
  );
}

/** Operators enter e-mails, their own too. */
function NoEmail(): ReactElement {
  const text = useAccountText().account.profile;
  const { name, role } = useAccount();
  if (role !== 'operator') return <>{text.noEmail}</>;
  return (
    <Link to="/operate/accounts/$account" params={{ account: name }}>
      {text.enterEmail}
    </Link>
  );
}

/** What is wrong, by field. */
type Wrong = Partial<Record<'current' | 'fresh' | 'again', string>>;

function Password(): ReactElement {
  const text = useAccountText().account.profile;
  const { api, session, site } = useServices();
  const { hasPassword, name } = useAccount();
  const navigate = useNavigate();
  const [[current, fresh, again], setTyped] = useState(['', '', '']);
  const [wrong, setWrong] = useState<Wrong>({});
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const least = site.limits.passwordLength;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const found: Wrong = {
      ...(hasPassword && current === '' ? { current: text.needCurrent } : {}),
      ...(fresh.length < least ? { fresh: text.short(least) } : {}),
      ...(fresh === again ? {} : { again: text.differs }),
    };
    setWrong(found);
    setFailure(undefined);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    const body = { password: fresh, ...(hasPassword ? { currentPassword: current } : {}) };
    try {
      await api.put('/me/password', { body });
      await session.signOut().catch(() => undefined);
      await navigate({ to: '/sign-in' });
    } catch (thrown) {
      setFailure(thrown);
      setBusy(false);
    }
  };
  return (
    <Card title={text.password}>
      <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
        <input hidden readOnly autoComplete="username" value={name} />
        {hasPassword ? (
          <SecretField
            label={text.current}
            autoComplete="current-password"
            value={current}
            error={wrong.current}
            onChange={(value) => setTyped([value, fresh, again])}
          />
        ) : null}
        <SecretField
          label={text.fresh}
          autoComplete="new-password"
          hint={text.length(least)}
          value={fresh}
          error={wrong.fresh}
          onChange={(value) => setTyped([current, value, again])}
        />
        <SecretField
          label={text.again}
          autoComplete="new-password"
          value={again}
          error={wrong.again}
          onChange={(value) => setTyped([current, fresh, value])}
        />
        {failure === undefined ? null : <Failure failure={failure} />}
        <p className={styles.hint}>{text.ends}</p>
        <Button type="submit" busy={busy}>
          {hasPassword ? text.change : text.set}
        </Button>
      </form>
    </Card>
  );
}

function Looks(): ReactElement {
  const { account } = useAccountText();
  const { frame } = useText();
  const text = account.profile;
  const { settings } = useServices();
  const { theme, density, letters } = useSettings();
  return (
    <Card title={text.looks}>
      <LanguageField />
      <RadioField
        legend={text.theme}
        inline
        value={theme}
        onChange={(chosen) => settings.set({ theme: chosen })}
        choices={(['light', 'dark', 'system'] as const).map((value) => ({ value, label: frame.themes[value] }))}
      />
      <RadioField
        legend={text.density}
        inline
        value={density}
        onChange={(chosen) => settings.set({ density: chosen })}
        choices={(['compact', 'comfortable'] as const).map((value) => ({ value, label: text.densities[value] }))}
      />
      <CheckField
        asSwitch
        label={text.letters}
        hint={<Coded text={text.lettersHint} />}
        checked={letters}
        onChange={(on) => settings.set({ letters: on })}
      />
    </Card>
  );
}
