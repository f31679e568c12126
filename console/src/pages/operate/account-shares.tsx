/** Links that an account made. Their addresses are its own; an operator sees that they are there, and may end them. */

import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { pathOf } from '../../api/client.ts';
import type { Account, Share } from '../../api/shapes.ts';
import { useServices } from '../../services.ts';
import { useText } from '../../text/index.ts';
import { useOperateText } from '../../text/operate.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { KeyName } from '../../ui/key-name.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/values.tsx';
import { Deed } from './deed.tsx';
import styles from './page.module.css';

export function AccountShares({ account }: { readonly account: Account }): ReactElement | null {
  const text = useOperateText().operate.accounts;
  const { shared } = useText();
  const { api } = useServices();
  const [revoking, setRevoking] = useState<Share>();
  const path = pathOf('accounts', account.id, 'shares');
  const { data, error, refetch } = useQuery({
    queryKey: ['shares-of', account.id],
    queryFn: ({ signal }) => api.get<{ readonly shares: readonly Share[] }>(path, { signal }),
    staleTime: 0,
  });
  const columns = useColumns(setRevoking);
  const work = () => api.delete(`${path}${pathOf(revoking?.id ?? '')}`);
  if (data?.shares.length === 0) return null;
  return (
    <section className={styles.part}>
      <h2>{text.shares}</h2>
      {error === null ? null : <Failure failure={error} onRetry={() => void refetch()} />}
      {data === undefined ? null : (
        <Table label={text.shares} columns={columns} rows={data.shares} keyOf={({ id }) => id} />
      )}
      {revoking === undefined ? null : (
        <Deed
          title={shared.revokeTitle}
          act={shared.revokeAct}
          {...{ work, done: shared.revoked, onClose: () => setRevoking(undefined) }}
        >
          <p>{shared.revokeText(revoking.key)}</p>
        </Deed>
      )}
    </section>
  );
}

function useColumns(onRevoke: (share: Share) => void): readonly Column<Share>[] {
  const text = useText().shared;
  return [
    {
      name: text.object,
      cell: ({ bucket, key }) => (
        <>
          {bucket}/<KeyName name={key} />
        </>
      ),
    },
    { name: text.expires, cell: ({ expiresAt }) => <Time at={Date.parse(expiresAt)} relative /> },
    {
      name: text.opened,
      cell: ({ lastOpenedAt }) =>
        lastOpenedAt === undefined ? text.never : <Time at={Date.parse(lastOpenedAt)} relative />,
    },
    {
      name: text.actions,
      actions: true,
      cell: (share) => (
        <Button small tone="quiet" onClick={() => onRevoke(share)}>
          {text.revoke}
        </Button>
      ),
    },
  ];
}
