/** What was done to one's own account. */

import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { pathOf } from '../../api/client.ts';
import { Audit } from '../../audit/audit.tsx';
import type { AuditFilter } from '../../audit/filter.ts';
import { useAccount } from '../../services.ts';
import { useAccountText } from '../../text/account.ts';
import styles from './page.module.css';

export function Activity(): ReactElement {
  const text = useAccountText().account.activity;
  const { id } = useAccount();
  const navigate = useNavigate();
  const { action, object, from, to } = useSearch({ strict: false });
  const filter: AuditFilter = {
    ...(action === undefined ? {} : { action }),
    ...(object === undefined ? {} : { target: object }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
  const search = (next: AuditFilter): void => {
    const { action: what, target, ...time } = next;
    void navigate({
      to: '/account/$section',
      params: { section: 'activity' },
      search: { action: what, object: target, from: time.from, to: time.to },
    });
  };
  return (
    <>
      <p className={styles.lead}>{text.lead}</p>
      <Audit path={pathOf('accounts', id, 'audit')} filter={filter} onFilter={search} />
    </>
  );
}
