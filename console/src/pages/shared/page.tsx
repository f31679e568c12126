/** `/shared`: links that one made: to what, until when, when opened last; copied or revoked. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Share2 } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import { pathOf } from '../../api/client.ts';
import type { Share } from '../../api/shapes.ts';
import { useAccount, useServices } from '../../services.ts';
import { useText } from '../../text/index.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { useFirst } from '../../ui/first.tsx';
import { KeyName } from '../../ui/key-name.tsx';
import { CopyButton, Empty, Page, Skeleton } from '../../ui/page.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { Time } from '../../ui/values.tsx';

export function SharedPage(): ReactElement {
  const text = useText().shared;
  const { api } = useServices();
  const { id } = useAccount();
  const [revoking, setRevoking] = useState<Share>();
  const { data, error, refetch } = useQuery({
    queryKey: ['shares', id],
    queryFn: ({ signal }) =>
      api.get<{ readonly shares: readonly Share[] }>(pathOf('accounts', id, 'shares'), { signal }),
    staleTime: 0,
  });
  const columns = useColumns(setRevoking);
  const { shown, more } = useFirst(data?.shares ?? []);
  return (
    <Page title={text.title} below={<p>{text.lead}</p>}>
      {error === null ? null : <Failure failure={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null ? <Skeleton /> : null}
      {data?.shares.length === 0 ? (
        <Empty icon={Share2} title={text.none}>
          <p>{text.noneNext}</p>
        </Empty>
      ) : null}
      {shown.length === 0 ? null : (
        <Table label={text.list} columns={columns} rows={shown} keyOf={(share) => share.id} />
      )}
      {more}
      {revoking === undefined ? null : <Revoke share={revoking} onClose={() => setRevoking(undefined)} />}
    </Page>
  );
}

function useColumns(onRevoke: (share: Share) => void): readonly Column<Share>[] {
  const text = useText().shared;
  return [
    {
      name: text.object,
      cell: ({ bucket, key, versionId }) => (
        <Link to="/buckets/$bucket" params={{ bucket }} search={{ object: key, version: versionId }}>
          {bucket}/<KeyName name={key} /> {versionId === undefined ? null : <small>{text.version(versionId)}</small>}
        </Link>
      ),
    },
    { name: text.how, cell: ({ disposition }) => text.ways[disposition] },
    { name: text.made, cell: ({ createdAt }) => <Time at={Date.parse(createdAt)} /> },
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
        <>
          {share.url === undefined ? null : <CopyButton value={share.url} label={text.copy} />}{' '}
          <Button small tone="quiet" onClick={() => onRevoke(share)}>
            {text.revoke}
          </Button>
        </>
      ),
    },
  ];
}

function Revoke({ share, onClose }: { readonly share: Share; readonly onClose: () => void }): ReactElement {
  const text = useText().shared;
  const { api } = useServices();
  const { id } = useAccount();
  const { say } = useToasts();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const revoke = async (): Promise<void> => {
    setBusy(true);
    try {
      await api.delete(pathOf('accounts', id, 'shares', share.id));
      await queries.invalidateQueries({ queryKey: ['shares', id] });
      say(text.revoked);
      onClose();
    } catch (thrown) {
      setFailure(thrown);
      setBusy(false);
    }
  };
  return (
    <Confirm
      open
      onClose={onClose}
      onConfirm={() => void revoke()}
      title={text.revokeTitle}
      act={text.revokeAct}
      busy={busy}
    >
      <p>{text.revokeText(share.key)}</p>
      {failure === undefined ? null : <Failure failure={failure} />}
    </Confirm>
  );
}
