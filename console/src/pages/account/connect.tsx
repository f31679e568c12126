/** Connecting a client: its configuration with the real endpoint, region and key; then the page notices the first request. */

import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { CircleCheck, KeyRound, LoaderCircle } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import { pathOf } from '../../api/client.ts';
import type { AccessKey } from '../../api/shapes.ts';
import { useServices } from '../../services.ts';
import { useAccountText } from '../../text/account.ts';
import { useLocale } from '../../text/index.ts';
import { buttonClass } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { SelectField } from '../../ui/field.tsx';
import { agoText } from '../../ui/format.ts';
import { Banner, Empty, Skeleton, Snippet } from '../../ui/page.tsx';
import { CLIENTS, type Client, type Configuration, configurationOf } from './clients.ts';
import { agentName, heardOf, type LookedKey } from './listening.ts';
import styles from './page.module.css';
import { useSecrets } from './secrets.ts';
import { useKeys, works } from './use-keys.ts';

export function Connect(): ReactElement {
  const { account, connect: text } = useAccountText();
  const { data, error, isFetching, refetch } = useKeys();
  const { key: asked } = useSearch({ strict: false });
  const usable = data?.filter((key) => works(key, Date.now()));
  if (error !== null) return <Failure failure={error} onRetry={() => void refetch()} />;
  // A key that was just made is on its way: the lines of another one would be taken for its own.
  const isComing = isFetching && asked !== undefined && !usable?.some((key) => key.accessKeyId === asked);
  if (usable === undefined || isComing) return <Skeleton />;
  if (usable.length > 0) return <Choice keys={usable} />;
  return (
    <Empty icon={KeyRound} title={text.noKeys}>
      <Link to="/account/$section" params={{ section: 'keys' }} className={buttonClass('primary')}>
        {account.keys.new}
      </Link>
    </Empty>
  );
}

function Choice({ keys }: { readonly keys: readonly AccessKey[] }): ReactElement {
  const { account, connect: text } = useAccountText();
  const navigate = useNavigate();
  const search = useSearch({ strict: false });
  const { site } = useServices();
  const secrets = useSecrets();
  const key = keys.find(({ accessKeyId }) => accessKeyId === search.key) ?? keys[0];
  const client = CLIENTS.find((one) => one === search.client) ?? 's3cmd';
  const choose = (change: { readonly key?: string; readonly client?: Client }): void =>
    void navigate({
      to: '/account/$section',
      params: { section: 'connect' },
      search: { ...search, ...change },
      replace: true,
    });
  if (key === undefined) return <Skeleton />;
  const { endpoint, bucketDomain, region } = site;
  const { accessKeyId } = key;
  const secret = secrets.of(accessKeyId);
  const configuration = configurationOf(client, { endpoint, bucketDomain, region, accessKeyId, secret });
  const labelOf = ({ label, accessKeyId: id }: AccessKey): string => `${label ?? account.keys.unlabelled} (${id})`;
  return (
    <div className={styles.connect}>
      <p className={styles.lead}>{text.lead}</p>
      <div className={styles.fields}>
        <SelectField
          label={text.key}
          value={accessKeyId}
          onChange={(chosen) => choose({ key: chosen })}
          choices={keys.map((one) => ({ value: one.accessKeyId, label: labelOf(one) }))}
        />
        <SelectField
          label={text.client}
          value={client}
          onChange={(chosen) => choose({ client: chosen })}
          choices={CLIENTS.map((value) => ({ value, label: text.names[value] }))}
        />
      </div>
      {client === 's3cmd-v2' && !key.allowV2 ? <Banner tone="warn">{text.v2Refused}</Banner> : null}
      <Banner tone="info">{secret === undefined ? text.noSecret : text.withSecret}</Banner>
      <Lines configuration={configuration} />
      <Listening key={accessKeyId} accessKeyId={accessKeyId} />
    </div>
  );
}

function Lines({ configuration }: { readonly configuration: Configuration }): ReactElement {
  const text = useAccountText().connect;
  const { place, check } = configuration;
  const heading = place === 'shell' ? text.shell : place.startsWith('~') ? text.save(place) : text.program(place);
  return (
    <>
      <h2>{heading}</h2>
      <Snippet value={configuration.text} label={text.configuration} />
      {check === configuration.text.trim() ? null : (
        <>
          <h2>{text.check}</h2>
          <Snippet value={check} label={text.command} />
        </>
      )}
    </>
  );
}

/** How often the key is looked at, ms. */
const LOOK_MS = 3000;

/** Waits for a request of the key that came after the page was opened: by the store's clock, from its first answer on. */
function Listening({ accessKeyId }: { readonly accessKeyId: string }): ReactElement | null {
  const text = useAccountText().connect;
  const locale = useLocale();
  const { api } = useServices();
  const [opened, setOpened] = useState<string>();
  const [connected, setConnected] = useState<string>();
  const { data: key } = useQuery({
    queryKey: ['key', accessKeyId, 'listening'],
    queryFn: ({ signal }) => api.get<LookedKey>(pathOf('keys', accessKeyId), { signal }),
    refetchInterval: LOOK_MS,
    staleTime: 0,
    gcTime: 0,
  });
  if (key !== undefined && opened === undefined) setOpened(key.at);
  const heard = heardOf(key, { opened, browser: navigator.userAgent });
  const by = key?.lastUsedBy === undefined ? text.somebody : agentName(key.lastUsedBy, text.browser);
  const from = key?.lastUsedFrom === undefined ? by : text.from(by, key.lastUsedFrom);
  // It stays so: the Console's own next request would otherwise hide it.
  if (heard.kind === 'connected' && connected !== from) setConnected(from);
  if (connected !== undefined)
    return (
      <Banner tone="ok" icon={CircleCheck}>
        {text.connected(connected)}
      </Banner>
    );
  // It says that it waits once it does: what comes before the first look counts as before.
  if (opened === undefined) return null;
  return (
    <div className={styles.waiting} role="status">
      <LoaderCircle size={16} strokeWidth={1.75} aria-hidden />
      <span>
        {text.waiting}
        {heard.kind === 'other' ? <small>{text.usedBefore(agoText(heard.at, locale, heard.now), from)}</small> : null}
      </span>
    </div>
  );
}
