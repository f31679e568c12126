/** `/account/…`: profile, keys, clients, sessions and activity of whoever is signed in. */

import { useNavigate, useParams } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { NotFound } from '../../frame/not-found.tsx';
import { useAccountText } from '../../text/account.ts';
import { Page } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Activity } from './activity.tsx';
import { Connect } from './connect.tsx';
import { Keys } from './keys.tsx';
import { Profile } from './profile.tsx';
import { createSecrets, SecretsContext } from './secrets.ts';
import { Sessions } from './sessions.tsx';

const SECTIONS = { profile: Profile, keys: Keys, connect: Connect, sessions: Sessions, activity: Activity } as const;
type Section = keyof typeof SECTIONS;
const NAMES: readonly Section[] = ['profile', 'keys', 'connect', 'sessions', 'activity'];

export function AccountPage(): ReactElement {
  const text = useAccountText().account;
  const navigate = useNavigate();
  const [secrets] = useState(createSecrets);
  const params = useParams({ strict: false });
  const section = NAMES.find((name) => name === params.section);
  if (section === undefined) return <NotFound />;
  const Shown = SECTIONS[section];
  const tabs = NAMES.map((value) => ({ value, label: text.sections[value] }));
  const go = (to: Section): void => void navigate({ to: '/account/$section', params: { section: to } });
  return (
    <Page title={text.title}>
      <SecretsContext value={secrets}>
        <Tabs label={text.title} tabs={tabs} value={section} onChange={go}>
          <Shown />
        </Tabs>
      </SecretsContext>
    </Page>
  );
}
