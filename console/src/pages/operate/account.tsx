/** One account: who it is, what it holds, its keys; and what may be done to it, which wants a recent sign-in. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { pathOf } from '../../api/client.ts';
import type { AccessKey, Account, BucketUsage } from '../../api/shapes.ts';
import { useServices } from '../../services.ts';
import { useConfirmed } from '../../session/confirm.tsx';
import { useText } from '../../text/index.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { SecretField } from '../../ui/field.tsx';
import { Card, Facts, Skeleton } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { Badge, Time } from '../../ui/values.tsx';
import styles from './page.module.css';
import { BucketFigures } from './usage.tsx';

export function OneAccount({ name }: { readonly name: string }): ReactElement {
  const text = useText().operate.accounts;
  const { api } = useServices();
  const { data, error, refetch } = useQuery({
    queryKey: ['account', name],
    queryFn: ({ signal }) => api.get<Account>(pathOf('accounts', name), { signal }),
    staleTime: 0,
  });
  return (
    <>
      <Link to="/operate/$section" params={{ section: 'accounts' }}>
        {text.back}
      </Link>
      {error === null ? null : <Failure failure={error} onRetry={() => void refetch()} />}
      {data === undefined ? error === null && <Skeleton rows={6} /> : <Shown account={data} />}
    </>
  );
}

function Shown({ account }: { readonly account: Account }): ReactElement {
  const text = useText().operate.accounts;
  const { name, email, canonicalId, role, state, createdAt } = account;
  return (
    <>
      <Card title={name} actions={<Acts account={account} />}>
        <Facts
          facts={[
            [text.email, email ?? ''],
            [text.canonicalId, <code key="id">{canonicalId}</code>],
            [text.role, text.roles[role]],
            [
              text.state,
              <Badge key="state" tone={state === 'active' ? 'ok' : 'bad'}>
                {text.states[state]}
              </Badge>,
            ],
            [text.since, <Time key="since" at={Date.parse(createdAt)} />],
          ]}
        />
      </Card>
      <Holds account={account} />
      <Keys account={account} />
    </>
  );
}

type Doing = 'suspend' | 'password' | 'sessions';

function Acts({ account }: { readonly account: Account }): ReactElement {
  const text = useText().operate.accounts;
  const { api } = useServices();
  const queries = useQueryClient();
  const { say } = useToasts();
  const confirmed = useConfirmed();
  const [doing, setDoing] = useState<Doing>();
  const [password, setPassword] = useState('');
  const [failure, setFailure] = useState<unknown>();
  const path = pathOf('accounts', account.id);
  const act = async (work: () => Promise<unknown>, done: string): Promise<void> => {
    setDoing(undefined);
    setFailure(undefined);
    try {
      await confirmed.run(work);
      await queries.invalidateQueries({ queryKey: ['account', account.name] });
      await queries.invalidateQueries({ queryKey: ['accounts'] });
      say(done);
    } catch (thrown) {
      setFailure(thrown);
    }
  };
  const change = (state: Account['state']): void => void act(() => api.patch(path, { body: { state } }), text.saved);
  return (
    <div className={styles.actions}>
      {account.state === 'active' ? (
        <Button onClick={() => setDoing('suspend')}>{text.suspend}</Button>
      ) : (
        <Button onClick={() => change('active')}>{text.resume}</Button>
      )}
      <Button onClick={() => setDoing('password')}>{text.password}</Button>
      <Button onClick={() => setDoing('sessions')}>{text.endSessions}</Button>
      {failure === undefined ? null : <Failure failure={failure} />}
      <Confirm
        open={doing === 'suspend'}
        onClose={() => setDoing(undefined)}
        onConfirm={() => change('suspended')}
        title={text.suspendTitle(account.name)}
        act={text.suspend}
      >
        <p>{text.suspendText}</p>
      </Confirm>
      <Confirm
        open={doing === 'sessions'}
        onClose={() => setDoing(undefined)}
        onConfirm={() => void act(() => api.delete(`${path}/sessions`), text.ended)}
        title={text.endSessionsTitle(account.name)}
        act={text.endSessions}
      >
        <p>{text.endSessionsText}</p>
      </Confirm>
      <Confirm
        open={doing === 'password'}
        onClose={() => setDoing(undefined)}
        onConfirm={() => void act(() => api.put(`${path}/password`, { body: { password } }), text.saved)}
        title={text.password}
        act={text.save}
        tone="primary"
        ready={password !== ''}
      >
        <p>{text.passwordText}</p>
        <SecretField label={text.password} autoComplete="new-password" value={password} onChange={setPassword} />
      </Confirm>
      {confirmed.dialog}
    </div>
  );
}

function Holds({ account }: { readonly account: Account }): ReactElement | null {
  const text = useText().operate.accounts;
  const { api } = useServices();
  const { data } = useQuery({
    queryKey: ['usage', account.id],
    queryFn: ({ signal }) =>
      api.get<{ readonly buckets: readonly BucketUsage[] }>(pathOf('accounts', account.id, 'usage'), {
        query: { limit: 1000 },
        signal,
      }),
  });
  if (data === undefined || data.buckets.length === 0) return null;
  return (
    <>
      <h2>{text.holds}</h2>
      <BucketFigures buckets={data.buckets} />
    </>
  );
}

function Keys({ account }: { readonly account: Account }): ReactElement | null {
  const { account: words, operate } = useText();
  const { api } = useServices();
  const { data } = useQuery({
    queryKey: ['keys', account.id],
    queryFn: ({ signal }) =>
      api.get<{ readonly keys: readonly AccessKey[] }>(pathOf('accounts', account.id, 'keys'), {
        query: { limit: 1000 },
        signal,
      }),
  });
  if (data === undefined || data.keys.length === 0) return null;
  const text = words.keys;
  return (
    <>
      <h2>{operate.accounts.keys}</h2>
      <Table
        label={operate.accounts.keys}
        rows={data.keys}
        keyOf={({ accessKeyId }) => accessKeyId}
        columns={[
          { name: text.label, cell: ({ label }) => label ?? text.unlabelled },
          { name: text.id, cell: ({ accessKeyId }) => <code>{accessKeyId}</code> },
          { name: text.state, cell: ({ state }) => (state === 'active' ? text.active : text.revoked) },
          {
            name: text.used,
            cell: ({ lastUsedAt }) =>
              lastUsedAt === undefined ? text.never : <Time at={Date.parse(lastUsedAt)} relative />,
          },
        ]}
      />
    </>
  );
}
