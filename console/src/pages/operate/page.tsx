/** `/operate`: the store as a whole, for operators. Live by asking every ten seconds. For others the address does not exist. */

import { useNavigate, useParams } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { NotFound } from '../../frame/not-found.tsx';
import { useAccount } from '../../services.ts';
import { useOperateText } from '../../text/operate.ts';
import { Page } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { OneAccount } from './account.tsx';
import { Accounts } from './accounts.tsx';
import { Errors } from './errors.tsx';
import { Overview, Storage } from './overview.tsx';
import { StoreAudit } from './store-audit.tsx';
import { Usage } from './usage.tsx';

const SECTIONS = {
  overview: Overview,
  accounts: Accounts,
  usage: Usage,
  storage: Storage,
  errors: Errors,
  audit: StoreAudit,
} as const;
type Section = keyof typeof SECTIONS;
const NAMES: readonly Section[] = ['overview', 'accounts', 'usage', 'storage', 'errors', 'audit'];

export function OperatePage(): ReactElement {
  const { section = 'overview' } = useParams({ strict: false });
  const named = NAMES.find((name) => name === section);
  if (named === undefined) return <NotFound />;
  const Shown = SECTIONS[named];
  return (
    <Sections section={named}>
      <Shown />
    </Sections>
  );
}

export function OperateAccountPage(): ReactElement {
  const { account = '' } = useParams({ strict: false });
  return (
    <Sections section="accounts">
      <OneAccount key={account} name={account} />
    </Sections>
  );
}

interface SectionsProps {
  readonly section: Section;
  readonly children: ReactElement;
}

function Sections({ section, children }: SectionsProps): ReactElement {
  const text = useOperateText().operate;
  const navigate = useNavigate();
  const { role } = useAccount();
  if (role !== 'operator') return <NotFound />;
  const tabs = NAMES.map((value) => ({ value, label: text.sections[value] }));
  const go = (to: Section): void =>
    void (to === 'overview'
      ? navigate({ to: '/operate' })
      : navigate({ to: '/operate/$section', params: { section: to } }));
  return (
    <Page title={text.title}>
      <Tabs label={text.title} tabs={tabs} value={section} onChange={go}>
        {children}
      </Tabs>
    </Page>
  );
}
