/** What may be done to an account, each with its consequences before it is done. */

import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { pathOf } from '../../api/client.ts';
import type { Account } from '../../api/shapes.ts';
import { useAccount, useServices } from '../../services.ts';
import { useLocale, useText } from '../../text/index.ts';
import { useOperateText } from '../../text/operate.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { RadioField, SecretField, TextField } from '../../ui/field.tsx';
import { sizeText } from '../../ui/format.ts';
import { Banner, Skeleton } from '../../ui/page.tsx';
import { Deed } from './deed.tsx';
import { type Holdings, holdingsOf } from './holdings.ts';

export type DeedName = 'change' | 'suspend' | 'resume' | 'password' | 'no-password' | 'sessions' | 'remove';

interface OneProps {
  readonly account: Account;
  readonly onClose: () => void;
}

const DEEDS: Readonly<Record<DeedName, (props: OneProps) => ReactElement>> = Object.freeze({
  change: Change,
  suspend: Suspend,
  resume: Resume,
  password: Password,
  'no-password': NoPassword,
  sessions: Sessions,
  remove: Remove,
});

export function AccountDeed({ name, ...rest }: OneProps & { readonly name: DeedName }): ReactElement {
  const One = DEEDS[name];
  return <One {...rest} />;
}

function useHoldings({ id }: Account) {
  const { api } = useServices();
  return useQuery({
    queryKey: ['holdings', id],
    queryFn: ({ signal }) => holdingsOf(api, { account: id, now: Date.now(), signal }),
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
}

/** In words. */
function useSaid(): { readonly reach: (of: Holdings) => string; readonly data: (of: Holdings) => string } {
  const text = useOperateText().operate.accounts;
  const locale = useLocale();
  return {
    reach: text.reach,
    data: ({ buckets, bytes, moreData }) => text.data(buckets, sizeText(bytes, locale), moreData),
  };
}

function Change({ account, onClose }: OneProps): ReactElement {
  const text = useOperateText().operate.accounts;
  const { api, session } = useServices();
  const navigate = useNavigate();
  const isOwn = useAccount().id === account.id;
  const [name, setName] = useState(account.name);
  const [email, setEmail] = useState(account.email ?? '');
  const [role, setRole] = useState(account.role);
  const given = { name: name.trim(), email: email.trim() };
  const body = {
    ...(given.name === account.name ? {} : { name: given.name }),
    ...(given.email === (account.email ?? '') ? {} : { email: given.email === '' ? null : given.email }),
    ...(role === account.role ? {} : { role }),
  };
  const work = async (): Promise<void> => {
    await api.patch(pathOf('accounts', account.id), { body });
    if (isOwn) await session.reread();
  };
  const done = (): void => {
    onClose();
    if (given.name === account.name) return;
    void navigate({ to: '/operate/accounts/$account', params: { account: given.name }, replace: true });
  };
  const becomes = role === 'operator' ? text.becomesOperator : isOwn ? text.becomesTenantSelf : text.becomesTenant;
  const ready = given.name !== '' && Object.keys(body).length > 0;
  const props = { act: text.save, tone: 'primary' as const, ready, work, done: text.saved, onDone: done, onClose };
  return (
    <Deed title={text.changeTitle(account.name)} {...props}>
      <TextField label={text.name} hint={text.nameNow} value={name} onChange={setName} />
      <TextField label={text.email} hint={text.emailNow} type="email" value={email} onChange={setEmail} />
      <RadioField
        legend={text.role}
        inline
        value={role}
        onChange={setRole}
        choices={(['tenant', 'operator'] as const).map((value) => ({ value, label: text.roles[value] }))}
      />
      {role === account.role ? null : <Banner tone="warn">{becomes}</Banner>}
    </Deed>
  );
}

function Suspend({ account, onClose }: OneProps): ReactElement {
  const text = useOperateText().operate.accounts;
  const { api } = useServices();
  const said = useSaid();
  const { data, isError } = useHoldings(account);
  const work = () => api.patch(pathOf('accounts', account.id), { body: { state: 'suspended' } });
  return (
    <Deed
      title={text.suspendTitle(account.name)}
      act={text.suspend}
      ready={data !== undefined || isError}
      {...{ work, done: text.suspended, onClose }}
    >
      {data === undefined ? (
        <Counting failed={isError} />
      ) : (
        <>
          <p>{text.suspendText(said.reach(data))}</p>
          {data.buckets === 0 ? null : <p>{text.suspendData(said.data(data))}</p>}
        </>
      )}
      <p>{text.suspendBack}</p>
    </Deed>
  );
}

function Counting({ failed }: { readonly failed: boolean }): ReactElement {
  const text = useOperateText().operate.accounts;
  return failed ? <Banner tone="warn">{text.notCounted}</Banner> : <Skeleton rows={2} />;
}

function Resume({ account, onClose }: OneProps): ReactElement {
  const text = useOperateText().operate.accounts;
  const { api } = useServices();
  const work = () => api.patch(pathOf('accounts', account.id), { body: { state: 'active' } });
  return (
    <Deed
      title={text.resumeTitle(account.name)}
      act={text.resume}
      tone="primary"
      {...{ work, done: text.resumed, onClose }}
    >
      <p>{text.resumeText}</p>
    </Deed>
  );
}

function Password({ account, onClose }: OneProps): ReactElement {
  const text = useOperateText().operate.accounts;
  const { api, site } = useServices();
  const [password, setPassword] = useState('');
  const { data } = useHoldings(account);
  const least = site.limits.passwordLength;
  const work = () => api.put(pathOf('accounts', account.id, 'password'), { body: { password } });
  return (
    <Deed
      title={text.passwordTitle(account.name)}
      act={text.password}
      tone="primary"
      ready={password.length >= least}
      {...{ work, done: text.passwordSet, onClose }}
    >
      <p>{text.passwordText}</p>
      <SecretField
        label={text.passwordName}
        hint={text.passwordLength(least)}
        autoComplete="new-password"
        value={password}
        onChange={setPassword}
      />
      {data === undefined || data.sessions === 0 ? null : (
        <Banner tone="warn">{text.passwordEnds(data.sessions)}</Banner>
      )}
    </Deed>
  );
}

function NoPassword({ account, onClose }: OneProps): ReactElement {
  const text = useOperateText().operate.accounts;
  const { api } = useServices();
  const { data } = useHoldings(account);
  const work = () => api.delete(pathOf('accounts', account.id, 'password'));
  return (
    <Deed
      title={text.noPasswordTitle(account.name)}
      act={text.noPassword}
      {...{ work, done: text.passwordGone, onClose }}
    >
      <p>{text.noPasswordText}</p>
      {data === undefined || data.sessions === 0 ? null : <p>{text.passwordEnds(data.sessions)}</p>}
    </Deed>
  );
}

function Sessions({ account, onClose }: OneProps): ReactElement {
  const text = useOperateText().operate.accounts;
  const { api } = useServices();
  const { data } = useHoldings(account);
  const work = () => api.delete(pathOf('accounts', account.id, 'sessions'));
  return (
    <Deed title={text.endSessionsTitle(account.name)} act={text.endSessions} {...{ work, done: text.ended, onClose }}>
      <p>{text.endSessionsText}</p>
      {data === undefined ? null : <p>{text.passwordEnds(data.sessions)}</p>}
    </Deed>
  );
}

/** For good: its name is typed. What still owns buckets cannot be removed, and is told so instead of asked. */
function Remove({ account, onClose }: OneProps): ReactElement {
  const text = useOperateText().operate.accounts;
  const { api } = useServices();
  const navigate = useNavigate();
  const { common } = useText();
  const said = useSaid();
  const [typed, setTyped] = useState('');
  const { data, isError } = useHoldings(account);
  const title = text.removeTitle(account.name);
  if (data !== undefined && data.buckets > 0)
    return (
      <Dialog open onClose={onClose} title={title} actions={<Button onClick={onClose}>{common.close}</Button>}>
        <p>{text.removeNot(said.data(data))}</p>
      </Dialog>
    );
  const work = () => api.delete(pathOf('accounts', account.id));
  const onDone = (): void => void navigate({ to: '/operate/$section', params: { section: 'accounts' }, replace: true });
  const ready = typed === account.name && (data !== undefined || isError);
  return (
    <Deed title={title} act={text.remove} {...{ ready, work, onDone, done: text.removed(account.name), onClose }}>
      {data === undefined ? <Counting failed={isError} /> : <p>{text.removeText(said.reach(data))}</p>}
      <p>{text.removeAudit}</p>
      <TextField label={text.removeType(account.name)} mono value={typed} onChange={setTyped} />
    </Deed>
  );
}
