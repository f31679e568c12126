/** Who did what, on the whole store. */

import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { Audit } from '../../audit/audit.tsx';
import type { AuditFilter } from '../../audit/filter.ts';

export function StoreAudit(): ReactElement {
  const navigate = useNavigate();
  const { who, action, object, from, to } = useSearch({ strict: false });
  const filter: AuditFilter = {
    ...(who === undefined ? {} : { who }),
    ...(action === undefined ? {} : { action }),
    ...(object === undefined ? {} : { target: object }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
  const search = ({ who: by, action: what, target, ...time }: AuditFilter): void =>
    void navigate({
      to: '/operate/$section',
      params: { section: 'audit' },
      search: { who: by, action: what, object: target, from: time.from, to: time.to },
    });
  return <Audit path="/audit" filter={filter} onFilter={search} withWho />;
}
