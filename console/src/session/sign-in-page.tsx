/** `/sign-in`: goes on to the address that was asked for. */

import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { type ReactElement, useEffect } from 'react';
import { useServices, useSession } from '../services.ts';
import { useText } from '../text/index.ts';
import { Mark } from '../ui/mark.tsx';
import { LanguageField } from './language-field.tsx';
import { PlainHttp } from './plain-http.tsx';
import styles from './sign-in.module.css';
import { SignInForm } from './sign-in-form.tsx';

/** Only addresses of the Console itself: no other host, no script. */
const inside = (to: string | undefined): to is string => to !== undefined && /^\/(?![/\\])/.test(to);

export function SignInPage(): ReactElement {
  const text = useText().session;
  const { base } = useServices();
  const state = useSession();
  const navigate = useNavigate();
  const router = useRouter();
  const { to } = useSearch({ strict: false });
  useEffect(() => {
    document.title = `${text.title} · Moraine`;
  }, [text]);
  useEffect(() => {
    if (state.kind !== 'in' || state.expired) return;
    if (inside(to)) router.history.replace(`${base.slice(0, -1)}${to}`);
    else void navigate({ to: '/', replace: true });
  }, [state, to, navigate, router, base]);
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <header className={styles.head}>
          <Mark size={40} />
          <h1>{text.title}</h1>
          <p className={styles.lead}>{text.lead}</p>
        </header>
        <SignInForm />
        <LanguageField />
      </div>
      <PlainHttp />
    </main>
  );
}
