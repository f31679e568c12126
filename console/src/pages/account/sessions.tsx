/** Where one is signed in. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { pathOf } from '../../api/client.ts';
import type { SessionEntry } from '../../api/shapes.ts';
import { useAccount, useServices } from '../../services.ts';
import { useAccountText } from '../../text/account.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Skeleton } from '../../ui/page.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { Badge, Time } from '../../ui/values.tsx';
import styles from './page.module.css';

export function Sessions(): ReactElement {
  const text = useAccountText().account.sessions;
  const { api, session } = useServices();
  const { id } = useAccount();
  const { say } = useToasts();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const { data, error, refetch } = useQuery({
    queryKey: ['sessions', id],
    queryFn: ({ signal }) =>
      api.get<{ readonly sessions: readonly SessionEntry[] }>(pathOf('accounts', id, 'sessions'), { signal }),
  });
  const act = async (work: () => Promise<unknown>): Promise<void> => {
    setAsking(false);
    setFailure(undefined);
    try {
      await work();
      say(text.ended);
    } catch (thrown) {
      setFailure(thrown);
    }
    await queries.invalidateQueries({ queryKey: ['sessions', id] });
  };
  const end = (entry: SessionEntry): void => void act(() => api.delete(pathOf('accounts', id, 'sessions', entry.id)));
  const columns = useColumns(end);
  return (
    <>
      <div className={styles.bar}>
        <p className={styles.lead}>{text.lead}</p>
        <Button onClick={() => setAsking(true)}>{text.endOthers}</Button>
      </div>
      {failure === undefined ? null : <Failure failure={failure} />}
      {error === null ? null : <Failure failure={error} onRetry={() => void refetch()} />}
      {data === undefined ? (
        error === null && <Skeleton />
      ) : (
        <Table label={text.list} columns={columns} rows={data.sessions} keyOf={(entry) => entry.id} />
      )}
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => void act(() => session.endOthers())}
        title={text.endOthers}
        act={text.endOthers}
      >
        <p>{text.endOthersText}</p>
      </Confirm>
    </>
  );
}

function useColumns(onEnd: (entry: SessionEntry) => void): readonly Column<SessionEntry>[] {
  const text = useAccountText().account.sessions;
  return [
    {
      name: text.with,
      cell: ({ by, accessKeyId }) => (accessKeyId === undefined ? text.ways[by] : `${text.ways[by]} ${accessKeyId}`),
    },
    { name: text.from, cell: ({ from }) => from },
    { name: text.agent, cell: ({ agent }) => agent ?? '' },
    { name: text.begun, cell: ({ begunAt }) => (begunAt === undefined ? '' : <Time at={Date.parse(begunAt)} />) },
    { name: text.renewed, cell: ({ renewedAt }) => <Time at={Date.parse(renewedAt)} relative /> },
    {
      name: text.actions,
      actions: true,
      cell: (entry) =>
        entry.current ? (
          <Badge tone="ok">{text.this}</Badge>
        ) : (
          <Button small tone="quiet" onClick={() => onEnd(entry)}>
            {text.end}
          </Button>
        ),
    },
  ];
}
