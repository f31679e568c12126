/** What was done to one's own account. */

import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { pathOf } from '../../api/client.ts';
import { Audit, type AuditFilter } from '../../audit/audit.tsx';
import { useAccount } from '../../services.ts';
import { useText } from '../../text/index.ts';
import styles from './page.module.css';

export function Activity(): ReactElement {
  const text = useText().account.activity;
  const { id } = useAccount();
  const navigate = useNavigate();
  const { action, object } = useSearch({ strict: false });
  const filter: AuditFilter = {
    ...(action === undefined ? {} : { action }),
    ...(object === undefined ? {} : { target: object }),
  };
  const search = (next: AuditFilter): void => {
    const { action: what, target } = next;
    void navigate({
      to: '/account/$section',
      params: { section: 'activity' },
      search: { action: what, object: target },
    });
  };
  return (
    <>
      <p className={styles.lead}>{text.lead}</p>
      <Audit path={pathOf('accounts', id, 'audit')} filter={filter} onFilter={search} />
    </>
  );
}
