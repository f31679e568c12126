/** All accounts, and making one. */

import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import type { Account } from '../../api/shapes.ts';
import { useServices } from '../../services.ts';
import { useConfirmed } from '../../session/confirm.tsx';
import { useOperateText } from '../../text/operate.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { RadioField, TextField } from '../../ui/field.tsx';
import { Skeleton } from '../../ui/page.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Badge, Time } from '../../ui/values.tsx';
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

function AddAccount({ onClose }: { readonly onClose: () => void }): ReactElement {
  const text = useOperateText().operate.accounts;
  const { api } = useServices();
  const queries = useQueryClient();
  const confirmed = useConfirmed();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Account['role']>('tenant');
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const submit = async (): Promise<void> => {
    setProblem(name.trim() === '' ? text.needName : undefined);
    if (name.trim() === '') return;
    setBusy(true);
    setFailure(undefined);
    try {
      const body = { name: name.trim(), role, ...(email.trim() === '' ? {} : { email: email.trim() }) };
      await confirmed.run(() => api.post('/accounts', { body }));
      await queries.invalidateQueries({ queryKey: ['accounts'] });
      onClose();
    } catch (thrown) {
      setFailure(thrown);
    }
    setBusy(false);
  };
  const actions = (
    <Button type="submit" tone="primary" busy={busy}>
      {text.create}
    </Button>
  );
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.add}
      actions={actions}
      onSubmit={() => (busy ? undefined : void submit())}
    >
      <TextField label={text.name} hint={text.nameHint} value={name} onChange={setName} error={problem} />
      <TextField label={text.email} hint={text.emailHint} type="email" value={email} onChange={setEmail} />
      <RadioField
        legend={text.role}
        inline
        value={role}
        onChange={setRole}
        choices={(['tenant', 'operator'] as const).map((value) => ({ value, label: text.roles[value] }))}
      />
      {failure === undefined ? null : <Failure failure={failure} />}
      {confirmed.dialog}
    </Dialog>
  );
}
