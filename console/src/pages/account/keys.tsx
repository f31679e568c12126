/** API keys: what there are, making, changing and revoking them. */

import { Link } from '@tanstack/react-router';
import { Ellipsis, Hourglass, KeyRound, Pencil, Plus, RotateCw, Trash2 } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import { pathOf } from '../../api/client.ts';
import type { AccessKey } from '../../api/shapes.ts';
import { useServices } from '../../services.ts';
import { useAccountText } from '../../text/account.ts';
import { useLocale } from '../../text/index.ts';
import { Button, buttonClass, IconButton } from '../../ui/button.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { CheckField } from '../../ui/field.tsx';
import { useFirst } from '../../ui/first.tsx';
import { agoText } from '../../ui/format.ts';
import { Menu, type MenuEntries } from '../../ui/menu.tsx';
import { Empty, Skeleton } from '../../ui/page.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { Badge, Time } from '../../ui/values.tsx';
import { KeyDialog } from './key-dialog.tsx';
import { agentName } from './listening.ts';
import styles from './page.module.css';
import { ReplaceKey } from './replace-key.tsx';
import { scopeText } from './scopes.ts';
import { Temporary } from './temporary.tsx';
import { useKeys, useKeysChanged, works } from './use-keys.ts';

/** What is done to which key. */
type Doing =
  | { readonly what: 'new' }
  | { readonly what: 'edit' | 'replace' | 'temporary' | 'revoke'; readonly key: AccessKey };

export function Keys(): ReactElement {
  const text = useAccountText().account.keys;
  const { data, error, refetch } = useKeys();
  const [doing, setDoing] = useState<Doing>();
  const [all, setAll] = useState(false);
  const stop = (): void => setDoing(undefined);
  const create = (
    <Button tone="primary" icon={Plus} onClick={() => setDoing({ what: 'new' })}>
      {text.new}
    </Button>
  );
  const columns = useColumns(setDoing);
  const { shown, more } = useFirst(data?.filter((key) => all || key.state === 'active') ?? []);
  return (
    <>
      <div className={styles.bar}>
        <p className={styles.lead}>{text.lead}</p>
        {create}
      </div>
      {error === null ? null : <Failure failure={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null ? <Skeleton /> : null}
      {data !== undefined && shown.length === 0 ? (
        <Empty icon={KeyRound} title={text.none}>
          <p>{text.noneNext}</p>
        </Empty>
      ) : null}
      {shown.length === 0 ? null : (
        <Table label={text.list} columns={columns} rows={shown} keyOf={(key) => key.accessKeyId} />
      )}
      {more}
      {data?.some((key) => key.state === 'revoked') ? (
        <CheckField label={text.showRevoked} checked={all} onChange={setAll} />
      ) : null}
      {doing?.what === 'new' ? <KeyDialog onClose={stop} /> : null}
      {doing?.what === 'edit' ? <KeyDialog edited={doing.key} onClose={stop} /> : null}
      {doing?.what === 'replace' ? <ReplaceKey replaced={doing.key} onClose={stop} /> : null}
      {doing?.what === 'temporary' ? <Temporary from={doing.key} onClose={stop} /> : null}
      {doing?.what === 'revoke' ? <Revoke revoked={doing.key} onClose={stop} /> : null}
    </>
  );
}

function useColumns(onDo: (doing: Doing) => void): readonly Column<AccessKey>[] {
  const text = useAccountText().account.keys;
  const locale = useLocale();
  const now = Date.now();
  const used = ({ lastUsedAt, lastUsedBy }: AccessKey): string =>
    lastUsedAt === undefined
      ? text.never
      : text.usedBy(agoText(Date.parse(lastUsedAt), locale, now), lastUsedBy && agentName(lastUsedBy, text.browser));
  const entriesOf = (key: AccessKey): MenuEntries => [
    [
      { label: text.edit, icon: Pencil, act: () => onDo({ what: 'edit', key }) },
      { label: text.replace, icon: RotateCw, act: () => onDo({ what: 'replace', key }) },
      { label: text.temporary, icon: Hourglass, act: () => onDo({ what: 'temporary', key }) },
    ],
    [{ label: text.revokeAsk, icon: Trash2, danger: true, act: () => onDo({ what: 'revoke', key }) }],
  ];
  const actions = (key: AccessKey): ReactElement | null =>
    works(key, now) ? (
      <span className={styles.row}>
        <Link
          to="/account/$section"
          params={{ section: 'connect' }}
          search={{ key: key.accessKeyId }}
          className={buttonClass('quiet', true)}
        >
          {text.connect}
        </Link>
        <Menu entries={entriesOf(key)} align="end">
          <IconButton icon={Ellipsis} label={text.menuOf(key.label ?? key.accessKeyId)} />
        </Menu>
      </span>
    ) : null;
  const state = (key: AccessKey): ReactElement =>
    works(key, now) ? (
      <Badge tone="ok">{text.active}</Badge>
    ) : (
      <Badge tone="bad">{key.state === 'revoked' ? text.revoked : text.ended}</Badge>
    );
  return [
    { name: text.label, cell: (key) => key.label ?? text.unlabelled },
    { name: text.id, cell: (key) => <code>{key.accessKeyId}</code> },
    { name: text.scope, cell: (key) => scopeText(key.scope, text) },
    { name: text.used, cell: used },
    {
      name: text.expires,
      cell: ({ expiresAt }) => (expiresAt === undefined ? text.never : <Time at={Date.parse(expiresAt)} />),
    },
    { name: text.state, cell: state },
    { name: text.actions, actions: true, cell: actions },
  ];
}

function Revoke({ revoked, onClose }: { readonly revoked: AccessKey; readonly onClose: () => void }): ReactElement {
  const { revoke: text, keys } = useAccountText().account;
  const locale = useLocale();
  const { api } = useServices();
  const { say } = useToasts();
  const changed = useKeysChanged();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const revoke = async (): Promise<void> => {
    setBusy(true);
    try {
      await api.delete(pathOf('keys', revoked.accessKeyId));
      await changed();
      say(text.done);
      onClose();
    } catch (thrown) {
      setFailure(thrown);
      setBusy(false);
    }
  };
  const { lastUsedAt, lastUsedBy } = revoked;
  return (
    <Confirm
      open
      onClose={onClose}
      onConfirm={() => void revoke()}
      title={text.title(revoked.label ?? revoked.accessKeyId)}
      act={text.act}
      busy={busy}
    >
      <p>{text.text}</p>
      <p>
        {lastUsedAt === undefined
          ? text.unused
          : text.used(
              agoText(Date.parse(lastUsedAt), locale, Date.now()),
              lastUsedBy && agentName(lastUsedBy, keys.browser),
            )}
      </p>
      {failure === undefined ? null : <Failure failure={failure} />}
    </Confirm>
  );
}
