/** All accounts, and making one. */

import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import type { Account } from '../../api/shapes.ts';
import { useServices } from '../../services.ts';
import { useOperateText } from '../../text/operate.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { RadioField, TextField } from '../../ui/field.tsx';
import { Banner, Skeleton } from '../../ui/page.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Badge, Time } from '../../ui/values.tsx';
import { Deed } from './deed.tsx';
import styles from './page.module.css';

interface PageOfAccounts {
  readonly accounts: readonly Account[];
  readonly next?: string;
}

export function Accounts(): ReactElement {
  const text = useOperateText().operate;
  const { api } = useServices();
  const [adding, setAdding] = useState(false);
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['accounts'],
    queryFn: ({ pageParam, signal }) =>
      api.get<PageOfAccounts>('/accounts', { query: { after: pageParam, limit: 100 }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
  });
  const columns = useColumns();
  const accounts = data?.pages.flatMap((page) => page.accounts);
  return (
    <>
      <div className={styles.bar}>
        <Button tone="primary" icon={Plus} onClick={() => setAdding(true)}>
          {text.accounts.add}
        </Button>
      </div>
      {error === null ? null : <Failure failure={error} onRetry={() => void refetch()} />}
      {accounts === undefined ? (
        error === null && <Skeleton rows={6} />
      ) : (
        <Table label={text.accounts.list} columns={columns} rows={accounts} keyOf={({ id }) => id} />
      )}
      {hasNextPage ? (
        <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {text.errors.more}
        </Button>
      ) : null}
      {adding ? <AddAccount onClose={() => setAdding(false)} /> : null}
    </>
  );
}

function useColumns(): readonly Column<Account>[] {
  const text = useOperateText().operate.accounts;
  return [
    {
      name: text.name,
      cell: ({ name }) => (
        <Link to="/operate/accounts/$account" params={{ account: name }}>
          {name}
        </Link>
      ),
    },
    { name: text.email, cell: ({ email }) => email ?? '' },
    { name: text.role, cell: ({ role }) => text.roles[role] },
    {
      name: text.state,
      cell: ({ state }) => <Badge tone={state === 'active' ? 'ok' : 'bad'}>{text.states[state]}</Badge>,
    },
    { name: text.since, cell: ({ createdAt }) => <Time at={Date.parse(createdAt)} /> },
  ];
}

/** Then its page: it has no password and no key yet. */
function AddAccount({ onClose }: { readonly onClose: () => void }): ReactElement {
  const text = useOperateText().operate.accounts;
  const { api } = useServices();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Account['role']>('tenant');
  const given = { name: name.trim(), email: email.trim() };
  const body = { name: given.name, role, ...(given.email === '' ? {} : { email: given.email }) };
  const work = () => api.post('/accounts', { body });
  const onDone = (): void => void navigate({ to: '/operate/accounts/$account', params: { account: given.name } });
  return (
    <Deed
      title={text.add}
      act={text.create}
      tone="primary"
      {...{ ready: given.name !== '', work, done: text.made, onDone, onClose }}
    >
      <TextField label={text.name} hint={text.nameHint} value={name} onChange={setName} />
      <TextField label={text.email} hint={text.emailHint} type="email" value={email} onChange={setEmail} />
      <RadioField
        legend={text.role}
        inline
        value={role}
        onChange={setRole}
        choices={(['tenant', 'operator'] as const).map((value) => ({ value, label: text.roles[value] }))}
      />
      {role === 'operator' ? <Banner tone="warn">{text.becomesOperator}</Banner> : null}
    </Deed>
  );
}
